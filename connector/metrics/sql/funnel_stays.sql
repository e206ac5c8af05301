-- Visits of the counted deals by length in days: ended ones, and open ones as long as they have lasted on the as-of day.
-- days is NULL where a time is not known; such a visit counts for how far a deal came, never for time in stage.
WITH stay AS (
  SELECT
    d.group_id,
    s.position,
    COALESCE(v.coverage, 'recorded') AS coverage,
    CASE WHEN v.left_on IS NULL THEN 0 ELSE 1 END AS ended,
    CASE
      WHEN v.coverage IN ('path', 'current_only') THEN NULL
      WHEN v.left_on IS NOT NULL THEN b.epoch_day - a.epoch_day
      WHEN d.status = 'open' THEN w.as_of_epoch - a.epoch_day
    END AS days
  FROM funnel_deal d
  CROSS JOIN metric_window w
  INNER JOIN metric_visit v ON v.opportunity_id = d.id
  INNER JOIN metric_stage s ON s.stage = v.stage AND s.funnel = d.funnel
  LEFT JOIN calendar a ON a.day = v.entered_on
  LEFT JOIN calendar b ON b.day = v.left_on
  WHERE d.born_closed = 0
)
SELECT
  y.group_id,
  y.position,
  y.coverage,
  y.days,
  y.ended,
  COUNT(*) AS visits
FROM stay y
GROUP BY y.days, y.position, y.ended, y.group_id, y.coverage
ORDER BY y.group_id, y.position, y.coverage, y.days, y.ended
