-- The won deals that closed in the window; one whose close day is not known counts by its created day.
SELECT
  d.id,
  d.group_id,
  d.funnel,
  d.created_on,
  d.close_on,
  d.base_minor,
  CASE WHEN d.base_minor IS NULL AND d.amount_minor IS NULL THEN 1 ELSE 0 END AS has_no_amount,
  CASE WHEN d.base_minor IS NULL AND d.amount_minor IS NOT NULL THEN 1 ELSE 0 END AS has_no_rate,
  d.amount_is_later
FROM metric_deal d
WHERE
  d.status = 'won'
  AND COALESCE(d.close_on, d.created_on) >= (SELECT w.from_on FROM metric_window w)
  AND COALESCE(d.close_on, d.created_on) <= (SELECT w.to_on FROM metric_window w)
