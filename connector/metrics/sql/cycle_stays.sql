-- Visits of the cohort by length in days: ended ones, and open ones as long as they have lasted on the as-of day.
WITH stay AS (
  SELECT
    d.group_id,
    s.funnel,
    s.position,
    CASE WHEN v.left_on IS NULL THEN 0 ELSE 1 END AS ended,
    CASE
      WHEN v.left_on IS NOT NULL THEN b.epoch_day - a.epoch_day
      WHEN d.status = 'open' THEN w.as_of_epoch - a.epoch_day
    END AS days
  FROM cycle_deal d
  CROSS JOIN metric_window w
  INNER JOIN metric_visit v ON v.opportunity_id = d.id
  INNER JOIN metric_stage s ON s.stage = v.stage AND s.funnel = d.funnel
  INNER JOIN calendar a ON a.day = v.entered_on
  LEFT JOIN calendar b ON b.day = v.left_on
  WHERE COALESCE(v.coverage, 'recorded') NOT IN ('path', 'current_only')
)
SELECT
  y.group_id,
  y.funnel,
  y.position,
  y.days,
  y.ended,
  COUNT(*) AS visits
FROM stay y
WHERE y.days >= 0
GROUP BY y.days, y.position, y.ended, y.group_id, y.funnel
ORDER BY y.group_id, y.funnel, y.position, y.days, y.ended
