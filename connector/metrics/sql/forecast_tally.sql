-- How many stays there were of one length, state and cohort that led the same way and were over by the same past day
-- (number; days NULL where the length is not known), and the last day on which one of them began or ended. What has
-- the most different values stands first: it is sorted by.
SELECT
  y.until - y.entered AS days,
  y.cohort,
  y.over_number AS number,
  y.state,
  y.following,
  y.ends,
  COUNT(*) AS stays,
  MAX(COALESCE(y.until, y.entered)) AS moved
FROM forecast_stay y
GROUP BY y.until - y.entered, y.cohort, y.over_number, y.state, y.following, y.ends
ORDER BY days, y.cohort, y.over_number, y.state, y.following, y.ends
