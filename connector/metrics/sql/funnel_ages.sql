-- How many days the counted deals took to close, and how old the open ones are.
WITH age AS (
  SELECT
    CASE WHEN d.status = 'open' THEN 1 ELSE 0 END AS is_open,
    CASE WHEN d.status = 'open' THEN w.as_of_epoch - a.epoch_day ELSE b.epoch_day - a.epoch_day END AS days
  FROM funnel_deal d
  CROSS JOIN metric_window w
  INNER JOIN calendar a ON a.day = d.created_on
  LEFT JOIN calendar b ON b.day = d.close_on
  WHERE d.born_closed = 0 AND d.reached IS NOT NULL
)
SELECT
  g.is_open,
  g.days,
  COUNT(*) AS deals
FROM age g
WHERE g.days >= 0
GROUP BY g.is_open, g.days
ORDER BY g.is_open, g.days
