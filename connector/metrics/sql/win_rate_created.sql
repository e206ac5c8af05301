-- The decided deals that were created in the window.
SELECT
  d.id,
  d.source,
  d.source_id,
  d.source_object,
  d.group_id,
  d.status,
  d.base_minor,
  CASE WHEN d.base_minor IS NULL AND d.amount_minor IS NULL THEN 1 ELSE 0 END AS has_no_amount,
  d.amount_is_later
FROM metric_deal d
WHERE
  d.status IN ('won', 'lost')
  AND d.created_on >= (SELECT w.from_on FROM metric_window w)
  AND d.created_on <= (SELECT w.to_on FROM metric_window w)
