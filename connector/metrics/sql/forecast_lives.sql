-- Every deal, whatever the filter: the day it was created on, the cohort of that day (0 where it is not known), the day on
-- which it closed, and whether that was a loss (1) or a win (2). What is closed on the as-of day was so on that day at the
-- latest, whatever close day it shows. stageless is the state of a deal in none of the stages.
SELECT
  d.id,
  d.funnel,
  CASE d.status WHEN 'lost' THEN 1 WHEN 'won' THEN 2 END AS ends,
  z.state AS stageless,
  a.epoch_day AS created,
  a.number AS created_number,
  COALESCE(a.cohort, 0) AS cohort,
  CASE WHEN d.status <> 'open' THEN b.epoch_day END AS closed,
  CASE WHEN d.status <> 'open' THEN b.number END AS closed_number
FROM metric_state d
CROSS JOIN metric_window w
INNER JOIN forecast_state z ON z.funnel = d.funnel AND z.stage = ''
LEFT JOIN forecast_calendar a ON a.day = d.created_on
LEFT JOIN forecast_calendar b ON b.day = CASE WHEN d.close_on > w.as_of THEN w.as_of ELSE d.close_on END
