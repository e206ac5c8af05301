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
  CASE WHEN v.ordinal IS NULL THEN z.state ELSE COALESCE(s.state, d.stageless) END AS state,
  CASE WHEN n.ordinal IS NOT NULL THEN COALESCE(m.state, d.stageless) END AS following,
  CASE
    WHEN n.ordinal IS NULL THEN d.ends
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
  CASE WHEN v.ordinal IS NULL THEN d.created WHEN v.is_undated = 0 THEN a.epoch_day END AS entered,
  CASE WHEN v.ordinal IS NULL THEN d.created_number WHEN v.is_undated = 0 THEN a.number END AS from_number,
  COALESCE(b.epoch_day, CASE WHEN n.ordinal IS NULL THEN d.closed END) AS until,
  CASE
    WHEN v.left_on IS NULL AND n.ordinal IS NULL AND d.ends IS NULL THEN 9999999
    ELSE COALESCE(b.number, CASE WHEN n.ordinal IS NULL THEN d.closed_number END)
  END AS over_number
FROM forecast_life d
CROSS JOIN forecast_state z
LEFT JOIN forecast_visit v ON v.opportunity_id = d.id
LEFT JOIN metric_visit n ON n.opportunity_id = v.opportunity_id AND n.ordinal = v.next_ordinal
LEFT JOIN forecast_state s ON s.funnel = d.funnel AND s.stage = v.stage
LEFT JOIN forecast_state m ON m.funnel = d.funnel AND m.stage = n.stage
LEFT JOIN forecast_calendar a ON a.day = v.entered_on
LEFT JOIN forecast_calendar b ON b.day = COALESCE(v.left_on, n.entered_on)
WHERE z.funnel = '*' AND z.stage = '*'
UNION ALL
SELECT
  d.id,
  d.cohort,
  d.created,
  z.state,
  NULL AS following,
  d.ends,
  d.created AS entered,
  d.created_number AS from_number,
  d.closed AS until,
  CASE WHEN d.ends IS NULL THEN 9999999 ELSE d.closed_number END AS over_number
FROM forecast_visit u
CROSS JOIN forecast_state z
INNER JOIN forecast_life d ON d.id = u.opportunity_id
WHERE
  u.is_undated = 1
  AND z.funnel = '*'
  AND z.stage = '*'
  AND NOT EXISTS (
    SELECT 1 AS found
    FROM forecast_visit x
    WHERE x.opportunity_id = u.opportunity_id AND (x.is_undated = 0 OR x.ordinal < u.ordinal)
  )
