-- How many deals of each person closed on each day of the window, won or lost: every quota that counts lies within it.
SELECT
  d.person_id,
  d.close_on,
  COUNT(*) AS deals
FROM metric_deal d
WHERE
  d.status IN ('won', 'lost')
  AND d.close_on >= (SELECT w.from_on FROM metric_window w)
  AND d.close_on <= (SELECT w.to_on FROM metric_window w)
GROUP BY d.person_id, d.close_on
