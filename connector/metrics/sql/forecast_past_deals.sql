-- The deals of the question that were open at the end of one past day, and whether they were won within the horizon.
SELECT
  x.number,
  d.id,
  d.source,
  d.source_id,
  d.source_object,
  y.state,
  CASE WHEN t.id IS NULL THEN d.base_minor ELSE t.base_minor END AS base_minor,
  d.base_minor AS brought,
  x.at_epoch - y.entered AS days,
  CASE WHEN x.at_epoch - y.created > x.oldest THEN 1 ELSE 0 END AS is_stale,
  CASE
    WHEN EXISTS (
      SELECT 1 AS found FROM forecast_win n WHERE n.id = y.id AND n.until > x.at_epoch AND n.until <= x.horizon_epoch
    ) THEN 1
    ELSE 0
  END AS is_won
FROM forecast_stay y
INNER JOIN forecast_day x ON x.number >= y.from_number AND x.number < y.over_number
INNER JOIN metric_deal d ON d.id = y.id
LEFT JOIN forecast_then t ON t.number = x.number AND t.id = d.id
WHERE COALESCE(t.is_left_out, 0) = 0
ORDER BY x.number, d.id
