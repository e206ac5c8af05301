-- Per person and quota period: the quota, and the wins whose close day lies in it.
WITH period AS (
  SELECT
    q.person_id,
    q.period_start,
    q.period_end,
    SUM(q.base_minor) AS quota_minor,
    SUM(CASE WHEN q.base_minor IS NULL THEN 1 ELSE 0 END) AS unknown_quotas
  FROM metric_quota q
  GROUP BY q.person_id, q.period_start, q.period_end
)
SELECT
  p.person_id,
  p.period_start,
  p.period_end,
  p.quota_minor,
  p.unknown_quotas,
  COALESCE(SUM(t.base_minor), 0) AS won_minor,
  COALESCE(SUM(t.no_rate), 0) AS no_rate
FROM period p
LEFT JOIN quota_tally t
  ON t.person_id = p.person_id
  AND t.status = 'won'
  AND t.since >= p.period_start
  AND t.since <= p.period_end
GROUP BY p.person_id, p.period_start, p.period_end, p.quota_minor, p.unknown_quotas
ORDER BY p.person_id, p.period_end, p.period_start
