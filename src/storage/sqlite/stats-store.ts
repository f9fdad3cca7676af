import type { Stats } from '../../features/stats/schema.ts';
import type { StatsStore } from '../../features/stats/store.ts';
import type { Connection } from './connection.ts';

const TOP = 10;

interface Bucket {
  readonly bucket: number;
  readonly calls: number;
  readonly failed: number;
}

export function createStatsStore({ db }: Pick<Connection, 'db'>): StatsStore {
  const count = (sql: string) => db.query<{ n: number }, []>(sql).get()?.n ?? 0;
  return {
    users: () => count('SELECT count(*) AS n FROM user'),
    databaseBytes: () =>
      count('SELECT page_count * page_size AS n FROM pragma_page_count(), pragma_page_size()'),
    calls: (startedAfter, bucketSeconds) => ({
      buckets: db
        .query<Bucket, [string, number, string]>(
          `SELECT CAST((unixepoch(started_at) - unixepoch(?)) / ? AS INTEGER) AS bucket,
                  count(*) AS calls, sum(status = 'failed') AS failed
           FROM function_call WHERE started_at >= ? GROUP BY bucket`,
        )
        .all(startedAfter, bucketSeconds, startedAfter),
      failures: db
        .query<Stats['failures'][number], [string, number]>(
          `SELECT function_name, error_type, count(*) AS count, max(started_at) AS last_at
           FROM function_call WHERE started_at >= ? AND status = 'failed'
           GROUP BY function_name, error_type ORDER BY count DESC, last_at DESC LIMIT ?`,
        )
        .all(startedAfter, TOP),
      slowest: db
        .query<Stats['slowest'][number], [string, number]>(
          `SELECT function_name, count(*) AS calls, avg(duration_ms) AS average_ms, max(duration_ms) AS max_ms
           FROM function_call WHERE started_at >= ? AND duration_ms IS NOT NULL
           GROUP BY function_name ORDER BY average_ms DESC LIMIT ?`,
        )
        .all(startedAfter, TOP),
    }),
  };
}
