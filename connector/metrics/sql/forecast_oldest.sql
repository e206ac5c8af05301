-- The greatest age in days at which a deal had closed, by the first past day on which it had, and how many there were.
SELECT
  b.number,
  MAX(b.epoch_day - a.epoch_day) AS oldest,
  COUNT(*) AS deals
FROM metric_state d
CROSS JOIN metric_window w
INNER JOIN forecast_calendar a ON a.day = d.created_on
INNER JOIN forecast_calendar b ON b.day = CASE WHEN d.close_on > w.as_of THEN w.as_of ELSE d.close_on END
WHERE d.status <> 'open' AND b.epoch_day >= a.epoch_day
GROUP BY b.number
ORDER BY b.number
