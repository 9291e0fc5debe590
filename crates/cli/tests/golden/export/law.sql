-- A linear classifier of repaid, written by linecall VERSION.
-- Classes: no, yes.
-- Missing cells are NULL (an empty text also counts). A row that the model refuses has no
-- call, and linecall_refused names the column.
WITH linecall_read AS MATERIALIZED (
  SELECT
    t."id" AS k1,
    CASE WHEN COALESCE(CAST(t."age" AS VARCHAR), '') IN ('') THEN NULL ELSE CAST(t."age" AS DOUBLE PRECISION) END AS x1,
    CASE WHEN COALESCE(CAST(t."income" AS VARCHAR), '') IN ('', 'unknown') THEN NULL WHEN CAST(t."income" AS DOUBLE PRECISION) IN ((-1e0)) THEN NULL ELSE CAST(t."income" AS DOUBLE PRECISION) END AS x2,
    CASE COALESCE(CAST(t."city" AS VARCHAR), '') WHEN '' THEN -1 WHEN 'Bern' THEN 0 WHEN 'Oslo' THEN 1 WHEN 'Rome' THEN 2 ELSE -2 END AS x3,
    CASE COALESCE(CAST(t."owner" AS VARCHAR), '') WHEN '' THEN -1 WHEN '0' THEN 0 WHEN '1' THEN 1 WHEN '0.0' THEN 0 WHEN '1.0' THEN 1 ELSE -2 END AS x4,
    CASE COALESCE(CAST(t."rating" AS VARCHAR), '') WHEN '' THEN -1 WHEN 'low' THEN 0 WHEN 'mid' THEN 1 WHEN 'high' THEN 2 ELSE -2 END AS x5
  FROM "rows" AS t
), linecall_checked AS MATERIALIZED (
  SELECT r.*,
    CASE
      WHEN ABS(r.x1) > 1.7976931348623157e308 OR r.x1 IS NULL OR r.x1 <> ROUND(r.x1) OR r.x1 < 1.8e1 OR r.x1 > 1.2e2 THEN 'age'
      WHEN ABS(r.x2) > 1.7976931348623157e308 OR r.x2 IS NULL THEN 'income'
      WHEN r.x4 = -1 OR r.x4 = -2 THEN 'owner'
      WHEN r.x5 = -1 OR r.x5 = -2 THEN 'rating'
      ELSE NULL END AS refused
  FROM linecall_read AS r
), linecall_scored AS MATERIALIZED (
  SELECT c.k1, c.refused,
    CASE WHEN c.refused IS NULL THEN ((-4.9e0) + 5e-2 * c.x1 + 1e-3 * c.x2 + CASE c.x3 WHEN 1 THEN 7.000000000000001e-1 WHEN 2 THEN 2.4999999999999994e-2 WHEN -1 THEN 4e-1 ELSE 0e0 END + CASE c.x4 WHEN 1 THEN 7.5e-1 ELSE 0e0 END + CASE c.x5 WHEN 1 THEN (-3e-1) WHEN 2 THEN (-6e-1) ELSE 0e0 END) END AS s1
  FROM linecall_checked AS c
), linecall_4 AS MATERIALIZED (
  SELECT p.*,
    EXP((0e0 - ABS(p.s1))) AS v1
  FROM linecall_scored AS p
), linecall_5 AS MATERIALIZED (
  SELECT p.*,
    (CASE WHEN p.s1 >= 0e0 THEN 1e0 ELSE p.v1 END / (1e0 + p.v1)) AS v2
  FROM linecall_4 AS p
), linecall_6 AS MATERIALIZED (
  SELECT p.*,
    (1e0 - p.v2) AS v3,
    p.v2 AS v4
  FROM linecall_5 AS p
)
SELECT
  p.k1 AS "id",
  CASE WHEN p.refused IS NULL THEN CASE WHEN p.s1 > 0e0 THEN 'yes' ELSE 'no' END END AS "call",
  CASE WHEN p.refused IS NULL THEN p.v3 END AS "probability_no",
  CASE WHEN p.refused IS NULL THEN p.v4 END AS "probability_yes",
  p.s1 AS "score",
  p.refused AS linecall_refused
FROM linecall_6 AS p;
