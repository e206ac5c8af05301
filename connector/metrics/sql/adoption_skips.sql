-- Stages with requirements that a deal passed without a visit, on the day it came to a later one or was won.
SELECT
  d.id,
  d.source,
  d.source_id,
  d.source_object,
  d.group_id,
  s.stage
FROM metric_deal d
INNER JOIN metric_stage s ON s.funnel = d.funnel
INNER JOIN adoption_stage r ON r.stage = s.stage
WHERE
  NOT EXISTS (SELECT 1 FROM metric_visit v WHERE v.opportunity_id = d.id AND v.stage = s.stage)
  AND EXISTS (SELECT 1 FROM metric_visit v WHERE v.opportunity_id = d.id AND v.stage IS NOT NULL)
  AND COALESCE(
    (
      SELECT MIN(v.entered_on)
      FROM metric_visit v
      INNER JOIN metric_stage t ON t.stage = v.stage AND t.funnel = d.funnel
      WHERE v.opportunity_id = d.id AND t.position > s.position
    ),
    CASE WHEN d.status = 'won' THEN d.close_on END
  ) BETWEEN (SELECT w.from_on FROM metric_window w) AND (SELECT w.to_on FROM metric_window w)
