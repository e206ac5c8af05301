-- What the wins in the window cannot know, and those of which somebody's credit lies in no quota period of theirs.
WITH inside AS (
  SELECT DISTINCT w.id, w.person_id
  FROM metric_quota q
  INNER JOIN quota_win w
    ON w.person_id = q.person_id AND w.close_on >= q.period_start AND w.close_on <= q.period_end
),
credit AS (
  SELECT
    w.id,
    w.has_no_amount,
    w.has_no_rate,
    w.amount_is_later,
    w.base_minor,
    CASE WHEN i.id IS NULL THEN 1 ELSE 0 END AS is_outside
  FROM quota_win w
  LEFT JOIN inside i ON i.id = w.id AND i.person_id = w.person_id
),
deal AS (
  SELECT
    c.id,
    MAX(c.has_no_amount) AS has_no_amount,
    MAX(c.has_no_rate) AS has_no_rate,
    MAX(c.amount_is_later) AS amount_is_later,
    MAX(c.is_outside) AS is_outside,
    SUM(CASE WHEN c.is_outside = 1 THEN c.base_minor ELSE 0 END) AS outside_minor
  FROM credit c
  GROUP BY c.id
)
SELECT
  COUNT(*) AS wins,
  COALESCE(SUM(d.has_no_amount), 0) AS no_amount,
  COALESCE(SUM(d.has_no_rate), 0) AS no_rate,
  COALESCE(SUM(d.amount_is_later), 0) AS later_amount,
  COALESCE(SUM(d.is_outside), 0) AS outside,
  COALESCE(SUM(d.outside_minor), 0) AS outside_minor
FROM deal d
