-- name: funnel
-- title: Funnel
-- question: Of the deals that were created in the window, how many came how far, and where were the others lost?
-- definition: Follows the deals created in the window, and the leads created in it, from stage to stage, whatever happened to them later.
-- formula: entered = deals that reached the stage or a later one (a won deal reached every stage, a skipped stage was passed)
-- formula: advanced = deals that reached the next stage; at the last stage, won deals
-- formula: lost, open = deals that are lost, or still open, with this as their deepest stage; entered = advanced + lost + open
-- formula: conversion = advanced / (advanced + lost); conversion_floor = advanced / entered; conversion_ceiling = (advanced + open) / entered
-- formula: amount_minor = sum of the values, in the base currency, of the deals that entered
-- formula: median_days = smallest number of days t after which at most half of the visits last longer (Kaplan-Meier; visits not yet over count as long as they have lasted)
-- formula: row lead: entered = leads, advanced = qualified, lost = disqualified; row won: entered = won deals
-- unit: deals, shares from 0 to 1, minor units of the base currency, days
-- grain: one row per stage, and per group where --by is given
-- population: opportunities (row lead: leads) created in the window, not deleted, not a duplicate, and known on the as-of day
-- owner: the owner of the deal; for the way leads are handed over, the team
-- groups: source, team, person, region, type, lead_source, pipeline
-- filters: source, team, person, region, type, lead_source, pipeline, stage, status
-- parameters: --from --to or --period, --as-of, --known-at, --by, --where
-- policies: funnel.yaml decides the stages
-- caveats: Deals that were born closed (the first recorded event is won or lost) and deals without a mapped visit are in no row; notes count them.
-- caveats: Leads have no type, region, pipeline or stage; grouped or filtered by those, the row lead is left out.
-- caveats: Where pipelines have stages of their own, the rows are those of one funnel; the deals of the others are counted in a note. Grouped by pipeline, each has its own stages.
-- caveats: A young cohort looks worse by its floor than it will be; the ceiling shows what is still open.
-- column: group text: Name of the group (with --by)
-- column: group_id text: Id of the group: unified id of the person or team, else the value itself (with --by)
-- column: stage text: lead, the key of a stage, or won
-- column: position integer: Place of the row: 0 lead, 1 to n the stages, n + 1 won
-- column: entered count: Deals that reached the stage
-- column: advanced count: Of those, deals that went on
-- column: lost count: Of those, deals that were lost with this as their deepest stage
-- column: open count: Of those, deals that are still open with this as their deepest stage
-- column: conversion share: advanced / (advanced + lost)
-- column: conversion_floor share: advanced / entered, as if every open deal were lost
-- column: conversion_ceiling share: (advanced + open) / entered, as if every open deal went on
-- column: amount_minor minor: Value of the deals that entered
-- column: median_days days: Median days of a visit to the stage
WITH funnel_length AS (
  SELECT
    s.funnel,
    MAX(s.position) AS stages
  FROM metric_stage s
  GROUP BY s.funnel
),
tally AS (
  SELECT
    d.group_id,
    d.funnel,
    d.status,
    d.reached,
    d.born_closed,
    COUNT(*) AS deals,
    COALESCE(SUM(d.base_minor), 0) AS amount_minor,
    SUM(d.has_no_amount) AS no_amount,
    SUM(d.has_no_rate) AS no_rate,
    SUM(d.amount_is_later) AS later_amount
  FROM funnel_deal d
  GROUP BY d.group_id, d.funnel, d.status, d.reached, d.born_closed
),
counted AS (
  SELECT
    t.group_id,
    t.status,
    t.reached,
    t.deals,
    t.amount_minor,
    CASE WHEN t.status = 'won' THEN n.stages + 1 ELSE t.reached END AS depth
  FROM tally t
  INNER JOIN funnel_length n ON n.funnel = t.funnel
  WHERE t.born_closed = 0 AND t.reached IS NOT NULL
),
leads AS (
  SELECT
    l.group_id,
    l.funnel,
    COUNT(*) AS entered,
    SUM(CASE WHEN l.status = 'qualified' THEN 1 ELSE 0 END) AS advanced,
    SUM(CASE WHEN l.status = 'disqualified' THEN 1 ELSE 0 END) AS lost,
    SUM(CASE WHEN l.status = 'open' THEN 1 ELSE 0 END) AS open
  FROM metric_lead l
  WHERE
    l.created_on >= (SELECT w.from_on FROM metric_window w)
    AND l.created_on <= (SELECT w.to_on FROM metric_window w)
  GROUP BY l.group_id, l.funnel
),
everyone AS (
  SELECT e.group_id, e.funnel FROM metric_everyone e
  UNION
  SELECT t.group_id, t.funnel FROM tally t
  UNION
  SELECT l.group_id, l.funnel FROM leads l
),
passage AS (
  SELECT
    e.group_id,
    s.stage,
    s.position,
    COALESCE(SUM(CASE WHEN c.depth >= s.position THEN c.deals ELSE 0 END), 0) AS entered,
    COALESCE(SUM(CASE WHEN c.depth > s.position THEN c.deals ELSE 0 END), 0) AS advanced,
    COALESCE(SUM(CASE WHEN c.depth = s.position AND c.status = 'lost' THEN c.deals ELSE 0 END), 0) AS lost,
    COALESCE(SUM(CASE WHEN c.depth = s.position AND c.status = 'open' THEN c.deals ELSE 0 END), 0) AS open,
    COALESCE(SUM(CASE WHEN c.depth >= s.position THEN c.amount_minor ELSE 0 END), 0) AS amount_minor
  FROM everyone e
  INNER JOIN metric_stage s ON s.funnel = e.funnel
  LEFT JOIN counted c ON c.group_id = e.group_id
  GROUP BY e.group_id, s.stage, s.position
  UNION ALL
  SELECT
    e.group_id,
    'lead' AS stage,
    0 AS position,
    COALESCE(l.entered, 0) AS entered,
    COALESCE(l.advanced, 0) AS advanced,
    COALESCE(l.lost, 0) AS lost,
    COALESCE(l.open, 0) AS open,
    NULL AS amount_minor
  FROM everyone e
  LEFT JOIN leads l ON l.group_id = e.group_id
),
result AS (
  SELECT
    p.group_id,
    p.stage,
    p.position,
    p.entered,
    p.advanced,
    p.lost,
    p.open,
    CASE WHEN p.advanced + p.lost > 0 THEN p.advanced * 1.0 / (p.advanced + p.lost) END AS conversion,
    CASE WHEN p.entered > 0 THEN p.advanced * 1.0 / p.entered END AS conversion_floor,
    CASE WHEN p.entered > 0 THEN (p.advanced + p.open) * 1.0 / p.entered END AS conversion_ceiling,
    p.amount_minor
  FROM passage p
  UNION ALL
  SELECT
    e.group_id,
    'won' AS stage,
    n.stages + 1 AS position,
    COALESCE(SUM(c.deals), 0) AS entered,
    NULL AS advanced,
    NULL AS lost,
    NULL AS open,
    NULL AS conversion,
    NULL AS conversion_floor,
    NULL AS conversion_ceiling,
    COALESCE(SUM(c.amount_minor), 0) AS amount_minor
  FROM everyone e
  INNER JOIN funnel_length n ON n.funnel = e.funnel
  LEFT JOIN counted c ON c.group_id = e.group_id AND c.status = 'won'
  GROUP BY e.group_id, n.stages
)
SELECT
  r.group_id,
  r.stage,
  r.position,
  r.entered,
  r.advanced,
  r.lost,
  r.open,
  r.conversion,
  r.conversion_floor,
  r.conversion_ceiling,
  r.amount_minor
FROM result r
ORDER BY r.group_id, r.position, r.stage
