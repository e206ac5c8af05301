-- Per person and ended quota period that a review looks at: what was won in it, and how many deals closed, won or lost.
SELECT
  j.person_id,
  j.period_start,
  j.period_end,
  COALESCE(SUM(CASE WHEN t.status = 'won' THEN t.base_minor END), 0) AS won_minor,
  COALESCE(SUM(t.deals), 0) AS closed_deals,
  COALESCE(SUM(CASE WHEN t.status = 'won' THEN t.no_rate END), 0) AS no_rate
FROM quota_judged j
LEFT JOIN quota_tally t ON t.person_id = j.person_id AND t.since >= j.period_start AND t.since <= j.period_end
GROUP BY j.person_id, j.period_start, j.period_end
ORDER BY j.person_id, j.period_end, j.period_start
