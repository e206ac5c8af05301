-- Per person and ended quota period that a review looks at: what was won in it, and how many deals closed, won or lost.
WITH credit AS (
  SELECT d.id, d.person_id, d.status, d.close_on, d.base_minor FROM quota_owned d
  UNION ALL
  SELECT c.id, c.person_id, c.status, c.close_on, c.base_minor FROM quota_part c
),
closed AS (
  SELECT x.id, x.person_id, x.status, x.close_on, x.base_minor
  FROM credit x
  WHERE
    x.status IN ('won', 'lost')
    AND x.close_on >= (SELECT MIN(y.period_start) FROM quota_judged y)
    AND x.close_on <= (SELECT MAX(y.period_end) FROM quota_judged y)
)
SELECT
  j.person_id,
  j.period_start,
  j.period_end,
  COALESCE(SUM(CASE WHEN x.status = 'won' THEN x.base_minor END), 0) AS won_minor,
  COUNT(DISTINCT x.id) AS closed_deals
FROM quota_judged j
LEFT JOIN closed x ON x.person_id = j.person_id AND x.close_on >= j.period_start AND x.close_on <= j.period_end
GROUP BY j.person_id, j.period_start, j.period_end
ORDER BY j.person_id, j.period_end, j.period_start
