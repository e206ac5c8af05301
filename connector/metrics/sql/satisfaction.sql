-- name: satisfaction
-- title: Satisfaction
-- question: How satisfied are the customers of each person, of those who answered?
-- definition: Breaks the answers given in the window down to the person who can influence them, the owner of the case or deal that the answer is about.
-- formula: responses = answers given in the window with a score and a highest score
-- formula: mean_share = mean of score / score_max
-- formula: top_box = answers with the highest score / responses; wilson_low, wilson_high = its 95 % score interval
-- unit: answers, shares from 0 to 1
-- grain: one row, or one per group where --by is given
-- reads: satisfaction
-- population: answers given in the window, not deleted, as of the as-of day
-- owner: the owner of the case or deal that the answer is about
-- groups: person, team, source, account
-- filters: source, team, person
-- flag: minimum: the fewest answers for which a group shows figures; 5 where left out
-- parameters: --from --to or --period, --as-of, --known-at, --by, --where, --minimum N
-- policies: none
-- caveats: Groups with fewer answers than the minimum show only how many there are: a mean of two is an anecdote, and may tell who said it.
-- caveats: Those who did not answer are nowhere in these figures.
-- column: group text: Name of the group
-- column: group_id text: Id of the group: unified id of the person, team or account, else the value itself
-- column: responses count: Answers
-- column: mean_share share: Mean of score / score_max
-- column: top_box share: Share of answers with the highest score
-- column: wilson_low share: Lower end of the 95 % interval of top_box
-- column: wilson_high share: Upper end of the 95 % interval of top_box
SELECT
  a.group_id,
  a.score,
  a.score_max,
  COUNT(*) AS answers
FROM metric_answer a
WHERE
  a.given_on >= (SELECT w.from_on FROM metric_window w)
  AND a.given_on <= (SELECT w.to_on FROM metric_window w)
GROUP BY a.group_id, a.score, a.score_max
ORDER BY a.group_id, a.score, a.score_max
