-- The greatest age in days at which a deal had closed, by the first past day on which it had, and how many there were.
SELECT
  d.closed_number AS number,
  MAX(d.closed - d.created) AS oldest,
  COUNT(*) AS deals
FROM forecast_life d
WHERE d.closed >= d.created
GROUP BY d.closed_number
ORDER BY d.closed_number
