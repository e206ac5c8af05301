-- One pass over the deals; of each, its visits and events lie together. The moves back to an earlier stage, which the
-- measure tells in a note, are the column returns.
WITH cohort AS MATERIALIZED (
  SELECT
    o.id,
    o.status,
    o.base_minor,
    CASE o.status WHEN 'won' THEN 5 ELSE (
      SELECT MAX(CASE v.stage WHEN 'qualify' THEN 1 WHEN 'develop' THEN 2 WHEN 'propose' THEN 3 WHEN 'close' THEN 4 END)
      FROM stage_visit v WHERE v.opportunity_id = o.id AND v.entered_on <= :as_of
    ) END AS depth
  FROM opportunity o
  WHERE o.created_on BETWEEN :from_on AND :to_on AND o.created_on <= :as_of
    AND o.is_deleted = 0 AND o.duplicate_of IS NULL
    AND EXISTS (SELECT 1 FROM stage_visit v WHERE v.opportunity_id = o.id AND v.stage IS NOT NULL)
    AND (
      SELECT e.status FROM stage_event e WHERE e.opportunity_id = o.id AND e.is_deleted = 0 AND e.occurred_on <= :as_of
      ORDER BY e.occurred_at, e.seq LIMIT 1
    ) NOT IN ('won', 'lost')
),
stays AS MATERIALIZED (
  SELECT
    v.stage,
    CAST(julianday(COALESCE(v.left_on, :as_of)) - julianday(v.entered_on) AS INTEGER) AS days,
    COUNT(v.left_on) AS ended,
    COUNT(*) AS visits
  FROM cohort c
  JOIN stage_visit v ON v.opportunity_id = c.id
  WHERE v.coverage NOT IN ('path', 'current_only') AND (v.left_on IS NOT NULL OR c.status = 'open')
  GROUP BY 1, 2
),
risk AS (
  SELECT
    s.stage, s.days, s.ended,
    SUM(s.visits) OVER (PARTITION BY s.stage ORDER BY s.days DESC) AS at_risk
  FROM stays s
),
curve AS (
  SELECT
    r.stage, r.days, r.ended,
    EXP(SUM(LN(MAX(1 - r.ended * 1.0 / r.at_risk, 1e-300))) OVER (PARTITION BY r.stage ORDER BY r.days)) AS lasting
  FROM risk r
),
medians AS (
  SELECT c.stage, MIN(c.days) AS median_days FROM curve c WHERE c.lasting <= 0.5 + 1e-12 AND c.ended > 0 GROUP BY c.stage
),
tally AS MATERIALIZED (
  SELECT c.status, c.depth, COUNT(*) AS deals, SUM(c.base_minor) AS amount FROM cohort c GROUP BY 1, 2
),
moves AS MATERIALIZED (
  SELECT m.back_to AS position, COUNT(*) AS returns FROM (
    SELECT p.position, LEAD(p.position) OVER (PARTITION BY p.id ORDER BY p.ordinal) AS back_to FROM (
      SELECT
        c.id, v.ordinal,
        CASE v.stage WHEN 'qualify' THEN 1 WHEN 'develop' THEN 2 WHEN 'propose' THEN 3 WHEN 'close' THEN 4 END AS position
      FROM cohort c
      JOIN stage_visit v ON v.opportunity_id = c.id
      WHERE v.stage IS NOT NULL AND v.entered_on <= :as_of
    ) p
  ) m
  WHERE m.back_to < m.position GROUP BY m.back_to
),
leads AS (
  SELECT
    COUNT(*) AS entered, SUM(l.status = 'qualified') AS advanced, SUM(l.status = 'disqualified') AS lost,
    SUM(l.status = 'open') AS open
  FROM lead l WHERE l.created_on BETWEEN :from_on AND :to_on AND l.created_on <= :as_of AND l.is_deleted = 0
),
stages(position, stage) AS (VALUES (1, 'qualify'), (2, 'develop'), (3, 'propose'), (4, 'close'))
SELECT 'lead' AS stage, 0 AS position, entered, advanced, lost, open, NULL AS amount_minor, NULL AS median_days, NULL AS returns
FROM leads
UNION ALL
SELECT
  s.stage, s.position,
  SUM(CASE WHEN t.depth >= s.position THEN t.deals ELSE 0 END),
  SUM(CASE WHEN t.depth > s.position THEN t.deals ELSE 0 END),
  SUM(CASE WHEN t.depth = s.position AND t.status = 'lost' THEN t.deals ELSE 0 END),
  SUM(CASE WHEN t.depth = s.position AND t.status = 'open' THEN t.deals ELSE 0 END),
  SUM(CASE WHEN t.depth >= s.position THEN t.amount ELSE 0 END),
  m.median_days,
  (SELECT r.returns FROM moves r WHERE r.position = s.position)
FROM stages s CROSS JOIN tally t LEFT JOIN medians m ON m.stage = s.stage GROUP BY s.position
UNION ALL
SELECT 'won', 5, SUM(deals), NULL, NULL, NULL, SUM(amount), NULL, NULL FROM tally WHERE status = 'won'
