-- What the values of the decided deals cannot know.
SELECT
  COALESCE(SUM(d.has_no_amount), 0) AS no_amount,
  COALESCE(SUM(d.has_no_rate), 0) AS no_rate,
  COALESCE(SUM(d.amount_is_later), 0) AS later_amount
FROM win_rate_deal d
