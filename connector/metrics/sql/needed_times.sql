-- How many days the won deals took from each stage (or a later one, where they skipped it) to their close.
-- A deal whose first day in a stage is not known says nothing of it; but every deal is at the first on its created day.
WITH entry AS (
  SELECT
    d.id,
    d.group_id,
    d.close_on,
    s.position,
    COALESCE(MIN(v.entered_on), CASE WHEN s.position = 1 THEN d.created_on END) AS entered_on
  FROM needed_won d
  INNER JOIN metric_stage s ON s.funnel = d.funnel
  LEFT JOIN metric_stage r ON r.funnel = d.funnel AND r.position >= s.position
  LEFT JOIN metric_visit v
    ON v.opportunity_id = d.id
    AND v.stage = r.stage
    AND COALESCE(v.coverage, 'recorded') NOT IN ('path', 'current_only')
  GROUP BY d.id, d.group_id, d.close_on, d.created_on, s.position
  UNION ALL
  SELECT
    d.id,
    d.group_id,
    d.close_on,
    0 AS position,
    MIN(m.created_on) AS entered_on
  FROM needed_won d
  INNER JOIN lead l ON l.opportunity_id = d.id
  INNER JOIN metric_lead m ON m.id = l.id
  GROUP BY d.id, d.group_id, d.close_on
)
SELECT
  e.group_id,
  e.position,
  b.epoch_day - a.epoch_day AS days,
  COUNT(*) AS deals
FROM entry e
INNER JOIN calendar a ON a.day = e.entered_on
INNER JOIN calendar b ON b.day = e.close_on
WHERE b.epoch_day >= a.epoch_day
GROUP BY e.group_id, e.position, b.epoch_day - a.epoch_day
ORDER BY e.group_id, e.position, days
