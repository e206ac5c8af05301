-- The teams in which each person has credit, with the latest close day in each.
WITH credit AS (
  SELECT w.person_id, w.team_id, w.close_on FROM quota_win w
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
