-- Visits to stages with requirements that ended in the window.
SELECT
  d.id,
  d.source,
  d.source_id,
  d.source_object,
  d.group_id,
  v.ordinal,
  v.stage,
  v.left_on,
  b.epoch_day - a.epoch_day AS days
FROM metric_deal d
INNER JOIN metric_visit v ON v.opportunity_id = d.id
INNER JOIN metric_stage s ON s.stage = v.stage AND s.funnel = d.funnel
INNER JOIN adoption_stage r ON r.stage = v.stage
INNER JOIN calendar b ON b.day = v.left_on
LEFT JOIN calendar a ON a.day = v.entered_on
WHERE
  COALESCE(v.coverage, 'recorded') NOT IN ('path', 'current_only')
  AND v.left_on >= (SELECT w.from_on FROM metric_window w)
  AND v.left_on <= (SELECT w.to_on FROM metric_window w)
