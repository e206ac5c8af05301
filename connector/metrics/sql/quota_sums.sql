-- The closed deals of one owner each, added up by owner, team, status and span; since is the first day of the span.
WITH closed AS (
  SELECT
    d.owner_id,
    d.team_id,
    d.status,
    d.close_on,
    d.base_minor,
    d.amount_minor,
    d.amount_is_later,
    (SELECT MAX(s.since) FROM quota_span s WHERE s.since <= d.close_on) AS since
  FROM quota_owned d
  WHERE
    d.status IN ('won', 'lost')
    AND d.close_on >= (SELECT MIN(f.since) FROM quota_span f)
    AND d.close_on <= (SELECT w.to_on FROM metric_window w)
)
SELECT
  c.owner_id,
  c.team_id,
  c.status,
  c.since,
  MAX(c.close_on) AS last_close_on,
  COUNT(*) AS deals,
  SUM(c.base_minor) AS base_minor,
  SUM(CASE WHEN c.base_minor IS NULL AND c.amount_minor IS NULL THEN 1 ELSE 0 END) AS no_amount,
  SUM(CASE WHEN c.base_minor IS NULL AND c.amount_minor IS NOT NULL THEN 1 ELSE 0 END) AS no_rate,
  SUM(c.amount_is_later) AS later_amount
FROM closed c
GROUP BY c.owner_id, c.since, c.status, c.team_id
