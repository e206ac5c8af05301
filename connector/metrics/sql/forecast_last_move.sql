-- The last day on which any deal is known to have come to a stage or to have left one.
SELECT
  MAX(COALESCE(y.until, y.entered)) AS moved
FROM forecast_stay y
WHERE y.place > 0
