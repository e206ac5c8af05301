-- The open deals of the question: where each stands, since how many days (NULL where that is not known), how old it is.
-- What the source says of a closed deal now says nothing of a past day on which it was still open.
WITH standing AS (
  SELECT
    d.id,
    d.source,
    d.source_id,
    d.source_object,
    d.group_id,
    d.funnel,
    d.created_on,
    d.base_minor,
    d.amount_minor,
    d.amount_is_later,
    COALESCE(d.stage, v.stage) AS stage,
    CASE
      WHEN COALESCE(v.coverage, 'recorded') IN ('path', 'current_only') THEN NULL
      WHEN v.left_on IS NOT NULL OR COALESCE(v.stage, '') <> COALESCE(d.stage, v.stage, '') THEN NULL
      ELSE v.entered_on
    END AS entered_on,
    CASE WHEN d.amount_is_later = 1 AND COALESCE(o.status, 'open') <> 'open' THEN 0 ELSE 1 END AS says_so,
    d.probability,
    d.forecast_category
  FROM metric_deal d
  INNER JOIN opportunity o ON o.id = d.id
  LEFT JOIN metric_visit v
    ON v.opportunity_id = d.id
    AND v.ordinal = (SELECT MAX(x.ordinal) FROM metric_visit x WHERE x.opportunity_id = d.id)
  WHERE d.status = 'open'
)
SELECT
  t.id,
  t.source,
  t.source_id,
  t.source_object,
  t.group_id,
  t.funnel,
  COALESCE(s.stage, '') AS stage,
  t.base_minor,
  CASE WHEN t.base_minor IS NULL AND t.amount_minor IS NULL THEN 1 ELSE 0 END AS has_no_amount,
  CASE WHEN t.base_minor IS NULL AND t.amount_minor IS NOT NULL THEN 1 ELSE 0 END AS has_no_rate,
  t.amount_is_later,
  w.as_of_epoch - a.epoch_day AS days,
  w.as_of_epoch - c.epoch_day AS age,
  CASE WHEN t.says_so = 1 AND t.probability >= 0 AND t.probability <= 1 THEN t.probability END AS probability,
  CASE WHEN t.says_so = 1 AND t.forecast_category IN ('Omitted', 'omitted', 'OMITTED') THEN 1 ELSE 0 END AS is_omitted,
  CASE WHEN w.as_of_epoch - c.epoch_day > x.oldest THEN 1 ELSE 0 END AS is_stale
FROM standing t
CROSS JOIN metric_window w
CROSS JOIN forecast_today x
LEFT JOIN metric_stage s ON s.funnel = t.funnel AND s.stage = t.stage
LEFT JOIN calendar a ON a.day = t.entered_on
LEFT JOIN calendar c ON c.day = t.created_on
