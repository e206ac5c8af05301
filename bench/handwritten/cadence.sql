-- Everyone's mails in order; each is held against the others of its span and of its subject.
WITH mail AS MATERIALIZED (
  SELECT a.counterpart_email AS person, a.occurred_on, a.subject_hash,
    MIN(a.occurred_on) OVER (PARTITION BY a.counterpart_email) AS since,
    ROW_NUMBER() OVER (PARTITION BY a.counterpart_email, a.subject_hash ORDER BY a.occurred_at, a.id) AS again
  FROM activity a NOT INDEXED
  WHERE a.kind = 'email' AND a.direction = 'out' AND a.occurred_on <= :as_of AND a.is_deleted = 0
    AND a.counterpart_email IS NOT NULL
),
spanned AS (
  SELECT m.*, CAST(julianday(m.occurred_on) - julianday(m.since) AS INTEGER) AS day FROM mail m
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
    SUM(r.place > CASE WHEN r.span = 0 THEN 3 ELSE 1 END) + SUM(r.again > 1) AS broken,
    SUM(r.span = 0) AS in_first_week
  FROM ranked r
  GROUP BY r.person
),
stopped AS (
  SELECT c.email, MIN(SUBSTR(c.source_modified_at, 1, 10)) AS since
  FROM contact c WHERE c.opted_out = 1 AND c.is_deleted = 0 GROUP BY c.email
)
SELECT
  t.sent, t.first_sent_on,
  t.broken
  + CASE WHEN s.email IS NULL
      THEN (t.in_first_week < 2 AND julianday(:as_of) > julianday(t.first_sent_on) + 6)
      ELSE (SELECT COUNT(*) FROM mail m WHERE m.person = t.person AND m.occurred_on >= s.since) END AS violations
FROM told t LEFT JOIN stopped s ON s.email = t.person
