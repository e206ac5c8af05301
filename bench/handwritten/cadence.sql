-- Everyone's mails in order; each is held against the others of its span and of its subject. As the measure does, it
-- looks for the address of a mail without one at its contact or lead, and drops a mail that two sources recorded.
WITH recorded AS (
  SELECT
    LOWER(TRIM(COALESCE(a.counterpart_email, c.email, l.email))) AS person, a.occurred_on, a.occurred_at, a.subject_hash, a.id
  FROM activity a NOT INDEXED
  LEFT JOIN contact c ON c.id = a.contact_id
  LEFT JOIN lead l ON l.id = a.lead_id
  WHERE a.kind = 'email' AND a.direction = 'out' AND a.occurred_on <= :as_of AND a.is_deleted = 0
),
mail AS MATERIALIZED (
  SELECT r.person, r.occurred_on, r.subject_hash,
    LAG(r.occurred_at) OVER same AS before,
    ROW_NUMBER() OVER same AS again,
    r.occurred_at
  FROM recorded r WHERE r.person IS NOT NULL
  WINDOW same AS (PARTITION BY r.person, r.subject_hash ORDER BY r.occurred_at, r.id)
),
single AS MATERIALIZED (
  SELECT m.*, MIN(m.occurred_on) OVER (PARTITION BY m.person) AS since
  FROM mail m WHERE m.before IS NULL OR m.before <> m.occurred_at OR m.subject_hash IS NULL
),
spanned AS (
  SELECT m.*, CAST(julianday(m.occurred_on) - julianday(m.since) AS INTEGER) AS day FROM single m
),
placed AS MATERIALIZED (
  SELECT s.*,
    CASE WHEN s.day < 28 THEN s.day / 7 ELSE 4 + (s.day - 28) / 30 END AS span
  FROM spanned s
),
ranked AS (
  SELECT p.*, ROW_NUMBER() OVER (PARTITION BY p.person, p.span ORDER BY p.occurred_on) AS place FROM placed p
),
told AS (
  SELECT
    r.person, COUNT(*) AS sent, MIN(r.occurred_on) AS first_sent_on,
    SUM(r.place > CASE WHEN r.span = 0 THEN 3 ELSE 1 END) + SUM(r.again > 1 AND r.subject_hash IS NOT NULL) AS broken,
    SUM(r.span = 0) AS in_first_week
  FROM ranked r
  GROUP BY r.person
),
stopped AS (
  SELECT LOWER(TRIM(c.email)) AS email, MIN(SUBSTR(c.source_modified_at, 1, 10)) AS since
  FROM contact c WHERE c.opted_out = 1 AND c.is_deleted = 0 GROUP BY LOWER(TRIM(c.email))
)
SELECT
  t.sent, t.first_sent_on,
  t.broken
  + CASE WHEN s.email IS NULL
      THEN (t.in_first_week < 2 AND julianday(:as_of) > julianday(t.first_sent_on) + 6)
      ELSE (SELECT COUNT(*) FROM single m WHERE m.person = t.person AND m.occurred_on >= s.since) END AS violations
FROM told t LEFT JOIN stopped s ON s.email = t.person
