-- name: needed
-- title: Needed for a target
-- question: How many leads and deals must be at each stage for the target to be met, and how many of them are there?
-- definition: Reads the funnel backwards: from the deals that must be won, through the conversions of the window, to the leads that must stand at its top, and says by when each must have begun.
-- formula: wins = target / mean value of the won deals that closed in the window, rounded up
-- formula: conversion = advanced / (advanced + lost) of the measure funnel over the same window; chance_to_win = the product of the conversions from the row on
-- formula: needed_mean = wins / chance_to_win, unrounded along the chain, each row rounded up; p_hit = P(Binomial(needed_mean, chance_to_win) >= wins)
-- formula: needed_at_confidence = smallest n with P(Binomial(n, chance_to_win) >= wins) >= confidence
-- formula: have = leads, or deals, that stand there open on the as-of day; gap = needed_at_confidence - have
-- formula: latest_start_on = by-date - median_days_to_won, the median time from the stage (row lead: from the created day of the lead) to the close of the won deals that closed in the window, rounded up to whole days
-- unit: leads and deals, days
-- grain: one row per stage, from the lead to the win, and per group where --by is given
-- population: funnel: leads and opportunities created in the window; values and times: opportunities won with their close day in the window; have: every lead and opportunity open on the as-of day
-- owner: whoever fills the funnel: marketing for the row lead, the owners of the deals from there on
-- groups: source, team, person, region, type, lead_source, pipeline
-- filters: source, team, person, region, type, lead_source, pipeline
-- flag: target: what is to be won from now on, in major units of the base currency
-- flag: by_date: the day by which it is to be won
-- flag: confidence: how sure the target is to be met, 0.9 where left out
-- parameters: --target MONEY --by-date DAY [--confidence SHARE], --from --to or --period, --as-of, --known-at, --by, --where
-- policies: funnel.yaml decides the stages
-- caveats: Above a conversion that is null or zero nothing can be said: needed_mean, needed_at_confidence, gap and latest_start_on are null there.
-- caveats: needed_mean meets the target only about every other time; needed_at_confidence is the figure to plan by.
-- caveats: A row counts what stands at that stage now; what stands further down the funnel needs fewer.
-- caveats: With --by, each group is asked to meet the whole target by itself.
-- caveats: Where pipelines have stages of their own, the rows are those of one funnel; the deals of the others are counted in a note. Grouped by pipeline, each has its own stages.
-- caveats: Leads have no type, region or pipeline; grouped or filtered by those, the row lead is left out.
-- column: group text: Name of the group (with --by)
-- column: group_id text: Id of the group: unified id of the person or team, else the value itself (with --by)
-- column: stage text: lead, the key of a stage, or won
-- column: position integer: Place of the row: 0 lead, 1 to n the stages, n + 1 won
-- column: have count: Leads or deals that stand there open
-- column: needed_mean number: How many are needed if all goes as it does on average
-- column: needed_at_confidence number: How many are needed to meet the target with the confidence asked for
-- column: gap number: needed_at_confidence - have; negative where there are more than needed
-- column: latest_start_on day: Day on which the last of them must be there, at the median pace
-- column: conversion share: Share that goes on to the next row, of those decided
-- column: chance_to_win share: Share that is won in the end
-- column: p_hit share: How sure the target is with needed_mean
-- column: median_days_to_won days: Median time from there to the win
SELECT
  h.group_id,
  h.position,
  COUNT(*) AS have
FROM needed_open h
GROUP BY h.group_id, h.position
ORDER BY h.group_id, h.position
