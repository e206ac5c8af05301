-- The greatest age in days at which a deal had closed, by the first past day on which it had, and how many there were.
SELECT
  x.number,
  MAX(b.epoch_day - a.epoch_day) AS oldest,
  COUNT(*) AS deals
FROM metric_state d
CROSS JOIN metric_window w
INNER JOIN calendar a ON a.day = d.created_on
INNER JOIN calendar b ON b.day = CASE WHEN d.close_on > w.as_of THEN w.as_of ELSE d.close_on END
INNER JOIN forecast_day x ON b.epoch_day > x.after_epoch AND b.epoch_day <= x.at_epoch
WHERE d.status <> 'open' AND b.epoch_day >= a.epoch_day
GROUP BY x.number
ORDER BY x.number
