-- Deals of the cohort that pass the stages of another funnel, by that funnel.
SELECT
  d.funnel,
  COUNT(*) AS deals
FROM metric_other_deal d
WHERE
  d.created_on >= (SELECT w.from_on FROM metric_window w)
  AND d.created_on <= (SELECT w.to_on FROM metric_window w)
GROUP BY d.funnel
ORDER BY d.funnel
