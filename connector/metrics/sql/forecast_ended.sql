-- Stays that were over on a past day, by the first such day, cohort, length in days and where they led.
SELECT
  x.number,
  y.cohort,
  y.funnel,
  y.stage,
  y.ends,
  y.next_stage,
  y.until - y.entered AS days,
  COUNT(*) AS stays
FROM forecast_stay y
INNER JOIN forecast_day x ON y.until > x.after_epoch AND y.until <= x.at_epoch
WHERE y.until >= y.entered
GROUP BY x.number, y.cohort, y.funnel, y.stage, y.ends, y.next_stage, y.until - y.entered
ORDER BY x.number, y.cohort, y.funnel, y.stage, y.ends, y.next_stage, days
