import type { SQLQueryBindings } from 'bun:sqlite';
import type { CallFigures, StatsStore } from '../../features/stats/store.ts';
import { BUCKETS, FAILURES, ROUGH_COUNT, SLOWEST } from './call-figures.ts';
import type { Connection } from './connection.ts';
import type { Lanes } from './lanes.ts';
import { createRecent } from './recent.ts';

const TOP = 10;
/** How old the figures of a big history may be: an overview that is open asks for them again and again. */
const CALLS_AGE_MS = 5_000;

export function createStatsStore({ db }: Pick<Connection, 'db'>, lanes: Lanes): StatsStore {
  const count = (sql: string) => db.query<{ n: number }, []>(sql).get()?.n ?? 0;
  const recent = createRecent(CALLS_AGE_MS);
  const readCalls = <Row>(sql: string, ...args: SQLQueryBindings[]) =>
    recent.read(JSON.stringify([sql, ...args]), () =>
      lanes.readAll<Row>({ sql, args, rows: count(ROUGH_COUNT) }),
    );
  return {
    users: () => count('SELECT count(*) AS n FROM user'),
    databaseBytes: () =>
      count('SELECT page_count * page_size AS n FROM pragma_page_count(), pragma_page_size()'),
    async calls(startedAfter, bucketSeconds) {
      const [buckets, failures, slowest] = await Promise.all([
        readCalls<CallFigures['buckets'][number]>(
          BUCKETS,
          startedAfter,
          bucketSeconds,
          startedAfter,
        ),
        readCalls<CallFigures['failures'][number]>(FAILURES, startedAfter, TOP),
        readCalls<CallFigures['slowest'][number]>(SLOWEST, startedAfter, TOP),
      ]);
      return { buckets, failures: [...failures], slowest: [...slowest] };
    },
  };
}
