-- Deals and their stays in numbers, for forecast.sql; closed is NULL for open deals.
CREATE TEMP TABLE deal_read AS
SELECT
  o.id, NULLIF(o.status, 'open') AS status, o.base_minor, o.probability, julianday(o.created_on) AS created,
  CASE WHEN o.status <> 'open' THEN julianday(MIN(o.close_on, :as_of)) END AS closed
FROM opportunity o
WHERE +o.created_on <= :as_of AND o.is_deleted = 0 AND o.duplicate_of IS NULL;
CREATE TEMP TABLE stay_read AS
SELECT
  d.status, d.base_minor, d.probability, d.created, d.closed, v.stage, n.stage AS following,
  julianday(v.entered_on) AS entered, julianday(v.left_on) AS left_at, julianday(n.entered_on) AS next_at
FROM deal_read d CROSS JOIN stage_visit v ON v.opportunity_id = d.id
LEFT JOIN stage_visit n ON n.opportunity_id = v.opportunity_id AND n.ordinal = v.ordinal + 1
WHERE +v.entered_on <= :as_of;
