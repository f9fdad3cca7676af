import type { SQLQueryBindings } from 'bun:sqlite';
import type { Stats } from '../../features/stats/schema.ts';
import type {
  AccountFigures,
  AttentionFigures,
  CallFigures,
  StatsStore,
} from '../../features/stats/store.ts';
import { BUCKETS, DURATIONS, FAILURES, ROUGH_COUNT } from './call-figures.ts';
import type { Connection } from './connection.ts';
import type { Lanes } from './lanes.ts';
import { roughCountOf } from './log-pages.ts';
import { createRecent } from './recent.ts';
import { tableOf } from './record-table.ts';
import { ROUGH_USERS } from './user-list.ts';

const TOP = 10;
/** How old the figures of a big history may be: an overview that is open asks for them again and again. */
const CALLS_AGE_MS = 5_000;

/** One that ran once is over; its failure still wants a look. */
const FAILED_SCHEDULES = `SELECT id, name, function_name, last_run_at FROM function_schedule
  WHERE last_status IN ('failed', 'interrupted')
    AND (is_active = 1 OR schedule ->> 'method' = 'once')
  ORDER BY last_run_at DESC LIMIT ?`;
const NEXT_SCHEDULE = `SELECT id, name, next_run_at FROM function_schedule
  WHERE next_run_at IS NOT NULL ORDER BY next_run_at LIMIT 1`;
const NEWEST_BACKUP = `SELECT id, status, created_at, error FROM backup
  WHERE status <> 'running' ORDER BY seq DESC LIMIT 1`;
const EXTENSION_ERRORS = `SELECT extension_name AS name, count(*) AS n FROM extension_error
  WHERE created_at >= ? GROUP BY 1`;

/** A value: from when on an account is new. Sums of no row are null. */
const ACCOUNTS = `SELECT count(*) AS total,
  coalesce(sum(is_admin = 1 AND is_active = 1), 0) AS admins,
  coalesce(sum(created_at >= ?), 0) AS made FROM user`;

interface BackupRow {
  readonly id: string;
  readonly status: string;
  readonly created_at: string;
  readonly error: string | null;
}

export function createStatsStore({ db }: Pick<Connection, 'db'>, lanes: Lanes): StatsStore {
  const count = (sql: string) => db.query<{ n: number }, []>(sql).get()?.n ?? 0;
  const recent = createRecent(CALLS_AGE_MS);
  /** What walks over a table; `roughCount` tells at once about how many rows it has. */
  const readAll = <Row>(roughCount: string, sql: string, ...args: SQLQueryBindings[]) =>
    recent.read(JSON.stringify([sql, ...args]), () =>
      lanes.readAll<Row>({ sql, args, rows: count(roughCount) }),
    );
  const readCalls = <Row>(sql: string, ...args: SQLQueryBindings[]) =>
    readAll<Row>(ROUGH_COUNT, sql, ...args);
  function failedBackup(): AttentionFigures['failed_backup'] {
    const newest = db.query<BackupRow, []>(NEWEST_BACKUP).get();
    if (newest?.status !== 'failed') return null;
    const { id, created_at, error } = newest;
    return { id, created_at, error: error ?? '' };
  }

  return {
    async accounts(madeAfter) {
      const [row] = await readAll<AccountFigures>(ROUGH_USERS, ACCOUNTS, madeAfter);
      return row ?? { total: 0, admins: 0, made: 0 };
    },
    async attention(since) {
      const [schedules, errors] = await Promise.all([
        readAll<AttentionFigures['schedules'][number]>(
          roughCountOf('function_schedule'),
          FAILED_SCHEDULES,
          TOP,
        ),
        readAll<{ name: string; n: number }>(
          roughCountOf('extension_error'),
          EXTENSION_ERRORS,
          since,
        ),
      ]);
      return {
        schedules: [...schedules],
        failed_backup: failedBackup(),
        extensionErrors: new Map(errors.map(({ name, n }) => [name, n])),
      };
    },
    nextSchedule: () =>
      db.query<NonNullable<Stats['health']['next_schedule']>, []>(NEXT_SCHEDULE).get(),
    async activity(collectionId, createdAfter) {
      const table = tableOf(collectionId);
      const rows = await recent.read(`${table} ${createdAfter}`, () =>
        lanes.readAll<{ day: string | null; records: number; last: string }>({
          sql: `SELECT iif(created_at >= ?, substr(created_at, 1, 10), NULL) AS day,
            count(*) AS records, max(updated_at) AS last FROM ${table} GROUP BY 1`,
          args: [createdAfter],
          rows: count(`SELECT coalesce(max(seq), 0) AS n FROM ${table}`),
        }),
      );
      return {
        lastWriteAt: rows.reduce<string | undefined>(
          (latest, { last }) => (latest === undefined || last > latest ? last : latest),
          undefined,
        ),
        created: new Map(
          rows.flatMap(({ day, records }) => (day === null ? [] : [[day, records]])),
        ),
      };
    },
    databaseBytes: () =>
      count('SELECT page_count * page_size AS n FROM pragma_page_count(), pragma_page_size()'),
    async calls(startedAfter, bucketSeconds) {
      const [buckets, failures, [all, ...slowest]] = await Promise.all([
        readCalls<CallFigures['buckets'][number]>(
          BUCKETS,
          startedAfter,
          bucketSeconds,
          startedAfter,
        ),
        readCalls<CallFigures['failures'][number]>(FAILURES, startedAfter, TOP),
        readCalls<CallFigures['slowest'][number]>(DURATIONS, startedAfter, TOP),
      ]);
      const percentiles = { p50_ms: all?.p50_ms ?? null, p95_ms: all?.p95_ms ?? null };
      return { buckets, failures: [...failures], percentiles, slowest };
    },
  };
}
