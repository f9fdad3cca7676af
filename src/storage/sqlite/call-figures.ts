import { roughCountOf } from './log-pages.ts';

/** Holds all that figures are made of. Named, because SQLite would rather walk over the names. */
const RANGE = 'function_call INDEXED BY function_call_started WHERE started_at >= ?';

/**
 * The figures of every function in the history; a value: the range's start. Durations are whole
 * milliseconds, so calls are counted by duration first, which makes few rows of many; a percentile is
 * the shortest duration that so many of a hundred calls do not exceed (nearest rank).
 */
export const FIGURES = `
WITH RECURSIVE
  names (name) AS (
    SELECT min(function_name) FROM function_call
    UNION ALL
    SELECT (SELECT min(function_name) FROM function_call WHERE function_name > name)
    FROM names WHERE name IS NOT NULL
  ),
  durations AS MATERIALIZED (
    SELECT function_name, duration_ms, count(*) AS n, sum(status = 'failed') AS failed
    FROM ${RANGE} GROUP BY function_name, duration_ms
  ),
  ranked AS (
    SELECT *, sum(iif(duration_ms IS NULL, 0, n)) OVER so_far AS reached,
      sum(iif(duration_ms IS NULL, 0, n)) OVER (PARTITION BY function_name) AS ended
    FROM durations
    WINDOW so_far AS (PARTITION BY function_name ORDER BY duration_ms ROWS UNBOUNDED PRECEDING)
  ),
  figures AS (
    SELECT function_name, sum(n) AS calls, sum(failed) AS failures,
      min(iif(reached * 100 >= ended * 50, duration_ms, NULL)) AS p50_ms,
      min(iif(reached * 100 >= ended * 95, duration_ms, NULL)) AS p95_ms
    FROM ranked GROUP BY function_name
  )
SELECT name AS function_name, coalesce(calls, 0) AS calls, coalesce(failures, 0) AS failures,
  p50_ms, p95_ms,
  (SELECT coalesce(started_at, created_at) FROM function_call
   WHERE function_name = name ORDER BY seq DESC LIMIT 1) AS last_called_at
FROM names LEFT JOIN figures ON function_name = name WHERE name IS NOT NULL`;

/** Calls and failures by bucket; values: the range's start, the seconds of a bucket, the start again. */
export const BUCKETS = `
SELECT CAST((unixepoch(started_at) - unixepoch(?)) / ? AS INTEGER) AS bucket,
  count(*) AS calls, sum(status = 'failed') AS failed
FROM ${RANGE} GROUP BY bucket`;

/**
 * The same for the calls of a filter, whose values are bound by number; then come the start and the
 * length of a bucket, in seconds.
 */
export function bucketsOf(conditions: readonly string[], isCovered: boolean): string {
  const table = isCovered ? 'function_call INDEXED BY function_call_started' : 'function_call';
  const next = conditions.length + 1;
  return `
SELECT CAST((unixepoch(started_at) - ?${next}) / ?${next + 1} AS INTEGER) AS bucket,
  count(*) AS calls, sum(status = 'failed') AS failed
FROM ${table} WHERE ${conditions.join(' AND ')} GROUP BY bucket`;
}

/** By function and error type, most first; values: the range's start, how many. */
export const FAILURES = `
SELECT function_name, error_type, count(*) AS count, max(started_at) AS last_at
FROM function_call INDEXED BY function_call_unsuccessful
WHERE status = 'failed' AND status <> 'succeeded' AND started_at >= ?
GROUP BY function_name, error_type ORDER BY count DESC, last_at DESC LIMIT ?`;

/**
 * How long calls took: all together first, without a name, then those of so many functions, slowest first.
 * Values: the range's start, how many. Percentiles are found as in FIGURES.
 */
export const DURATIONS = `
WITH
  of_functions AS MATERIALIZED (
    SELECT function_name, duration_ms, count(*) AS n
    FROM ${RANGE} AND duration_ms IS NOT NULL GROUP BY function_name, duration_ms
  ),
  durations AS (
    SELECT * FROM of_functions
    UNION ALL SELECT NULL, duration_ms, sum(n) FROM of_functions GROUP BY duration_ms
  ),
  ranked AS (
    SELECT *, sum(n) OVER so_far AS reached, sum(n) OVER (PARTITION BY function_name) AS ended
    FROM durations
    WINDOW so_far AS (PARTITION BY function_name ORDER BY duration_ms ROWS UNBOUNDED PRECEDING)
  )
SELECT function_name, sum(n) AS calls, 1.0 * sum(n * duration_ms) / sum(n) AS average_ms,
  min(iif(reached * 100 >= ended * 50, duration_ms, NULL)) AS p50_ms,
  min(iif(reached * 100 >= ended * 95, duration_ms, NULL)) AS p95_ms,
  max(duration_ms) AS max_ms
FROM ranked GROUP BY function_name
ORDER BY function_name IS NOT NULL, p95_ms DESC, p50_ms DESC, function_name LIMIT ? + 1`;

export const ROUGH_COUNT = roughCountOf('function_call');
