-- The deals won in the window.
SELECT
  d.id,
  d.source,
  d.source_id,
  d.source_object,
  d.group_id,
  d.base_minor
FROM metric_deal d
WHERE
  d.status = 'won'
  AND d.close_on >= (SELECT w.from_on FROM metric_window w)
  AND d.close_on <= (SELECT w.to_on FROM metric_window w)
