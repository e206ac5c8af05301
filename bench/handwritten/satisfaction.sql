SELECT
  u.person_id AS group_id,
  COUNT(*) AS responses,
  CASE WHEN COUNT(*) >= 5 THEN AVG(s.score / s.score_max) END AS mean_share,
  CASE WHEN COUNT(*) >= 5 THEN AVG(s.score = s.score_max) END AS top_box
FROM satisfaction s
JOIN crm_user u ON u.id = s.owner_id
WHERE s.given_on BETWEEN :from_on AND :to_on AND s.given_on <= :as_of AND s.is_deleted = 0
  AND s.score BETWEEN 0 AND s.score_max AND s.score_max > 0
GROUP BY u.person_id
