-- Every stay of every deal, whatever the filter: since which day, until which, and where it led. A deal of which no
-- stay has a known beginning counts as one stay, in stage * of funnel *, from its created day to its close. What is
-- closed on the as-of day was so on that day at the latest, whatever close day it shows.
-- The beginning of a stay that is known from a path, or as the current stage alone, is NULL. Its place is 1 where it is
-- the first of the deal, 2 where it is a later one, 0 where it stands for the whole life. It was going on at the end of the
-- days of forecast_day from from_number up to, and without, over_number.
WITH deal AS (
  SELECT
    d.id,
    d.funnel,
    d.status,
    d.created_on,
    CASE WHEN d.close_on > w.as_of THEN w.as_of ELSE d.close_on END AS close_on
  FROM metric_state d
  CROSS JOIN metric_window w
),
visit AS (
  SELECT
    d.id,
    d.funnel,
    d.status,
    d.created_on,
    d.close_on,
    COALESCE(s.stage, '') AS stage,
    CASE WHEN COALESCE(v.coverage, 'recorded') IN ('path', 'current_only') THEN NULL ELSE v.entered_on END AS entered_on,
    v.left_on,
    v.left_at,
    CASE
      WHEN v.ordinal = MIN(v.ordinal) OVER (
        PARTITION BY v.opportunity_id ORDER BY v.ordinal ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
      ) THEN 1
      ELSE 2
    END AS place,
    LEAD(COALESCE(s.stage, '')) OVER (PARTITION BY v.opportunity_id ORDER BY v.ordinal) AS next_stage,
    LEAD(v.entered_on) OVER (PARTITION BY v.opportunity_id ORDER BY v.ordinal) AS next_entered_on,
    LEAD(v.entered_at) OVER (PARTITION BY v.opportunity_id ORDER BY v.ordinal) AS next_entered_at
  FROM deal d
  INNER JOIN metric_visit v ON v.opportunity_id = d.id
  LEFT JOIN metric_stage s ON s.funnel = d.funnel AND s.stage = v.stage
),
closing AS (
  SELECT
    v.id,
    v.funnel,
    v.stage,
    v.place,
    v.created_on,
    v.entered_on,
    v.next_stage,
    COALESCE(
      v.left_on,
      v.next_entered_on,
      CASE WHEN v.next_stage IS NULL AND v.status <> 'open' THEN v.close_on END
    ) AS until_on,
    CASE
      WHEN v.next_stage IS NULL AND v.status <> 'open' THEN v.status
      -- a deal that came back later had been closed in between
      WHEN v.next_entered_on > v.left_on OR v.next_entered_at > v.left_at THEN (
        SELECT MAX(e.status)
        FROM stage_event e
        WHERE
          e.opportunity_id = v.id
          AND COALESCE(e.occurred_on, '') = v.left_on
          AND e.status IN ('won', 'lost')
          AND COALESCE(e.is_deleted, 0) = 0
      )
    END AS ends
  FROM visit v
),
stay AS (
  SELECT
    c.id,
    c.funnel,
    c.stage,
    c.place,
    c.created_on,
    c.entered_on,
    c.until_on,
    c.ends,
    CASE WHEN c.ends IS NULL THEN c.next_stage END AS next_stage,
    CASE WHEN c.until_on IS NOT NULL OR c.ends IS NOT NULL OR c.next_stage IS NOT NULL THEN 1 ELSE 0 END AS is_over
  FROM closing c
  UNION ALL
  SELECT
    d.id,
    '*' AS funnel,
    '*' AS stage,
    0 AS place,
    d.created_on,
    d.created_on AS entered_on,
    CASE WHEN d.status <> 'open' THEN d.close_on END AS until_on,
    CASE WHEN d.status <> 'open' THEN d.status END AS ends,
    NULL AS next_stage,
    CASE WHEN d.status <> 'open' THEN 1 ELSE 0 END AS is_over
  FROM deal d
  WHERE NOT EXISTS (
    SELECT 1 AS found
    FROM metric_visit v
    WHERE
      v.opportunity_id = d.id
      AND v.entered_on IS NOT NULL
      AND COALESCE(v.coverage, 'recorded') NOT IN ('path', 'current_only')
  )
)
SELECT
  y.id,
  y.funnel,
  y.stage,
  y.place,
  y.ends,
  y.next_stage,
  m.cohort,
  m.epoch_day AS created,
  a.epoch_day AS entered,
  b.epoch_day AS until,
  a.number AS from_number,
  CASE WHEN y.is_over = 0 THEN 9999999 ELSE b.number END AS over_number
FROM stay y
LEFT JOIN forecast_calendar m ON m.day = y.created_on
LEFT JOIN forecast_calendar a ON a.day = y.entered_on
LEFT JOIN forecast_calendar b ON b.day = y.until_on
