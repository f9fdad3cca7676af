import type { SQLQueryBindings } from 'bun:sqlite';
import type { FunctionCall } from '../../features/functions/schema.ts';
import type {
  CallBucket,
  CallFilter,
  FunctionCallStore,
  FunctionFigures,
} from '../../features/functions/store.ts';
import { bucketsOf, FIGURES, ROUGH_COUNT } from './call-figures.ts';
import type { Connection } from './connection.ts';
import type { Lanes } from './lanes.ts';
import { type LogConditions, readLogPage, toConditions } from './log-pages.ts';
import { createRecent } from './recent.ts';

const COLUMNS = [
  'id',
  'function_name',
  'status',
  'trigger_type',
  'trigger_id',
  'requested_by_user_id',
  'started_at',
  'finished_at',
  'duration_ms',
  'error_message',
  'error_type',
  'created_at',
] as const satisfies readonly (keyof FunctionCall)[];
const SELECTED = COLUMNS.join(', ');

/** Rows of one statement: one at a time costs half as much again. */
const ROWS_AT_ONCE = 25;
/** How old the figures of a big history may be. */
const FIGURES_AGE_MS = 5_000;

/** Each filter's condition; every value is bound. */
const CONDITIONS = {
  function_name: 'function_name = ?',
  status: 'status = ?',
  trigger_type: 'trigger_type = ?',
  trigger_id: 'trigger_id = ?',
  user_id: 'requested_by_user_id = ?',
  error_type: 'error_type = ?',
  started_after: 'started_at >= ?',
  started_before: 'started_at < ?',
} as const satisfies Record<keyof CallFilter, string>;
const NAMES = Object.keys(CONDITIONS) as (keyof CallFilter)[];
/** What the index by time holds. */
const COVERED = [
  'function_name',
  'status',
  'started_after',
  'started_before',
] as const satisfies readonly (keyof CallFilter)[];
/** Says again what the value says already: without it SQLite cannot know that the index has all rows. */
const UNSUCCESSFUL = "status = ? AND status <> 'succeeded'";

export function createFunctionCallStore(
  { db, write }: Connection,
  lanes: Lanes,
): FunctionCallStore {
  const upsertOne = db.query<unknown, SQLQueryBindings[]>(toUpsert(1));
  const upsertMany = db.query<unknown, SQLQueryBindings[]>(toUpsert(ROWS_AT_ONCE));
  const remove = db.query<unknown, [string]>('DELETE FROM function_call WHERE id = ?');
  const byId = db.query<FunctionCall, [string]>(
    `SELECT ${SELECTED} FROM function_call WHERE id = ?`,
  );
  const interrupt = db.query<unknown, [string]>(
    `UPDATE function_call SET status = 'failed', finished_at = ?, error_type = 'Interrupted',
       error_message = 'The server stopped while this call ran.' WHERE status = 'running'
       AND status <> 'succeeded'`,
  );
  // Not by seq: where the clock was wrong for a while, old rows stand behind younger ones.
  const deleteStarted = db.query<unknown, [string, number]>(
    `DELETE FROM function_call WHERE seq IN (SELECT seq FROM function_call
       WHERE started_at < ? AND status <> 'running' ORDER BY started_at LIMIT ?)`,
  );
  const deleteNeverStarted = db.query<unknown, [string, number]>(
    `DELETE FROM function_call WHERE seq IN (SELECT seq FROM function_call
       WHERE started_at IS NULL AND created_at < ? AND status <> 'running' LIMIT ?)`,
  );
  const roughCount = db.query<{ n: number }, []>(ROUGH_COUNT);
  const firstStarted = db.query<{ at: string | null }, []>(
    'SELECT min(started_at) AS at FROM function_call',
  );
  const countRows = () => roughCount.get()?.n ?? 0;
  const recent = createRecent(FIGURES_AGE_MS);

  const table = { name: 'function_call', columns: SELECTED, lanes, countRows };

  return {
    save: (calls) =>
      write(() => {
        let next = 0;
        for (; next + ROWS_AT_ONCE <= calls.length; next += ROWS_AT_ONCE)
          upsertMany.run(...calls.slice(next, next + ROWS_AT_ONCE).flatMap(toValues));
        for (const call of calls.slice(next)) upsertOne.run(...toValues(call));
      }),
    remove: (ids) =>
      write(() => {
        for (const id of ids) remove.run(id);
      }),
    find: (id) => byId.get(id) ?? undefined,
    list: (filter, window) => readLogPage<FunctionCall>(table, toSql(filter), window),
    buckets: (filter, { start, length }) => {
      const { conditions, args } = toSql(filter);
      const sql = bucketsOf(conditions, conditions.length === countCovered(filter));
      const all = [...args, start, length];
      return recent.read(JSON.stringify([sql, ...all]), () =>
        lanes.readAll<CallBucket>({ sql, args: all, rows: countRows() }),
      );
    },
    firstStartedAt: () => firstStarted.get()?.at ?? undefined,
    figures: (startedAfter) =>
      recent.read(startedAfter, () =>
        lanes.readAll<FunctionFigures>({ sql: FIGURES, args: [startedAfter], rows: countRows() }),
      ),
    interruptRunning: (at) => write(() => interrupt.run(at).changes, { isAtomic: true }),
    deleteBefore: (at, limit) =>
      write(() => {
        const { changes } = deleteStarted.run(at, limit);
        return changes < limit
          ? changes + deleteNeverStarted.run(at, limit - changes).changes
          : changes;
      }),
  };
}

/** How many of its conditions the index by time answers alone. */
function countCovered(filter: CallFilter): number {
  return COVERED.filter((name) => filter[name] !== undefined).length;
}

function toUpsert(rows: number): string {
  const row = `(${COLUMNS.map(() => '?').join(', ')})`;
  return `INSERT INTO function_call (${SELECTED}) VALUES ${Array(rows).fill(row).join(', ')}
     ON CONFLICT (id) DO UPDATE SET status = excluded.status, started_at = excluded.started_at,
       finished_at = excluded.finished_at, duration_ms = excluded.duration_ms,
       error_message = excluded.error_message, error_type = excluded.error_type`;
}

function toValues(call: FunctionCall): (string | number | null)[] {
  return COLUMNS.map((column) => call[column]);
}

function toSql(filter: CallFilter): LogConditions {
  const asked = toConditions(filter, NAMES, (name, value) =>
    name === 'status' && value !== 'succeeded' ? UNSUCCESSFUL : CONDITIONS[name],
  );
  return {
    ...asked,
    hasTime: filter.started_after !== undefined || filter.started_before !== undefined,
    tests: asked.args.length,
  };
}
