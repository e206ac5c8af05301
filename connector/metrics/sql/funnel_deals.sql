-- The cohort, one row per deal: how deep it came, and whether its history began with its end.
SELECT
  d.id,
  d.source,
  d.source_id,
  d.source_object,
  d.group_id,
  d.funnel,
  d.status,
  d.created_on,
  d.close_on,
  d.base_minor,
  CASE WHEN d.base_minor IS NULL AND d.amount_minor IS NULL THEN 1 ELSE 0 END AS has_no_amount,
  CASE WHEN d.base_minor IS NULL AND d.amount_minor IS NOT NULL THEN 1 ELSE 0 END AS has_no_rate,
  d.amount_is_later,
  (
    SELECT MAX(s.position)
    FROM metric_visit v
    INNER JOIN metric_stage s ON s.stage = v.stage AND s.funnel = d.funnel
    WHERE v.opportunity_id = d.id
  ) AS reached,
  (
    SELECT CASE WHEN MIN(e.mark) LIKE '% 1' THEN 1 ELSE 0 END
    FROM metric_event e
    WHERE e.opportunity_id = d.id
  ) AS born_closed
FROM metric_deal d
WHERE
  d.created_on >= (SELECT w.from_on FROM metric_window w)
  AND d.created_on <= (SELECT w.to_on FROM metric_window w)
