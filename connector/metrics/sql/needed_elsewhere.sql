-- Deals that pass the stages of another funnel and would count here otherwise, by that funnel.
SELECT
  d.funnel,
  COUNT(*) AS deals
FROM metric_other_deal d
CROSS JOIN metric_window w
WHERE
  d.status = 'open'
  OR (d.created_on >= w.from_on AND d.created_on <= w.to_on)
  OR (d.status = 'won' AND d.close_on >= w.from_on AND d.close_on <= w.to_on)
GROUP BY d.funnel
ORDER BY d.funnel
