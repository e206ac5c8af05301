-- Exits of the two stages that require something, and stages that were passed without a visit, by the owner's person.
WITH visited AS MATERIALIZED (
  SELECT
    v.opportunity_id AS id,
    MIN(CASE WHEN v.stage IN ('develop', 'propose', 'close') THEN v.entered_on END) AS beyond_qualify,
    MIN(CASE WHEN v.stage = 'close' THEN v.entered_on END) AS beyond_propose,
    MAX(v.stage = 'qualify') AS qualified,
    MAX(v.stage = 'propose') AS proposed,
    COALESCE(SUM(v.stage = 'propose' AND v.left_on BETWEEN :from_on AND :to_on AND v.left_on <= :as_of
      AND v.coverage NOT IN ('path', 'current_only')), 0) AS propose_exits
  FROM stage_visit v
  WHERE v.stage IS NOT NULL AND v.entered_on <= :as_of
  GROUP BY v.opportunity_id
),
deal AS MATERIALIZED (
  SELECT
    o.id, COALESCE(u.person_id, o.owner_id) AS person_id, v.propose_exits, o.next_step <> '' AS has_next_step,
    o.amount_minor IS NOT NULL AS has_amount,
    (v.qualified = 0 AND COALESCE(v.beyond_qualify, CASE o.status WHEN 'won' THEN o.close_on END)
      BETWEEN :from_on AND :to_on)
    + (v.proposed = 0 AND COALESCE(v.beyond_propose, CASE o.status WHEN 'won' THEN o.close_on END)
      BETWEEN :from_on AND :to_on) AS skipped
  FROM visited v
  JOIN opportunity o ON o.id = v.id
  LEFT JOIN crm_user u ON u.id = o.owner_id
  WHERE o.is_deleted = 0 AND o.duplicate_of IS NULL AND o.created_on <= :as_of
),
qualify AS (
  SELECT
    d.id, COUNT(*) AS exits,
    SUM(
      d.has_next_step AND julianday(x.left_on) - julianday(x.entered_on) <= 60
      AND EXISTS (
        SELECT 1 FROM activity a WHERE a.opportunity_id = x.opportunity_id AND a.kind = 'meeting'
          AND a.is_deleted = 0 AND a.occurred_on <= x.left_on
      )
    ) AS compliant
  FROM deal d
  JOIN stage_visit x ON x.opportunity_id = d.id
  WHERE x.stage = 'qualify' AND x.left_on BETWEEN :from_on AND :to_on AND x.left_on <= :as_of
    AND x.coverage NOT IN ('path', 'current_only')
  GROUP BY d.id
)
SELECT
  d.person_id,
  SUM(COALESCE(q.exits, 0) + d.propose_exits) AS exits,
  SUM(COALESCE(q.compliant, 0) + d.propose_exits * d.has_amount) AS compliant,
  SUM(COALESCE(d.skipped, 0)) AS skipped,
  SUM(COALESCE(q.compliant, 0) + d.propose_exits * d.has_amount) * 1.0
    / SUM(COALESCE(q.exits, 0) + d.propose_exits + COALESCE(d.skipped, 0)) AS adoption
FROM deal d LEFT JOIN qualify q ON q.id = d.id
GROUP BY d.person_id
HAVING SUM(COALESCE(q.exits, 0) + d.propose_exits + COALESCE(d.skipped, 0)) > 0
