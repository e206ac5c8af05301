-- name: cycle
-- title: Sales cycle
-- question: How long do deals take from their first day to their close, and where do they stay longest?
-- definition: Follows the deals created in the window until they are won or lost, and compares how long that takes, counting open deals as long as they have lasted.
-- formula: n_won, n_lost, n_open = deals of the cohort by what became of them; deals that closed before they were created are only in n_excluded
-- formula: median_days_to_won, p25, p75, mean_days_to_won = days from the created day to the close day of won deals; between two deals, the straight line
-- formula: km_median_days_to_close = smallest number of days t after which at most half of the deals last longer (Kaplan-Meier; won and lost end a deal, open ones count as long as they have lasted)
-- formula: slowest_stage = the stage with the longest median stay (Kaplan-Meier); its restricted mean counts no stay longer than the longest observed
-- formula: velocity_minor_per_day = open deals that are not stale x won / (won + lost) x mean value of a won deal / mean_days_to_won
-- unit: deals, days, minor units of the base currency a day
-- grain: one row, or one per group where --by is given
-- population: opportunities created in the window, not deleted, not a duplicate, as of the as-of day
-- owner: the owner of the deal
-- groups: region, person, team, lead_source, type, source, pipeline
-- filters: source, team, person, region, type, lead_source, pipeline, stage, status
-- parameters: --from --to or --period, --as-of, --known-at, --by, --where
-- policies: funnel.yaml decides the stages
-- caveats: Deals whose close day lies before their created day (imported ones) are excluded and counted, never taken for zero days.
-- caveats: An open deal's close day is a hope; it is never read here.
-- caveats: A deal is stale once it is older than any deal of the cohort was when it closed; --where narrows the cohort, --by does not.
-- column: group text: Name of the group
-- column: group_id text: Id of the group: unified id of the person or team, else the value itself
-- column: n_won count: Deals won
-- column: n_lost count: Deals lost
-- column: n_open count: Deals still open
-- column: median_days_to_won days: Half of the won deals took no longer
-- column: p25 days: A quarter of the won deals took no longer
-- column: p75 days: Three quarters of the won deals took no longer
-- column: km_median_days_to_close days: Half of all deals are closed by then, open ones taken into account
-- column: slowest_stage text: Stage in which deals stay longest
-- column: slowest_stage_median_days days: Median stay in it
-- column: velocity_minor_per_day money: What the open deals are expected to bring a day
-- column: mean_days_to_won days: Mean of the won deals
-- column: n_excluded count: Deals that closed before they were created
-- column: n_stale count: Open deals older than any that ever closed: left out of the velocity
-- column: slowest_stage_restricted_mean_days days: Mean stay in the slowest stage, none counted longer than the longest observed
SELECT
  d.group_id,
  d.status,
  d.days,
  d.is_excluded,
  COUNT(*) AS deals,
  SUM(CASE WHEN d.base_minor IS NULL THEN 0 ELSE 1 END) AS valued,
  COALESCE(SUM(d.base_minor), 0) AS base_minor
FROM cycle_deal d
GROUP BY d.group_id, d.status, d.days, d.is_excluded
ORDER BY d.group_id, d.status, d.days, d.is_excluded
