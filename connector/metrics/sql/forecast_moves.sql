-- How often a stay in one stage led to which other, or to which end; and (ends and next_stage NULL) how many deals
-- began in it.
SELECT
  y.funnel,
  y.stage,
  y.ends,
  y.next_stage,
  COUNT(*) AS stays
FROM forecast_stay y
WHERE y.place > 0 AND (y.ends IS NOT NULL OR y.next_stage IS NOT NULL)
GROUP BY y.funnel, y.stage, y.ends, y.next_stage
UNION ALL
SELECT
  y.funnel,
  y.stage,
  NULL AS ends,
  NULL AS next_stage,
  COUNT(*) AS stays
FROM forecast_stay y
WHERE y.place = 1
GROUP BY y.funnel, y.stage
ORDER BY funnel, stage, ends, next_stage
