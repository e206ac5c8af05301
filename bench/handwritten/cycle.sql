WITH cohort AS MATERIALIZED (
  SELECT
    o.id, o.status, o.base_minor,
    CAST(julianday(CASE o.status WHEN 'open' THEN :as_of ELSE o.close_on END) - julianday(o.created_on) AS INTEGER) AS days
  FROM opportunity o
  WHERE o.created_on BETWEEN :from_on AND :to_on AND o.created_on <= :as_of
    AND o.is_deleted = 0 AND o.duplicate_of IS NULL
),
tally AS MATERIALIZED (
  SELECT c.status, c.days, COUNT(*) AS deals, SUM(c.base_minor) AS base_minor, COUNT(c.base_minor) AS valued
  FROM cohort c WHERE c.days >= 0 GROUP BY c.status, c.days
),
totals AS MATERIALIZED (
  SELECT
    COALESCE(SUM(CASE t.status WHEN 'won' THEN t.deals END), 0) AS n_won,
    COALESCE(SUM(CASE t.status WHEN 'lost' THEN t.deals END), 0) AS n_lost,
    COALESCE(SUM(CASE t.status WHEN 'open' THEN t.deals END), 0) AS n_open,
    COALESCE(SUM(CASE WHEN t.status = 'open' AND t.days > (SELECT MAX(x.days) FROM tally x WHERE x.status <> 'open')
      THEN t.deals END), 0) AS n_stale,
    SUM(CASE t.status WHEN 'won' THEN t.deals * t.days END) * 1.0 / SUM(CASE t.status WHEN 'won' THEN t.deals END)
      AS mean_days_to_won,
    SUM(CASE t.status WHEN 'won' THEN t.base_minor END) * 1.0 / SUM(CASE t.status WHEN 'won' THEN t.valued END)
      AS mean_value
  FROM tally t
),
places AS MATERIALIZED (
  SELECT t.days, SUM(t.deals) OVER (ORDER BY t.days) AS until FROM tally t WHERE t.status = 'won'
),
wanted(name, share) AS (VALUES ('p25', 0.25), ('p50', 0.5), ('p75', 0.75)),
place AS (
  SELECT w.name, CAST(w.share * (t.n_won - 1) AS INTEGER) AS lower, w.share * (t.n_won - 1) AS exactly
  FROM wanted w, totals t
),
quantiles AS (
  SELECT
    p.name,
    (SELECT MIN(x.days) FROM places x WHERE x.until > p.lower) * (1 - (p.exactly - p.lower))
      + (SELECT MIN(x.days) FROM places x WHERE x.until > p.lower + (p.exactly > p.lower)) * (p.exactly - p.lower)
      AS days
  FROM place p
),
stays AS MATERIALIZED (
  SELECT
    v.stage,
    CAST(julianday(COALESCE(v.left_on, :as_of)) - julianday(v.entered_on) AS INTEGER) AS days,
    COUNT(v.left_on) AS ended,
    COUNT(*) AS visits
  FROM cohort c
  JOIN stage_visit v ON v.opportunity_id = c.id
  WHERE v.coverage NOT IN ('path', 'current_only') AND v.entered_on <= :as_of
    AND (v.left_on IS NOT NULL OR c.status = 'open') AND v.stage IS NOT NULL
  GROUP BY 1, 2
  UNION ALL
  SELECT '', t.days, SUM(CASE t.status WHEN 'open' THEN 0 ELSE t.deals END), SUM(t.deals) FROM tally t GROUP BY t.days
),
risk AS (
  SELECT s.*, SUM(s.visits) OVER (PARTITION BY s.stage ORDER BY s.days DESC) AS at_risk FROM stays s
),
curve AS MATERIALIZED (
  SELECT
    r.stage, r.days, r.ended,
    EXP(SUM(LN(MAX(1 - r.ended * 1.0 / r.at_risk, 1e-300))) OVER (PARTITION BY r.stage ORDER BY r.days)) AS lasting
  FROM risk r
),
medians AS MATERIALIZED (
  SELECT c.stage, MIN(c.days) AS days FROM curve c WHERE c.lasting <= 0.5 + 1e-12 AND c.ended > 0 GROUP BY c.stage
),
area AS (
  SELECT
    c.stage,
    COALESCE(LAG(c.lasting) OVER (PARTITION BY c.stage ORDER BY c.days), 1)
      * (c.days - COALESCE(LAG(c.days) OVER (PARTITION BY c.stage ORDER BY c.days), 0)) AS part
  FROM curve c
),
slowest AS (
  SELECT m.stage, m.days FROM medians m WHERE m.stage <> '' ORDER BY m.days DESC,
    CASE m.stage WHEN 'qualify' THEN 1 WHEN 'develop' THEN 2 WHEN 'propose' THEN 3 ELSE 4 END
  LIMIT 1
)
SELECT
  t.n_won, t.n_lost, t.n_open,
  (SELECT q.days FROM quantiles q WHERE q.name = 'p50') AS median_days_to_won,
  (SELECT q.days FROM quantiles q WHERE q.name = 'p25') AS p25,
  (SELECT q.days FROM quantiles q WHERE q.name = 'p75') AS p75,
  (SELECT m.days FROM medians m WHERE m.stage = '') AS km_median_days_to_close,
  s.stage AS slowest_stage,
  s.days AS slowest_stage_median_days,
  (t.n_open - t.n_stale) * (t.n_won * 1.0 / (t.n_won + t.n_lost)) * t.mean_value / t.mean_days_to_won
    AS velocity_minor_per_day,
  t.mean_days_to_won,
  (SELECT COUNT(*) FROM cohort c WHERE c.days < 0) AS n_excluded,
  t.n_stale,
  (SELECT SUM(a.part) FROM area a WHERE a.stage = s.stage) AS slowest_stage_restricted_mean_days
FROM totals t LEFT JOIN slowest s
