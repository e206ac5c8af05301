-- Every stay of every deal, whatever the filter: in which state, since which day, until which, to which state it led
-- (following) and whether it ended in a loss (1) or a win (2). A deal of which no stay has a known beginning counts as one
-- stay, in the state of funnel *, from its created day to its close.
-- The beginning of a stay that is known from a path, or as the current stage alone, is NULL. A stay was going on at the end
-- of the days of forecast_day from from_number up to, and without, over_number.
-- SQLite takes a CROSS JOIN in the order in which it is written: from deals to their visits, which lie together in the key.
SELECT
  d.id,
  d.cohort,
  d.created,
  COALESCE(s.state, d.stageless) AS state,
  CASE WHEN n.ordinal IS NOT NULL THEN COALESCE(m.state, d.stageless) END AS following,
  CASE
    WHEN n.ordinal IS NULL THEN CASE d.status WHEN 'lost' THEN 1 WHEN 'won' THEN 2 END
    -- a deal that came back later had been closed in between
    WHEN n.entered_on > v.left_on OR n.entered_at > v.left_at THEN (
      SELECT MAX(CASE e.status WHEN 'won' THEN 2 ELSE 1 END)
      FROM stage_event e
      WHERE
        e.opportunity_id = v.opportunity_id
        AND COALESCE(e.occurred_on, '') = v.left_on
        AND e.status IN ('won', 'lost')
        AND COALESCE(e.is_deleted, 0) = 0
    )
  END AS ends,
  CASE WHEN COALESCE(v.coverage, 'recorded') IN ('path', 'current_only') THEN NULL ELSE a.epoch_day END AS entered,
  CASE WHEN COALESCE(v.coverage, 'recorded') IN ('path', 'current_only') THEN NULL ELSE a.number END AS from_number,
  COALESCE(b.epoch_day, CASE WHEN n.ordinal IS NULL THEN d.closed END) AS until,
  CASE
    WHEN v.left_on IS NULL AND n.ordinal IS NULL AND d.status = 'open' THEN 9999999
    ELSE COALESCE(b.number, CASE WHEN n.ordinal IS NULL THEN d.closed_number END)
  END AS over_number
FROM forecast_life d
CROSS JOIN forecast_visit v
LEFT JOIN metric_visit n ON n.opportunity_id = v.opportunity_id AND n.ordinal = v.next_ordinal
LEFT JOIN forecast_state s ON s.funnel = d.funnel AND s.stage = v.stage
LEFT JOIN forecast_state m ON m.funnel = d.funnel AND m.stage = n.stage
LEFT JOIN forecast_calendar a ON a.day = v.entered_on
LEFT JOIN forecast_calendar b ON b.day = COALESCE(v.left_on, n.entered_on)
WHERE v.opportunity_id = d.id
UNION ALL
SELECT
  d.id,
  d.cohort,
  d.created,
  z.state,
  NULL AS following,
  CASE d.status WHEN 'lost' THEN 1 WHEN 'won' THEN 2 END AS ends,
  d.created AS entered,
  d.created_number AS from_number,
  d.closed AS until,
  CASE WHEN d.status = 'open' THEN 9999999 ELSE d.closed_number END AS over_number
FROM forecast_life d
INNER JOIN forecast_state z ON z.funnel = '*' AND z.stage = '*'
WHERE NOT EXISTS (
  SELECT 1 AS found
  FROM metric_visit v
  WHERE
    v.opportunity_id = d.id
    AND v.entered_on IS NOT NULL
    AND COALESCE(v.coverage, 'recorded') NOT IN ('path', 'current_only')
)
