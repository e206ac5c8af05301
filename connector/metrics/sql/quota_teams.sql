-- The teams in which each person has credit, with the latest close day in each.
WITH credit AS (
  SELECT t.person_id, t.team_id, t.last_close_on AS close_on
  FROM quota_tally t
  WHERE t.status = 'won' AND t.since >= (SELECT w.from_on FROM metric_window w)
  UNION ALL
  SELECT o.person_id, o.team_id, o.close_on FROM quota_overlay o
)
SELECT
  c.person_id,
  c.team_id,
  MAX(c.close_on) AS last_close_on
FROM credit c
GROUP BY c.person_id, c.team_id
ORDER BY c.person_id, last_close_on, c.team_id
