-- How many stays there were of one length, cohort and state that led the same way and were over by the same past day, and
-- the last day on which one of them began or ended. Sorting takes most of the time, so two numbers stand for six columns:
-- span for days, cohort and number of the past day (NULL where the length is not known), move for state, following (1 for
-- the first state, 0 for none) and ends (0 for none).
SELECT
  ((y.until - y.entered) * 10000 + y.cohort) * 10000 + y.over_number AS span,
  (y.state * 10000 + COALESCE(y.following + 1, 0)) * 10 + COALESCE(y.ends, 0) AS move,
  COUNT(*) AS stays,
  MAX(COALESCE(y.until, y.entered)) AS moved
FROM forecast_stay y
GROUP BY
  ((y.until - y.entered) * 10000 + y.cohort) * 10000 + y.over_number,
  (y.state * 10000 + COALESCE(y.following + 1, 0)) * 10 + COALESCE(y.ends, 0)
ORDER BY span, move
