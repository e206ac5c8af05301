-- What the wins in the window cannot know, and those of which somebody's credit lies in no quota period of theirs.
WITH won AS (
  SELECT
    t.id,
    t.person_id,
    t.since,
    t.deals,
    t.base_minor,
    t.no_amount,
    t.no_rate,
    t.later_amount
  FROM quota_tally t
  WHERE t.status = 'won' AND t.since >= (SELECT w.from_on FROM metric_window w)
),
inside AS (
  SELECT DISTINCT c.person_id, c.since
  FROM metric_quota q
  INNER JOIN won c ON c.person_id = q.person_id AND c.since >= q.period_start AND c.since <= q.period_end
),
credit AS (
  SELECT
    c.id,
    c.deals,
    c.base_minor,
    c.no_amount,
    c.no_rate,
    c.later_amount,
    CASE WHEN i.person_id IS NULL THEN 1 ELSE 0 END AS is_outside
  FROM won c
  LEFT JOIN inside i ON i.person_id = c.person_id AND i.since = c.since
),
deal AS (
  SELECT
    c.no_amount,
    c.no_rate,
    c.later_amount,
    c.is_outside * c.deals AS outside,
    CASE WHEN c.is_outside = 1 THEN c.base_minor ELSE 0 END AS outside_minor
  FROM credit c
  WHERE c.id IS NULL
  UNION ALL
  SELECT
    MAX(c.no_amount) AS no_amount,
    MAX(c.no_rate) AS no_rate,
    MAX(c.later_amount) AS later_amount,
    MAX(c.is_outside) AS outside,
    SUM(CASE WHEN c.is_outside = 1 THEN c.base_minor ELSE 0 END) AS outside_minor
  FROM credit c
  WHERE c.id IS NOT NULL
  GROUP BY c.id
)
SELECT
  COALESCE(SUM(d.no_amount), 0) AS no_amount,
  COALESCE(SUM(d.no_rate), 0) AS no_rate,
  COALESCE(SUM(d.later_amount), 0) AS later_amount,
  COALESCE(SUM(d.outside), 0) AS outside,
  COALESCE(SUM(d.outside_minor), 0) AS outside_minor
FROM deal d
