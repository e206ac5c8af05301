-- name: adoption
-- title: Adoption of the sales methodology
-- question: When deals leave a stage, is what the methodology asks for there, and who leaves it out?
-- definition: Looks at every exit of a stage in the window and asks whether all that methodology.yaml requires of that stage was true of the deal; a stage that was jumped over counts as an exit without it.
-- formula: exits = visits to a stage with requirements that ended in the window, by whatever road
-- formula: compliant = exits of which every requirement of the stage is true
-- formula: skipped = stages with requirements that a deal passed without a visit, on the day it entered a later stage or was won
-- formula: adoption = compliant / (exits + skipped)
-- formula: by criterion: compliant = exits of which this requirement is true
-- unit: exits, shares from 0 to 1
-- grain: one row per person, per other group, per criterion, or in total
-- population: opportunities not deleted, not a duplicate, known on the as-of day, of which a stage with requirements was left or skipped in the window
-- owner: the owner of the deal
-- groups: person, team, criterion, source, region, type, lead_source, pipeline, total
-- filters: source, team, person, region, type, lead_source, pipeline, stage, status
-- parameters: --from --to or --period, --as-of, --known-at, --by, --where
-- policies: methodology.yaml says what is required; funnel.yaml decides the stages
-- caveats: A field counts as filled where it is filled on the as-of day; the store has no history of every field.
-- caveats: An activity counts where it happened on or before the day of the exit.
-- caveats: Where the store holds no activities at all, what is asked of them is left out, with a note: nothing can be said of it.
-- caveats: Stages known only from a process path, or as the current one, have no sure day of exit: they are neither exits nor skipped.
-- column: person text: Name of the person (by person)
-- column: group text: Name of the group (by team, source ...)
-- column: criterion text: Stage and requirement (by criterion)
-- column: exits count: Stages left
-- column: compliant count: Of those, with everything that is required
-- column: skipped count: Stages jumped over
-- column: adoption share: compliant / (exits + skipped)
-- column: person_id text: Unified id of the person
-- column: group_id text: Id of the group
WITH exits AS (
  SELECT
    x.group_id,
    COUNT(*) AS exits,
    SUM(x.is_compliant) AS compliant
  FROM adoption_exit x
  GROUP BY x.group_id
),
skips AS (
  SELECT
    k.group_id,
    COUNT(*) AS skipped
  FROM adoption_skip k
  GROUP BY k.group_id
),
everyone AS (
  SELECT e.group_id FROM metric_everyone e
  UNION
  SELECT x.group_id FROM exits x
  UNION
  SELECT k.group_id FROM skips k
)
SELECT
  e.group_id,
  COALESCE(x.exits, 0) AS exits,
  COALESCE(x.compliant, 0) AS compliant,
  COALESCE(k.skipped, 0) AS skipped,
  CASE
    WHEN COALESCE(x.exits, 0) + COALESCE(k.skipped, 0) > 0
      THEN COALESCE(x.compliant, 0) * 1.0 / (COALESCE(x.exits, 0) + COALESCE(k.skipped, 0))
  END AS adoption
FROM everyone e
LEFT JOIN exits x ON x.group_id = e.group_id
LEFT JOIN skips k ON k.group_id = e.group_id
ORDER BY e.group_id
