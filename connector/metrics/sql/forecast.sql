-- name: forecast
-- title: Forecast
-- question: What will the open deals bring within the horizon, how sure is that, and what does the CRM itself say?
-- definition: Learns from all deals of the store how stays in each stage end, by how long they last; gives each open deal the chance to be won within the horizon; and says between which sums the outcome lies in four of five cases.
-- formula: open_count, open_minor = open deals and their value; deals of forecast category Omitted are in no row
-- formula: weighted_minor = sum of the CRM's own probability x value, rounded once and shared out by largest remainder
-- formula: expected_minor = sum of chance x value, likewise; expected_count = sum of the chances
-- formula: chance = the share of deals that stand in this stage, for this many days, that are won within the horizon: every day a stay goes on, leads to another stage (also back), to a win or to a loss with the chances of such stays so far (docs/forecast.md)
-- formula: p10_minor, p50_minor, p90_minor = sums that are not exceeded in 10, 50 and 90 % of outcomes, over resampled cohorts of deals, widened until past forecasts are covered as often as they should be
-- formula: chance_to_win = the chance to be won ever, by the counted moves between stages alone; expected_wins = open_count x chance_to_win
-- formula: visits_from_first = visits to the stage, before it closes, of a deal that begins in the first stage, by the same moves
-- formula: outlook_minor = won_minor + weighted_minor; won_minor = value of the deals won with their close day in the window
-- unit: deals, minor units of the base currency, shares from 0 to 1
-- grain: one row per stage and one in total, per group where --by is given; with --backtest, one per past day
-- population: opportunities open on the as-of day, not deleted, not a duplicate; won_minor: opportunities won in the window; what is learned: every opportunity of the store, whatever the filter, so that the figures of parts add up
-- owner: the owner of the deal
-- groups: source, team, person, region, type, lead_source, pipeline
-- filters: source, team, person, region, type, lead_source, pipeline, stage
-- flag: horizon: how many days to look ahead; to the end of the fiscal quarter of the as-of day where left out
-- flag: backtest: holds the forecasts of past days, made from what was true then, against what came
-- parameters: --horizon DAYS, --backtest, --as-of, --known-at, --by, --where; --from --to or --period for won_minor
-- policies: funnel.yaml decides the stages
-- caveats: Deals older than any deal that ever closed weigh nothing in expected_minor; a note lists them.
-- caveats: Where there are too few decided deals to learn from, the chance is the CRM's own probability, and a note says so.
-- caveats: A deal that is opened after the as-of day is in no row: this is what the open deals bring, not what the quarter brings.
-- caveats: Where pipelines have stages of their own, the rows are those of one funnel; the deals of the others are counted in a note. Grouped by pipeline, each has its own stages.
-- caveats: The close day of an open deal is a hope; it is never read here.
-- caveats: The rows' p10_minor, p50_minor and p90_minor do not add up: sums vary less than their parts.
-- column: group text: Name of the group (with --by)
-- column: group_id text: Id of the group: unified id of the person or team, else the value itself (with --by)
-- column: stage text: Key of a stage, (none) for deals in none, or total
-- column: as_of day: Day from which the row looks ahead
-- column: until day: Last day of its horizon
-- column: open_count count: Open deals
-- column: open_minor minor: Their value
-- column: weighted_minor minor: Value weighted by the CRM's own probability
-- column: expected_minor minor: Value weighted by the chance to be won within the horizon
-- column: p10_minor money: Not exceeded in one case of ten
-- column: p50_minor money: Not exceeded in every other case
-- column: p90_minor money: Not exceeded in nine cases of ten
-- column: expected_count number: How many are expected to be won within the horizon
-- column: won_minor minor: Value won in the window (row total)
-- column: outlook_minor minor: won_minor + weighted_minor (row total)
-- column: p_ge_expected share: Chance to bring expected_minor or more
-- column: variance number: Variance of the outcome, in squared major units
-- column: chance_to_win share: Chance of a deal in this stage to be won ever
-- column: expected_wins number: How many of the open deals are won ever, by that chance
-- column: visits_from_first number: Visits to the stage of a deal that begins in the first one
-- column: actual_minor minor: What the deals brought (with --backtest)
-- column: covered flag: 1 where that lies between p10_minor and p90_minor, else 0 (with --backtest)
WITH ranked AS (
  SELECT
    d.group_id,
    d.funnel,
    d.stage,
    d.days,
    CASE WHEN d.days IS NULL THEN d.age END AS age,
    d.is_stale,
    d.probability,
    d.base_minor,
    ROW_NUMBER() OVER (ORDER BY COALESCE(d.base_minor, 0) DESC, d.id) AS place
  FROM forecast_deal d
  WHERE d.is_omitted = 0
)
SELECT
  r.group_id,
  r.funnel,
  r.stage,
  r.days,
  r.age,
  r.is_stale,
  r.probability,
  CASE WHEN r.place <= 2000 THEN r.place ELSE 0 END AS alone,
  COUNT(*) AS deals,
  COALESCE(SUM(r.base_minor), 0) AS minor,
  COALESCE(SUM(r.base_minor * 1.0 * r.base_minor), 0) AS squares
FROM ranked r
GROUP BY
  r.group_id, r.funnel, r.stage, r.days, r.age, r.is_stale, r.probability,
  CASE WHEN r.place <= 2000 THEN r.place ELSE 0 END
ORDER BY r.group_id, r.funnel, r.stage, r.days, r.age, r.is_stale, r.probability, alone
