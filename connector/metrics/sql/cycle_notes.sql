-- What the cohort cannot know.
SELECT
  COALESCE(SUM(CASE WHEN d.days IS NULL THEN 1 ELSE 0 END), 0) AS no_close_day,
  COALESCE(SUM(CASE WHEN d.status = 'won' AND d.is_excluded = 0 THEN d.has_no_amount ELSE 0 END), 0) AS no_amount,
  COALESCE(SUM(CASE WHEN d.status = 'won' AND d.is_excluded = 0 THEN d.has_no_rate ELSE 0 END), 0) AS no_rate,
  COALESCE(SUM(CASE WHEN d.status = 'won' AND d.is_excluded = 0 THEN d.amount_is_later ELSE 0 END), 0) AS later_amount
FROM cycle_deal d
