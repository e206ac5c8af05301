-- Stays that were going on at the end of a past day: the value of the deal then, and what it had brought by the end of the
-- horizon. So that they can be sorted quickly, span stands for days so far, cohort and number of the past day, and standing
-- for state, whether the question asks for the deal and whether it was stale.
SELECT
  x.number,
  y.id,
  ((x.at_epoch - y.entered) * 10000 + y.cohort) * 10000 + x.number AS span,
  (y.state * 10 + CASE WHEN d.id IS NULL OR t.is_left_out = 1 THEN 0 ELSE 1 END) * 10
  + CASE WHEN x.at_epoch - y.created > x.oldest THEN 1 ELSE 0 END AS standing,
  COALESCE(CASE WHEN t.id IS NULL THEN d.base_minor ELSE t.base_minor END, 0) AS minor,
  CASE
    WHEN EXISTS (
      SELECT 1 AS found FROM forecast_win n WHERE n.id = y.id AND n.until > x.at_epoch AND n.until <= x.horizon_epoch
    ) THEN COALESCE(d.base_minor, 0)
    ELSE 0
  END AS brought
FROM forecast_stay y
INNER JOIN forecast_day x ON x.number >= y.from_number AND x.number < y.over_number
LEFT JOIN metric_deal d ON d.id = y.id
LEFT JOIN forecast_then t ON t.number = x.number AND t.id = d.id
