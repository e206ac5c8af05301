-- Per person and quota period: how many deals closed in it, won or lost; the sample behind a review.
WITH period AS (
  SELECT DISTINCT q.person_id, q.period_start, q.period_end
  FROM metric_quota q
)
SELECT
  p.person_id,
  p.period_start,
  p.period_end,
  COUNT(d.id) AS closed
FROM period p
LEFT JOIN metric_deal d
  ON d.person_id = p.person_id
  AND d.status IN ('won', 'lost')
  AND d.close_on >= p.period_start
  AND d.close_on <= p.period_end
GROUP BY p.person_id, p.period_start, p.period_end
ORDER BY p.person_id, p.period_end, p.period_start
