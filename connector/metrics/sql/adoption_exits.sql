-- The exits, each with whether all that its stage requires is met.
SELECT
  x.id,
  x.source,
  x.source_id,
  x.source_object,
  x.group_id,
  x.ordinal,
  x.stage,
  CASE
    WHEN (SELECT COUNT(*) FROM adoption_met m WHERE m.id = x.id AND m.ordinal = x.ordinal) = r.required THEN 1
    ELSE 0
  END AS is_compliant
FROM adoption_visit x
INNER JOIN adoption_stage r ON r.stage = x.stage
