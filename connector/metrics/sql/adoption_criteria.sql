-- One row per criterion: how many exits of its stage met it, and how often the stage was skipped.
SELECT
  c.number,
  c.stage,
  COUNT(x.id) AS exits,
  COALESCE(SUM(CASE WHEN m.id IS NULL THEN 0 ELSE 1 END), 0) AS compliant,
  (SELECT COUNT(*) FROM adoption_skip k WHERE k.stage = c.stage) AS skipped
FROM adoption_criterion c
LEFT JOIN adoption_exit x ON x.stage = c.stage
LEFT JOIN adoption_met m ON m.id = x.id AND m.ordinal = x.ordinal AND m.criterion = c.number
GROUP BY c.number, c.stage
ORDER BY c.number
