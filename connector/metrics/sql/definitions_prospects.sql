-- Qualified leads, and contacts on an open opportunity, with what tells which of them are one person.
WITH deal AS (
  SELECT d.id FROM metric_deal d WHERE d.status = 'open'
),
on_deal AS (
  SELECT c.id
  FROM contact c
  INNER JOIN opportunity o ON o.account_id = c.account_id
  INNER JOIN deal d ON d.id = o.id
  UNION
  SELECT a.contact_id AS id
  FROM metric_activity a
  INNER JOIN deal d ON d.id = a.opportunity_id
  WHERE a.contact_id IS NOT NULL
  UNION
  SELECT l.contact_id AS id
  FROM lead l
  INNER JOIN metric_lead m ON m.id = l.id
  WHERE m.status = 'qualified' AND l.contact_id IS NOT NULL
),
prospect AS (
  SELECT
    c.id,
    c.source,
    c.source_id,
    COALESCE(c.source_object, 'contact') AS source_object,
    c.id AS contact_id,
    c.email
  FROM contact c
  INNER JOIN on_deal t ON t.id = c.id
  WHERE COALESCE(c.is_deleted, 0) = 0
  UNION ALL
  SELECT
    l.id,
    l.source,
    l.source_id,
    m.source_object,
    l.contact_id,
    l.email
  FROM lead l
  INNER JOIN metric_lead m ON m.id = l.id
  WHERE m.status = 'qualified'
)
SELECT
  p.id,
  p.source,
  p.source_id,
  p.source_object,
  p.contact_id,
  p.email
FROM prospect p
ORDER BY p.id
