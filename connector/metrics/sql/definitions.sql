-- name: definitions
-- title: Definitions
-- question: What does each measure and each term mean, what decides it in each source, and how many are there?
-- definition: Shows every measure and every term with its one sentence and with the mapping rule that decides it in each source.
-- formula: count = records, or persons, that the term fits on the as-of day, where it can be counted
-- formula: lead: open leads; opportunity: deals, open, won and lost of them by status
-- formula: prospect: persons among qualified leads and contacts on an open opportunity; a converted lead and its contact are one person, and so are those of one e-mail address within the prospects
-- unit: leads, persons, deals
-- grain: one row per measure and term, and per source where --by source is given
-- population: leads, contacts and opportunities of the store, not deleted, not a duplicate, as of the as-of day
-- owner: whoever keeps the mapping files
-- groups: source
-- filters: source
-- parameters: --as-of, --known-at, --by source, --where source=NAME, --lang en|fa
-- policies: the mapping files and funnel.yaml
-- caveats: The store keeps no contact roles: a contact is on an open opportunity where a lead became both, where an activity names both, or where its account has one.
-- caveats: The window has no say here; counts are as of the as-of day.
-- column: group text: Name of the source (with --by)
-- column: group_id text: Id of the source (with --by)
-- column: kind text: measure or term
-- column: name text: Its name
-- column: definition text: What it means
-- column: rules words: What decides it in each source
-- column: count count: How many there are, where it can be counted
SELECT
  m.group_id,
  m.term,
  SUM(m.adds) AS found
FROM definition_member m
GROUP BY m.group_id, m.term
ORDER BY m.group_id, m.term
