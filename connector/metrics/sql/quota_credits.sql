-- Credit for closed deals: the sums of those of one owner each, and every part of a divided one by itself.
-- id is a part's; its close day stands for the span. A part counts as a deal once in a row of the answer.
SELECT
  NULL AS id,
  COALESCE(u.person_id, s.owner_id) AS person_id,
  s.team_id,
  s.status,
  s.since,
  s.last_close_on,
  s.deals,
  s.base_minor,
  s.no_amount,
  s.no_rate,
  s.later_amount
FROM quota_sum s
LEFT JOIN metric_user u ON u.user_id = s.owner_id
UNION ALL
SELECT
  p.id,
  p.person_id,
  p.team_id,
  p.status,
  p.close_on AS since,
  p.close_on AS last_close_on,
  p.is_first AS deals,
  p.base_minor,
  CASE WHEN p.base_minor IS NULL AND p.amount_minor IS NULL THEN 1 ELSE 0 END AS no_amount,
  CASE WHEN p.base_minor IS NULL AND p.amount_minor IS NOT NULL THEN 1 ELSE 0 END AS no_rate,
  p.amount_is_later AS later_amount
FROM quota_part p
