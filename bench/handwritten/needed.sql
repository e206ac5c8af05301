-- The counts that the chain of conversions rests on: what is there, how it converted, and how long a win took from there.
WITH cohort AS MATERIALIZED (
  SELECT
    o.status,
    CASE o.status WHEN 'won' THEN 5 ELSE (
      SELECT MAX(CASE v.stage WHEN 'qualify' THEN 1 WHEN 'develop' THEN 2 WHEN 'propose' THEN 3 WHEN 'close' THEN 4 END)
      FROM stage_visit v WHERE v.opportunity_id = o.id AND v.entered_on <= :as_of
    ) END AS depth,
    COUNT(*) AS deals
  FROM opportunity o
  WHERE o.created_on BETWEEN :from_on AND :to_on AND o.created_on <= :as_of
    AND o.is_deleted = 0 AND o.duplicate_of IS NULL
    AND EXISTS (SELECT 1 FROM stage_visit v WHERE v.opportunity_id = o.id AND v.stage IS NOT NULL)
    AND (
      SELECT e.status FROM stage_event e WHERE e.opportunity_id = o.id AND e.is_deleted = 0 AND e.occurred_on <= :as_of
      ORDER BY e.occurred_at, e.seq LIMIT 1
    ) NOT IN ('won', 'lost')
  GROUP BY 1, 2
),
won AS MATERIALIZED (
  SELECT
    o.id, o.close_on, o.created_on,
    MIN(v.entered_on) AS e1,
    MIN(CASE WHEN v.stage <> 'qualify' THEN v.entered_on END) AS e2,
    MIN(CASE WHEN v.stage IN ('propose', 'close') THEN v.entered_on END) AS e3,
    MIN(CASE WHEN v.stage = 'close' THEN v.entered_on END) AS e4
  FROM opportunity o
  LEFT JOIN stage_visit v ON v.opportunity_id = o.id AND v.stage IS NOT NULL AND v.entered_on <= :as_of
    AND v.coverage NOT IN ('path', 'current_only')
  WHERE o.status = 'won' AND COALESCE(o.close_on, o.created_on) BETWEEN :from_on AND :to_on
    AND o.created_on <= :as_of AND o.is_deleted = 0 AND o.duplicate_of IS NULL
  GROUP BY o.id
),
entry AS (
  SELECT 1 AS position, COALESCE(e1, created_on) AS entered_on, close_on FROM won
  UNION ALL SELECT 2, e2, close_on FROM won
  UNION ALL SELECT 3, e3, close_on FROM won
  UNION ALL SELECT 4, e4, close_on FROM won
  UNION ALL
  SELECT 0, MIN(l.created_on), w.close_on
  FROM lead l JOIN won w ON w.id = l.opportunity_id
  WHERE l.is_deleted = 0 AND l.created_on <= :as_of
  GROUP BY w.id
),
lasted AS MATERIALIZED (
  SELECT e.position, CAST(julianday(e.close_on) - julianday(e.entered_on) AS INTEGER) AS days, COUNT(*) AS deals
  FROM entry e WHERE e.close_on >= e.entered_on GROUP BY 1, 2
),
places AS MATERIALIZED (
  SELECT
    l.position, l.days,
    SUM(l.deals) OVER (PARTITION BY l.position ORDER BY l.days) AS until,
    SUM(l.deals) OVER (PARTITION BY l.position) AS total
  FROM lasted l
),
medians AS (
  SELECT p.position,
    (MIN(CASE WHEN p.until > (p.total - 1) / 2 THEN p.days END) + MIN(CASE WHEN p.until > p.total / 2 THEN p.days END))
      / 2.0 AS median_days_to_won
  FROM places p GROUP BY p.position
),
standing AS (
  SELECT CASE o.stage WHEN 'qualify' THEN 1 WHEN 'develop' THEN 2 WHEN 'propose' THEN 3 WHEN 'close' THEN 4 END
    AS position, COUNT(*) AS have
  FROM opportunity o WHERE o.status = 'open' AND o.created_on <= :as_of AND o.is_deleted = 0 AND o.duplicate_of IS NULL
  GROUP BY 1
),
leads AS MATERIALIZED (
  SELECT
    SUM(l.status = 'qualified' AND l.created_on BETWEEN :from_on AND :to_on) * 1.0
      / SUM(l.status IN ('qualified', 'disqualified') AND l.created_on BETWEEN :from_on AND :to_on) AS conversion,
    SUM(l.status = 'open') AS have
  FROM lead l WHERE l.created_on <= :as_of AND l.is_deleted = 0
),
stages(position) AS (VALUES (1), (2), (3), (4))
SELECT 0 AS position, l.conversion, l.have, (SELECT median_days_to_won FROM medians WHERE position = 0) AS median_days_to_won
FROM leads l
UNION ALL
SELECT
  s.position,
  SUM(CASE WHEN c.depth > s.position THEN c.deals END) * 1.0
    / SUM(CASE WHEN c.depth > s.position OR (c.depth = s.position AND c.status = 'lost') THEN c.deals END),
  (SELECT x.have FROM standing x WHERE x.position = s.position),
  (SELECT m.median_days_to_won FROM medians m WHERE m.position = s.position)
FROM stages s CROSS JOIN cohort c GROUP BY s.position
