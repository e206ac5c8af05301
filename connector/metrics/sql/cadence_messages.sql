-- The mails to known addresses, each by the person that the folded address stands for.
SELECT
  m.id,
  m.source,
  m.source_id,
  m.source_object,
  p.person,
  m.occurred_on,
  m.occurred_at,
  m.subject_hash
FROM metric_message m
INNER JOIN cadence_address p ON p.address = m.address
