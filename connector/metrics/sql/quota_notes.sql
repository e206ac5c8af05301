-- What the wins in the window cannot know, and those that lie in no quota period of their owner.
SELECT
  COUNT(*) AS wins,
  COALESCE(SUM(w.has_no_amount), 0) AS no_amount,
  COALESCE(SUM(w.has_no_rate), 0) AS no_rate,
  COALESCE(SUM(w.amount_is_later), 0) AS later_amount,
  COALESCE(SUM(CASE WHEN q.person_id IS NULL THEN 1 ELSE 0 END), 0) AS outside,
  COALESCE(SUM(CASE WHEN q.person_id IS NULL THEN w.base_minor ELSE 0 END), 0) AS outside_minor
FROM quota_win w
LEFT JOIN (
  SELECT DISTINCT x.person_id, y.id
  FROM metric_quota x
  INNER JOIN quota_win y
    ON y.person_id = x.person_id AND y.close_on >= x.period_start AND y.close_on <= x.period_end
) AS q ON q.id = w.id
