-- One pass over the closed deals into sums by person and quarter, which the quotas then meet.
WITH closed AS MATERIALIZED (
  SELECT
    u.person_id,
    SUBSTR(o.close_on, 1, 4) || ((SUBSTR(o.close_on, 6, 2) - 1) / 3) AS quarter,
    COUNT(*) AS closed,
    SUM(o.status = 'won') AS won_count,
    COALESCE(SUM(CASE o.status WHEN 'won' THEN o.base_minor END), 0) AS won_minor
  FROM opportunity o NOT INDEXED
  JOIN crm_user u ON u.id = o.owner_id
  WHERE o.status IN ('won', 'lost') AND o.close_on BETWEEN :from_on AND :to_on
    AND o.created_on <= :as_of AND o.is_deleted = 0 AND o.duplicate_of IS NULL
  GROUP BY 1, 2
),
period AS (
  SELECT
    q.person_id, q.period_end, SUM(q.amount_minor) AS quota_minor,
    COALESCE(c.closed, 0) AS closed, COALESCE(c.won_minor, 0) AS won_minor
  FROM quota q
  LEFT JOIN closed c ON c.person_id = q.person_id
    AND c.quarter = SUBSTR(q.period_start, 1, 4) || ((SUBSTR(q.period_start, 6, 2) - 1) / 3)
  WHERE q.is_deleted = 0 AND q.kind = 'revenue' AND q.period_start >= :from_on AND q.period_end <= :to_on
  GROUP BY q.person_id, q.period_start, q.period_end
),
ranked AS (
  SELECT p.*, 
    ROW_NUMBER() OVER (PARTITION BY p.person_id ORDER BY p.period_end <= :as_of DESC, p.period_end DESC) AS latest
  FROM period p
),
pay AS (
  SELECT
    r.person_id,
    SUM(r.quota_minor) AS quota_minor,
    SUM((MIN(r.won_minor, r.quota_minor) * 5 + MAX(r.won_minor - r.quota_minor, 0) * 10 + 50) / 100) AS commission_minor,
    SUM(r.latest <= 2 AND r.won_minor < 0.5 * r.quota_minor) = 2
      AND SUM(CASE WHEN r.latest <= 2 THEN r.closed ELSE 0 END) >= 5 AS review
  FROM ranked r GROUP BY r.person_id
),
wins AS (
  SELECT c.person_id, SUM(c.won_count) AS won_count, SUM(c.won_minor) AS won_minor FROM closed c GROUP BY c.person_id
)
SELECT
  p.person_id,
  p.quota_minor,
  COALESCE(w.won_minor, 0) AS won_minor,
  COALESCE(w.won_count, 0) AS won_count,
  COALESCE(w.won_minor, 0) * 1.0 / p.quota_minor AS attainment,
  p.commission_minor,
  '[' || RTRIM(
    CASE WHEN COALESCE(w.won_minor, 0) >= 1.2 * p.quota_minor THEN '"bonus", ' ELSE '' END
    || CASE WHEN COALESCE(w.won_minor, 0) >= 1.5 * p.quota_minor THEN '"trip", ' ELSE '' END
    || CASE WHEN p.review THEN '"review", ' ELSE '' END, ', ') || ']' AS flags
FROM pay p LEFT JOIN wins w ON w.person_id = p.person_id
