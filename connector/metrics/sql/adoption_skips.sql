-- Stages with requirements that a deal passed without a visit, on the day it came to a later one or was won.
WITH passed AS (
  SELECT
    d.id,
    s.position,
    MIN(v.entered_on) AS passed_on
  FROM metric_deal d
  INNER JOIN metric_stage s ON s.funnel = d.funnel
  INNER JOIN adoption_stage r ON r.stage = s.stage
  INNER JOIN metric_visit v ON v.opportunity_id = d.id
  INNER JOIN metric_stage t ON t.stage = v.stage AND t.funnel = d.funnel AND t.position > s.position
  GROUP BY d.id, s.position
),
unvisited AS (
  SELECT
    d.id,
    d.source,
    d.source_id,
    d.source_object,
    d.group_id,
    s.stage,
    CASE
      WHEN p.passed_on IS NOT NULL THEN p.passed_on
      WHEN d.status = 'won' THEN d.close_on
    END AS passed_on
  FROM metric_deal d
  INNER JOIN metric_stage s ON s.funnel = d.funnel
  INNER JOIN adoption_stage r ON r.stage = s.stage
  LEFT JOIN passed p ON p.id = d.id AND p.position = s.position
  WHERE
    EXISTS (SELECT 1 FROM metric_visit v WHERE v.opportunity_id = d.id AND v.stage IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM metric_visit v WHERE v.opportunity_id = d.id AND v.stage = s.stage)
)
SELECT
  u.id,
  u.source,
  u.source_id,
  u.source_object,
  u.group_id,
  u.stage
FROM unvisited u
WHERE
  u.passed_on >= (SELECT w.from_on FROM metric_window w)
  AND u.passed_on <= (SELECT w.to_on FROM metric_window w)
