-- Stays that were going on at the end of a past day, by how long they had lasted; the deals of the question with their
-- value then and with what they had brought by the end of the horizon, the largest one by one (place), the others
-- together.
WITH standing AS (
  SELECT
    x.number,
    y.cohort,
    y.funnel,
    y.stage,
    x.at_epoch - y.entered AS days,
    CASE WHEN x.at_epoch - y.created > x.oldest THEN 1 ELSE 0 END AS is_stale,
    CASE WHEN d.id IS NULL OR t.is_left_out = 1 THEN 0 ELSE 1 END AS is_asked,
    COALESCE(CASE WHEN t.id IS NULL THEN d.base_minor ELSE t.base_minor END, 0) AS minor,
    COALESCE(d.base_minor, 0) AS brought,
    CASE
      WHEN EXISTS (
        SELECT 1 AS found FROM forecast_win n WHERE n.id = y.id AND n.until > x.at_epoch AND n.until <= x.horizon_epoch
      ) THEN 1
      ELSE 0
    END AS is_won,
    ROW_NUMBER() OVER (
      PARTITION BY x.number
      ORDER BY COALESCE(CASE WHEN t.id IS NULL THEN d.base_minor ELSE t.base_minor END, 0) DESC, y.id
    ) AS place
  FROM forecast_stay y
  INNER JOIN forecast_day x ON x.number >= y.from_number AND x.number < y.over_number
  LEFT JOIN metric_deal d ON d.id = y.id
  LEFT JOIN forecast_then t ON t.number = x.number AND t.id = d.id
)
SELECT
  s.number,
  s.cohort,
  s.funnel,
  s.stage,
  s.days,
  s.is_stale,
  s.is_asked,
  s.is_won,
  CASE WHEN s.place <= 200 THEN s.place ELSE 0 END AS place,
  COUNT(*) AS deals,
  SUM(s.minor) AS minor,
  SUM(s.minor * 1.0 * s.minor) AS squares,
  SUM(s.brought) AS brought
FROM standing s
GROUP BY
  s.number, s.cohort, s.funnel, s.stage, s.days, s.is_stale, s.is_asked, s.is_won,
  CASE WHEN s.place <= 200 THEN s.place ELSE 0 END
ORDER BY s.number, s.cohort, s.funnel, s.stage, s.days, s.is_stale, s.is_asked, s.is_won, place
