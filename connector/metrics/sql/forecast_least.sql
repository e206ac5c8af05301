-- Of every past day with so many, the least of the deals that are large enough to be drawn one by one.
SELECT
  r.number,
  r.minor,
  r.id
FROM (
  SELECT
    s.number,
    s.minor,
    s.id,
    ROW_NUMBER() OVER (PARTITION BY s.number ORDER BY s.minor DESC, s.id) AS place
  FROM forecast_standing s
) AS r
WHERE r.place = 200
ORDER BY r.number
