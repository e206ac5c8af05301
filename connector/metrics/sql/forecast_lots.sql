-- What was going on at the end of a past day, counted: large deals one by one (alone, their id), the others together.
SELECT
  s.span,
  s.standing,
  CASE WHEN s.minor < l.minor OR (s.minor = l.minor AND s.id > l.id) THEN '' ELSE s.id END AS alone,
  COUNT(*) AS deals,
  SUM(s.minor) AS minor,
  SUM(s.minor * 1.0 * s.minor) AS squares,
  SUM(s.brought) AS brought
FROM forecast_standing s
LEFT JOIN forecast_least l ON l.number = s.number
GROUP BY
  s.span, s.standing, CASE WHEN s.minor < l.minor OR (s.minor = l.minor AND s.id > l.id) THEN '' ELSE s.id END
ORDER BY s.span, s.standing, alone
