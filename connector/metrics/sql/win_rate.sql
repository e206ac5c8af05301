-- name: win_rate
-- title: Win rate
-- question: Of the deals that were decided, how many were won, and how sure can one be of that?
-- definition: Counts won and lost deals, of those closed (or created) in the window, and says between which shares the true rate lies given how few they are.
-- formula: rate = won / (won + lost); open deals are in neither
-- formula: wilson_low, wilson_high = the 95 % score interval of the rate; rows are ranked by wilson_low, so that one win of one is no champion
-- formula: value_rate = won_minor / (won_minor + lost_minor), null where a deal is in a currency without a rate
-- unit: deals, shares from 0 to 1, minor units of the base currency
-- grain: one row, or one per group where --by is given
-- population: opportunities won or lost as of the as-of day, closed in the window (basis closed) or created in it (basis created), not deleted, not a duplicate
-- owner: the owner of the deal
-- groups: source, team, person, region, type, lead_source, pipeline
-- filters: source, team, person, region, type, lead_source, pipeline, stage, status
-- flag: basis: closed (default): deals whose close day lies in the window; created: deals created in it
-- parameters: --from --to or --period, --as-of, --known-at, --by, --where, --basis closed|created
-- policies: none
-- caveats: The two bases differ wherever cycles span periods; the column basis says which one a row has.
-- caveats: Deals that were born closed count: they were decided, even though nobody saw how.
-- column: group text: Name of the group
-- column: group_id text: Id of the group: unified id of the person or team, else the value itself
-- column: basis text: closed or created
-- column: won count: Deals won
-- column: lost count: Deals lost
-- column: rate share: won / (won + lost)
-- column: wilson_low share: Lower end of the 95 % interval of the rate
-- column: wilson_high share: Upper end of the 95 % interval of the rate
-- column: won_minor minor: Value of the deals won
-- column: lost_minor minor: Value of the deals lost
-- column: value_rate share: won_minor / (won_minor + lost_minor)
WITH decided AS (
  SELECT
    d.group_id,
    COUNT(*) AS deals,
    SUM(CASE WHEN d.status = 'won' THEN 1 ELSE 0 END) AS won,
    COALESCE(SUM(d.base_minor), 0) AS minor,
    COALESCE(SUM(CASE WHEN d.status = 'won' THEN d.base_minor ELSE 0 END), 0) AS won_minor,
    COUNT(*) - COUNT(d.base_minor) AS no_value,
    SUM(d.has_no_amount) AS no_amount,
    SUM(d.amount_is_later) AS later_amount
  FROM win_rate_deal d
  GROUP BY d.group_id
),
everyone AS (
  SELECT e.group_id FROM metric_everyone e
  UNION
  SELECT c.group_id FROM decided c
)
SELECT
  e.group_id,
  COALESCE(c.won, 0) AS won,
  COALESCE(c.deals - c.won, 0) AS lost,
  CASE WHEN c.deals > 0 THEN c.won * 1.0 / c.deals END AS rate,
  COALESCE(c.won_minor, 0) AS won_minor,
  COALESCE(c.minor - c.won_minor, 0) AS lost_minor,
  CASE WHEN c.no_value = c.no_amount AND c.minor > 0 THEN c.won_minor * 1.0 / c.minor END AS value_rate,
  COALESCE(c.no_amount, 0) AS no_amount,
  COALESCE(c.no_value - c.no_amount, 0) AS no_rate,
  COALESCE(c.later_amount, 0) AS later_amount
FROM everyone e
LEFT JOIN decided c ON c.group_id = e.group_id
ORDER BY e.group_id
