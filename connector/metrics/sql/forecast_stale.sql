-- The first of the open deals that are older than any deal was that ever closed.
SELECT
  r.id
FROM (
  SELECT
    d.id,
    ROW_NUMBER() OVER (ORDER BY d.id) AS place
  FROM forecast_deal d
  WHERE d.is_stale = 1 AND d.is_omitted = 0
) AS r
WHERE r.place <= 20
ORDER BY r.id
