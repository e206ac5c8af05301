SELECT
  SUM(o.status = 'won') AS won,
  SUM(o.status = 'lost') AS lost,
  SUM(o.status = 'won') * 1.0 / COUNT(*) AS rate,
  SUM(CASE o.status WHEN 'won' THEN o.base_minor END) AS won_minor,
  SUM(CASE o.status WHEN 'lost' THEN o.base_minor END) AS lost_minor,
  SUM(CASE o.status WHEN 'won' THEN o.base_minor END) * 1.0 / SUM(o.base_minor) AS value_rate
FROM opportunity o NOT INDEXED
WHERE o.status IN ('won', 'lost') AND o.close_on BETWEEN :from_on AND :to_on
  AND o.created_on <= :as_of AND o.is_deleted = 0 AND o.duplicate_of IS NULL
