-- Stays that were over on a past day, by the first such day, cohort, length in days and where they led.
SELECT
  y.over_number AS number,
  y.cohort,
  y.funnel,
  y.stage,
  y.ends,
  y.next_stage,
  y.until - y.entered AS days,
  COUNT(*) AS stays
FROM forecast_stay y
WHERE y.until >= y.entered
GROUP BY y.over_number, y.cohort, y.funnel, y.stage, y.ends, y.next_stage, y.until - y.entered
ORDER BY y.over_number, y.cohort, y.funnel, y.stage, y.ends, y.next_stage, days
