-- The won deals whose close day lies in the window, by who is credited: their owner, or those among whom they are divided.
WITH credit AS (
  SELECT
    d.id,
    d.source,
    d.source_id,
    d.source_object,
    d.group_id,
    d.person_id,
    d.team_id,
    d.status,
    d.close_on,
    d.base_minor,
    d.amount_minor,
    d.amount_is_later
  FROM quota_owned d
  UNION ALL
  SELECT
    c.id,
    c.source,
    c.source_id,
    c.source_object,
    c.group_id,
    c.person_id,
    c.team_id,
    c.status,
    c.close_on,
    c.base_minor,
    c.amount_minor,
    c.amount_is_later
  FROM quota_part c
)
SELECT
  w.id,
  w.source,
  w.source_id,
  w.source_object,
  w.group_id,
  w.person_id,
  w.team_id,
  w.close_on,
  w.base_minor,
  CASE WHEN w.base_minor IS NULL AND w.amount_minor IS NULL THEN 1 ELSE 0 END AS has_no_amount,
  CASE WHEN w.base_minor IS NULL AND w.amount_minor IS NOT NULL THEN 1 ELSE 0 END AS has_no_rate,
  w.amount_is_later
FROM credit w
WHERE
  w.status = 'won'
  AND w.close_on >= (SELECT m.from_on FROM metric_window m)
  AND w.close_on <= (SELECT m.to_on FROM metric_window m)
