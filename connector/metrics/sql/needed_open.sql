-- Every open lead (position 0) and every open deal with the place of the stage in which it stands.
SELECT
  l.id,
  l.source,
  l.source_id,
  l.source_object,
  l.group_id,
  0 AS position
FROM metric_lead l
WHERE l.status = 'open'
UNION ALL
SELECT
  d.id,
  d.source,
  d.source_id,
  d.source_object,
  d.group_id,
  s.position
FROM metric_deal d
INNER JOIN metric_stage s
  ON s.funnel = d.funnel
  AND s.stage = COALESCE(
    d.stage,
    (
      SELECT MAX(v.stage)
      FROM metric_visit v
      WHERE
        v.opportunity_id = d.id
        AND v.ordinal = (SELECT MAX(x.ordinal) FROM metric_visit x WHERE x.opportunity_id = d.id)
    )
  )
WHERE d.status = 'open'
