-- How often a stay in one stage led to which other, or to which end (ends and next_stage NULL: to none that is known),
-- and how many of them were the first of their deals.
SELECT
  y.funnel,
  y.stage,
  y.ends,
  y.next_stage,
  COUNT(*) AS stays,
  SUM(CASE WHEN y.place = 1 THEN 1 ELSE 0 END) AS begun
FROM forecast_stay y
WHERE y.place > 0
GROUP BY y.funnel, y.stage, y.ends, y.next_stage
ORDER BY y.funnel, y.stage, y.ends, y.next_stage
