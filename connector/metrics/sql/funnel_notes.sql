-- What the rows of the funnel leave out, or cannot know.
SELECT
  COALESCE(SUM(d.born_closed), 0) AS born_closed,
  COALESCE(SUM(CASE WHEN d.born_closed = 0 AND d.reached IS NULL THEN 1 ELSE 0 END), 0) AS no_mapped_visit,
  COALESCE(SUM(CASE WHEN d.born_closed = 0 AND d.reached IS NOT NULL THEN d.has_no_amount ELSE 0 END), 0) AS no_amount,
  COALESCE(SUM(CASE WHEN d.born_closed = 0 AND d.reached IS NOT NULL THEN d.has_no_rate ELSE 0 END), 0) AS no_rate,
  COALESCE(SUM(CASE WHEN d.born_closed = 0 AND d.reached IS NOT NULL THEN d.amount_is_later ELSE 0 END), 0)
    AS later_amount
FROM funnel_deal d
