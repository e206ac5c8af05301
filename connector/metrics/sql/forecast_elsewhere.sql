-- Open deals that pass the stages of another funnel, by that funnel.
SELECT
  d.funnel,
  COUNT(*) AS deals
FROM metric_other_deal d
WHERE d.status = 'open'
GROUP BY d.funnel
ORDER BY d.funnel
