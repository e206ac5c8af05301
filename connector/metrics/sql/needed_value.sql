-- How many deals were won in the window, what they brought, and what of that cannot be known.
SELECT
  d.group_id,
  COUNT(*) AS won,
  SUM(CASE WHEN d.base_minor IS NULL THEN 0 ELSE 1 END) AS valued,
  COALESCE(SUM(d.base_minor), 0) AS won_minor,
  SUM(d.has_no_amount) AS no_amount,
  SUM(d.has_no_rate) AS no_rate,
  SUM(d.amount_is_later) AS later_amount
FROM needed_won d
GROUP BY d.group_id
ORDER BY d.group_id
