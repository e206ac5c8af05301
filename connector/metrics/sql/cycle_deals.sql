-- The cohort, one row per deal: how many days it took to close, or has been open.
WITH aged AS (
  SELECT
    d.id,
    d.source,
    d.source_id,
    d.source_object,
    d.group_id,
    d.funnel,
    d.status,
    d.base_minor,
    CASE WHEN d.base_minor IS NULL AND d.amount_minor IS NULL THEN 1 ELSE 0 END AS has_no_amount,
    CASE WHEN d.base_minor IS NULL AND d.amount_minor IS NOT NULL THEN 1 ELSE 0 END AS has_no_rate,
    d.amount_is_later,
    CASE WHEN d.status = 'open' THEN w.as_of_epoch - a.epoch_day ELSE b.epoch_day - a.epoch_day END AS days
  FROM metric_deal d
  CROSS JOIN metric_window w
  INNER JOIN calendar a ON a.day = d.created_on
  LEFT JOIN calendar b ON b.day = d.close_on
  WHERE d.created_on >= w.from_on AND d.created_on <= w.to_on
)
SELECT
  g.id,
  g.source,
  g.source_id,
  g.source_object,
  g.group_id,
  g.funnel,
  g.status,
  g.base_minor,
  g.has_no_amount,
  g.has_no_rate,
  g.amount_is_later,
  g.days,
  CASE WHEN g.days < 0 THEN 1 ELSE 0 END AS is_excluded
FROM aged g
