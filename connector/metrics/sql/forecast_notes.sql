-- What the rows leave out, or cannot know of the open deals.
SELECT
  COALESCE(SUM(d.is_omitted), 0) AS omitted,
  COALESCE(SUM(CASE WHEN d.is_omitted = 0 THEN d.has_no_amount ELSE 0 END), 0) AS no_amount,
  COALESCE(SUM(CASE WHEN d.is_omitted = 0 THEN d.has_no_rate ELSE 0 END), 0) AS no_rate,
  COALESCE(SUM(CASE WHEN d.is_omitted = 0 THEN d.amount_is_later ELSE 0 END), 0) AS later_amount,
  COALESCE(SUM(CASE WHEN d.is_omitted = 0 AND d.probability IS NULL THEN 1 ELSE 0 END), 0) AS no_probability,
  COALESCE(SUM(CASE WHEN d.is_omitted = 0 AND d.days IS NULL THEN 1 ELSE 0 END), 0) AS no_days,
  COALESCE(SUM(CASE WHEN d.is_omitted = 0 THEN d.is_stale ELSE 0 END), 0) AS stale
FROM forecast_deal d
