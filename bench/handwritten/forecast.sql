-- What was open by stage on a day, and what of it is won within 90 days by how stays ended so far: the chances of each way out of
-- a stage by days in it, drawn together by the likeliest weight, and followed through all moves by convolution. It reads
-- what forecast_read.sql has made of deals and visits, so that several days read these once.
WITH RECURSIVE
span(first, until) AS (
  VALUES (0, 1), (1, 8), (8, 15), (15, 31), (31, 61), (61, 91), (91, 181), (181, 366), (366, 100000)
),
told AS MATERIALIZED (
  SELECT
    s.stage, s.base_minor, s.probability,
    CAST(MIN(COALESCE(s.left_at, s.at), s.at) - s.entered AS INTEGER) AS days,
    CASE WHEN s.next_at <= s.at THEN s.following WHEN s.closed <= s.at THEN s.status END AS way,
    MIN(COALESCE(s.closed, s.at), s.at) - s.created AS age
  FROM (SELECT y.*, julianday(:as_of) AS at FROM stay_read y) s
  WHERE s.entered <= s.at
),
tally AS MATERIALIZED (SELECT t.stage, t.way, t.days, COUNT(*) AS stays FROM told t GROUP BY t.days, t.stage, t.way),
risk AS MATERIALIZED (
  SELECT t.stage, s.first, SUM(t.stays * MAX(MIN(t.days + 1, s.until) - s.first, 0)) AS at_risk
  FROM tally t CROSS JOIN span s GROUP BY 1, 2
),
ways AS MATERIALIZED (
  SELECT t.stage, t.way, SUM(t.stays) AS moves, SUM(CASE WHEN t.days > 0 THEN t.stays ELSE 0 END) AS later
  FROM tally t WHERE t.way IS NOT NULL GROUP BY 1, 2
),
ends AS MATERIALIZED (
  SELECT
    w.stage, w.way, r.first, r.at_risk,
    COALESCE((
      SELECT SUM(t.stays) FROM tally t JOIN span s ON t.days >= s.first AND t.days < s.until
      WHERE s.first = r.first AND t.stage = w.stage AND t.way = w.way
    ), 0) AS ended,
    w.later * 1.0 / (SELECT SUM(x.at_risk) FROM risk x WHERE x.stage = w.stage AND x.first > 0) AS usual
  FROM ways w JOIN risk r ON r.stage = w.stage
),
weight(days) AS (VALUES (30.0), (100.0), (300.0), (1000.0), (3000.0), (10000.0), (9e999)),
gamma AS (
  SELECT e.stage, e.ended, e.at_risk, e.usual, w.days, w.days * e.usual AS shape, w.days * e.usual + e.ended AS grown
  FROM ends e CROSS JOIN weight w WHERE e.first > 0 AND e.usual > 0 AND e.at_risk > 0
),
likelihood AS (
  SELECT
    g.stage, g.days,
    SUM(CASE WHEN g.days = 9e999 THEN g.ended * LN(g.usual) - g.usual * g.at_risk ELSE
      -- the logarithm of gamma by Stirling's series, eight further on
      ((g.grown + 7.5) * LN(g.grown + 8) - g.grown - 8 + 1 / (12 * (g.grown + 8)) - 1 / (360 * POW(g.grown + 8, 3))
        - LN(g.grown) - LN(g.grown + 1) - LN(g.grown + 2) - LN(g.grown + 3) - LN(g.grown + 4) - LN(g.grown + 5)
        - LN(g.grown + 6) - LN(g.grown + 7))
      - ((g.shape + 7.5) * LN(g.shape + 8) - g.shape - 8 + 1 / (12 * (g.shape + 8)) - 1 / (360 * POW(g.shape + 8, 3))
        - LN(g.shape) - LN(g.shape + 1) - LN(g.shape + 2) - LN(g.shape + 3) - LN(g.shape + 4) - LN(g.shape + 5)
        - LN(g.shape + 6) - LN(g.shape + 7))
      + g.shape * LN(g.days / (g.days + g.at_risk)) - g.ended * LN(g.days + g.at_risk) END) AS fits
  FROM gamma g GROUP BY g.stage, g.days
),
likeliest AS MATERIALIZED (
  SELECT stage, days FROM (
    SELECT l.stage, l.days, ROW_NUMBER() OVER (PARTITION BY l.stage ORDER BY l.fits DESC, l.days DESC) AS place
    FROM likelihood l
  ) WHERE place = 1
),
daily AS MATERIALIZED (
  SELECT
    e.stage, e.way, e.first,
    CASE
      WHEN e.first = 0 THEN e.ended * 1.0 / e.at_risk
      WHEN l.days = 9e999 THEN e.usual
      ELSE (e.ended + l.days * e.usual) / (e.at_risk + l.days)
    END AS chance
  FROM ends e JOIN likeliest l ON l.stage = e.stage
),
day(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM day WHERE n < 460),
lasting AS MATERIALIZED (
  SELECT d.stage, y.n, EXP(SUM(LN(1 - d.leaves)) OVER (PARTITION BY d.stage ORDER BY y.n)) AS share
  FROM (SELECT stage, first, SUM(chance) AS leaves FROM daily GROUP BY 1, 2) d
  JOIN span s ON s.first = d.first
  JOIN day y ON y.n >= s.first AND y.n < s.until
),
leaving AS MATERIALIZED (
  SELECT d.stage, d.way, y.n, d.chance, d.chance * COALESCE(l.share, 1) AS share
  FROM daily d
  JOIN span s ON s.first = d.first
  JOIN day y ON y.n >= s.first AND y.n < s.until
  LEFT JOIN lasting l ON l.stage = d.stage AND l.n = y.n - 1
),
-- moves on the first day lead on at once, seldom more than a few of them
at_once(origin, stage, share, moves) AS (
  SELECT DISTINCT stage, stage, 1.0, 0 FROM daily
  UNION ALL
  SELECT a.origin, l.way, a.share * l.share, a.moves + 1
  FROM at_once a JOIN leaving l ON l.stage = a.stage AND l.n = 0 AND l.way NOT IN ('won', 'lost')
  WHERE a.moves < 9
),
entry AS MATERIALIZED (SELECT origin, stage, SUM(share) AS share FROM at_once GROUP BY 1, 2),
-- by days left, the chance of a deal that has just come to a stage, as lists: the last day stands at the end
fresh(days, known) AS (
  SELECT -1, json_object('qualify', json('[]'), 'develop', json('[]'), 'propose', json('[]'), 'close', json('[]'))
  UNION ALL
  SELECT f.days + 1, (
    SELECT json_group_object(x.stage, json(x.chances)) FROM (
      SELECT
        e.origin AS stage,
        json_insert(json_extract(f.known, '$.' || e.origin), '$[#]', SUM(e.share * (
          SELECT SUM(l.share * CASE l.way WHEN 'won' THEN 1 ELSE
            json_extract(f.known, '$.' || l.way || '[' || (f.days + 1 - l.n) || ']') END)
          FROM leaving l
          WHERE l.stage = e.stage AND l.n <= f.days + 1 AND (l.way = 'won' OR (l.n > 0 AND l.way <> 'lost'))
        ))) AS chances
      FROM entry e GROUP BY e.origin
    ) x
  )
  FROM fresh f WHERE f.days < 90
),
soon AS MATERIALIZED (
  SELECT s.key AS stage, d.key AS days, d.value AS chance
  FROM fresh f, json_each(f.known) s, json_each(s.value) d WHERE f.days = 90
),
open AS MATERIALIZED (
  SELECT
    t.stage, MIN(t.days, 366) AS days, COUNT(*) AS deals, SUM(t.base_minor) AS minor,
    SUM(t.base_minor * t.probability) AS weighted,
    COUNT(CASE WHEN t.age <= o.age THEN 1 END) AS alive,
    SUM(CASE WHEN t.age <= o.age THEN t.base_minor END) AS alive_minor
  FROM told t, (SELECT MAX(closed - created) AS age FROM deal_read WHERE closed <= julianday(:as_of) AND closed >= created) o
  WHERE t.way IS NULL GROUP BY 1, 2
),
cell AS (
  SELECT c.stage, c.days, SUM(l.share / t.share * CASE l.way WHEN 'won' THEN 1 ELSE n.chance END) AS chance
  FROM open c
  JOIN lasting t ON t.stage = c.stage AND t.n = c.days
  JOIN leaving l ON l.stage = c.stage AND l.n > c.days AND l.n <= c.days + 90 AND l.way <> 'lost'
  LEFT JOIN soon n ON n.stage = l.way AND n.days = 90 - (l.n - c.days)
  GROUP BY 1, 2
),
share AS MATERIALIZED (
  SELECT stage, way, moves * 1.0 / SUM(moves) OVER (PARTITION BY stage) AS share FROM ways
),
-- deals move to the next stage or to the one before: what comes of each follows from the last one backwards
second AS (SELECT b.share / (1 - a.share * c.share) AS onward FROM share a, share b, share c
  WHERE a.stage = 'qualify' AND a.way = 'develop' AND b.stage = 'develop' AND b.way = 'propose'
    AND c.stage = 'develop' AND c.way = 'qualify'),
