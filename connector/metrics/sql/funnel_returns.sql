-- Moves of the counted deals back to an earlier stage, by the stage that they came back to.
WITH move AS (
  SELECT
    d.funnel,
    s.position,
    LEAD(s.position) OVER (PARTITION BY d.id ORDER BY v.ordinal) AS next_position
  FROM funnel_deal d
  INNER JOIN metric_visit v ON v.opportunity_id = d.id
  INNER JOIN metric_stage s ON s.stage = v.stage AND s.funnel = d.funnel
  WHERE d.born_closed = 0
)
SELECT
  s.stage,
  COUNT(*) AS returns
FROM move m
INNER JOIN metric_stage s ON s.funnel = m.funnel AND s.position = m.next_position
WHERE m.next_position < m.position
GROUP BY s.stage, s.position
ORDER BY s.position, s.stage
