-- name: quota
-- title: Quota
-- question: Who sold how much of what they were to sell in the window, and what is each person's and team's share?
-- definition: Sets the value of the deals won in the window against the quotas whose periods lie in it, by person, by team or in total.
-- formula: won_minor = sum of the values, at the close day's rate, of won deals whose close day lies in the window; won_count counts them
-- formula: with revenue splits, each of those who share a deal is credited with their part of its value and counts it once, in place of its owner; the parts add up to the value exactly (largest remainder), and team and total count the deal once
-- formula: overlay_minor = sum of each overlay split's share of the value of a won deal; it is in no other figure
-- formula: quota_minor = sum of the quotas whose period lies wholly in the window, each at the rate of its period's first day
-- formula: attainment = won_minor / quota_minor, null without a quota and where it cannot be told what was won: splits that do not add up, a win in a currency without a rate
-- formula: share_of_total = won_minor / won_minor of all rows; share_of_team = won_minor / won_minor of the rows with the same team; whole parts per million by largest remainder
-- formula: tier = the band of the pay plan in which the attainment of the latest period lies; exactly at a boundary belongs to the lower band
-- formula: commission_minor = per quota period, the part of won_minor that lies in each band times the band's rate (or, retroactive, all of it at the reached band's rate), then added
-- formula: paid_minor = sum of the payouts that were recorded for quota periods wholly in the window, as of the as-of day or an earlier one
-- formula: clawback_minor = per person and quota period, what of paid_minor exceeds the commission that is due for it as of the as-of day, then added; a deal adds the commission that it earned when it was paid for and earns no longer
-- unit: minor units of the base currency, deals, shares from 0 to 1
-- grain: one row per person, per team, or in total
-- population: quotas of kind revenue, and opportunities won with a close day in the window, not deleted, not a duplicate, with their splits, as of the as-of day
-- owner: the owner of the deal, or those who share it by splits
-- groups: person, team, total
-- filters: source, team, person, region, type, lead_source, pipeline
-- flag: record_payout: record in table payout what is due to each person for each quota period, less what was paid before
-- parameters: --from --to or --period, --as-of, --known-at, --by person|team|total, --where, --record-payout
-- policies: quota.yaml decides tiers, bonus, reward, review, ramp and how a quota counts that was changed within its period
-- caveats: The quota of a manager whose people have quotas of the same period is left out of team and total, and noted; their own wins count.
-- caveats: Quotas whose period lies only partly in the window are left out and noted.
-- caveats: Revenue splits that do not add up to 1 credit nobody: the deal counts in the total and in row (none), and those it names have no attainment and no commission.
-- caveats: A win in a currency without a rate adds nothing to won_minor: of those who won it, and of their team and the total, attainment, tier and advice are not known, nor the commission of the quota period.
-- caveats: Overlay earns no share and no commission. A bonus is advice like every flag: commission_minor is without it.
-- caveats: A ramp asks for a part of the quota, and a review judges by that part.
-- caveats: A review looks at the latest ended quota periods, also those before the window, and needs min_deals deals closed in them.
-- caveats: attainment, bonus and reward are of the window, tier is of its latest quota period, commission is added up over its periods; for one period, ask with --period. Shares are of the rows shown: under --where person one person has all.
-- caveats: A commission is never below zero.
-- caveats: Wins in no quota period of their owner earn no commission; a note counts them.
-- caveats: paid_minor and clawback_minor are null where nothing was ever recorded for the window, under a filter other than person, and where payouts are in another currency than the base currency of today, which nothing converts.
-- caveats: Whose quota is gone is due nothing for its period: what was paid for it is a clawback.
-- caveats: What is still to be paid for one quota period does not lessen the clawback of another.
-- caveats: flags are advice for a person to decide, with the evidence in the notes; nothing acts on them.
-- column: person_id text: Unified id of the person
-- column: person text: Name of the person; (none) for wins and quotas without an owner
-- column: team text: Name of the team
-- column: quota_minor minor: What was to be sold
-- column: won_minor minor: What was sold
-- column: won_count count: Deals won, alone or with others
-- column: attainment share: won_minor / quota_minor
-- column: share_of_team share: Part of the team's won_minor
-- column: share_of_total share: Part of all won_minor
-- column: tier text: Band of the pay plan that was reached in the latest period
-- column: commission_minor minor: Commission by the pay plan
-- column: flags words: bonus, a reward's name, review: advice by the pay plan; clawback: more was paid than is due
-- column: team_id text: Unified id of the team
-- column: overlay_minor minor: Added credit by overlay splits, in no other figure
-- column: paid_minor minor: Commission paid so far, null where none was ever recorded for the window
-- column: clawback_minor minor: Paid beyond what is due now
WITH won AS (
  SELECT
    t.group_id,
    COALESCE(SUM(t.base_minor), 0) AS won_minor,
    SUM(t.deals) AS won_count,
    SUM(t.no_rate) AS no_rate
  FROM quota_tally t
  WHERE t.status = 'won' AND t.since >= (SELECT m.from_on FROM metric_window m)
  GROUP BY t.group_id
),
overlay AS (
  SELECT
    o.group_id,
    COALESCE(SUM(o.base_minor), 0) AS overlay_minor
  FROM quota_overlay o
  GROUP BY o.group_id
),
target AS (
  SELECT
    q.group_id,
    SUM(q.base_minor) AS quota_minor,
    SUM(CASE WHEN q.base_minor IS NULL THEN 1 ELSE 0 END) AS unknown_quotas
  FROM metric_quota q
  WHERE q.is_counted = 1
  GROUP BY q.group_id
),
everyone AS (
  SELECT e.group_id FROM metric_everyone e
  UNION
  SELECT w.group_id FROM won w
  UNION
  SELECT t.group_id FROM target t
  UNION
  SELECT o.group_id FROM overlay o
  UNION
  SELECT p.group_id FROM quota_paid p
)
SELECT
  e.group_id,
  CASE WHEN t.group_id IS NULL THEN 0 WHEN t.unknown_quotas = 0 THEN t.quota_minor END AS quota_minor,
  COALESCE(w.won_minor, 0) AS won_minor,
  COALESCE(w.won_count, 0) AS won_count,
  CASE
    WHEN t.unknown_quotas = 0 AND t.quota_minor > 0 AND COALESCE(w.no_rate, 0) = 0
      THEN COALESCE(w.won_minor, 0) * 1.0 / t.quota_minor
  END AS attainment,
  COALESCE(o.overlay_minor, 0) AS overlay_minor
FROM everyone e
LEFT JOIN won w ON w.group_id = e.group_id
LEFT JOIN target t ON t.group_id = e.group_id
LEFT JOIN overlay o ON o.group_id = e.group_id
ORDER BY e.group_id