third AS (SELECT b.share / (1 - c.share * s.onward) AS onward FROM second s, share b, share c
  WHERE b.stage = 'propose' AND b.way = 'close' AND c.stage = 'propose' AND c.way = 'develop'),
fourth AS (SELECT b.share / (1 - c.share * t.onward) AS onward FROM third t, share b, share c
  WHERE b.stage = 'close' AND b.way = 'won' AND c.stage = 'close' AND c.way = 'propose'),
ever AS (
  SELECT 'close' AS stage, f.onward AS chance FROM fourth f
  UNION ALL SELECT 'propose', t.onward * f.onward FROM third t, fourth f
  UNION ALL SELECT 'develop', s.onward * t.onward * f.onward FROM second s, third t, fourth f
  UNION ALL SELECT 'qualify', a.share * s.onward * t.onward * f.onward FROM share a, second s, third t, fourth f
    WHERE a.stage = 'qualify' AND a.way = 'develop'
)
SELECT
  o.stage,
  SUM(o.deals) AS open_count,
  SUM(o.minor) AS open_minor,
  CAST(ROUND(COALESCE(SUM(o.weighted), 0)) AS INTEGER) AS weighted_minor,
  CAST(ROUND(SUM(c.chance * COALESCE(o.alive_minor, 0))) AS INTEGER) AS expected_minor,
  SUM(c.chance * o.alive) AS expected_count,
  e.chance AS chance_to_win,
  e.chance * SUM(o.deals) AS expected_wins
FROM open o
JOIN cell c ON c.stage = o.stage AND c.days = o.days
JOIN ever e ON e.stage = o.stage
GROUP BY o.stage
