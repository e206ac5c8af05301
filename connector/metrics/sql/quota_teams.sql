-- The teams that each person's wins count for, with the latest close day in each.
SELECT
  w.person_id,
  w.team_id,
  MAX(w.close_on) AS last_close_on
FROM quota_win w
GROUP BY w.person_id, w.team_id
ORDER BY w.person_id, last_close_on, w.team_id
