import type { SQLQueryBindings } from 'bun:sqlite';
import type { FunctionCall } from '../../features/functions/schema.ts';
import type { CallFilter, FunctionCallStore } from '../../features/functions/store.ts';
import type { Connection } from './connection.ts';

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

export function createFunctionCallStore({ db, write }: Connection): FunctionCallStore {
  const upsert = db.query<unknown, SQLQueryBindings[]>(
    `INSERT INTO function_call (${SELECTED}) VALUES (${COLUMNS.map(() => '?').join(', ')})
     ON CONFLICT (id) DO UPDATE SET status = excluded.status, started_at = excluded.started_at,
       finished_at = excluded.finished_at, duration_ms = excluded.duration_ms,
       error_message = excluded.error_message, error_type = excluded.error_type`,
  );
  const remove = db.query<unknown, [string]>('DELETE FROM function_call WHERE id = ?');
  const byId = db.query<FunctionCall, [string]>(
    `SELECT ${SELECTED} FROM function_call WHERE id = ?`,
  );
  const interrupt = db.query<unknown, [string]>(
    `UPDATE function_call SET status = 'failed', finished_at = ?, error_type = 'Interrupted',
       error_message = 'The server stopped while this call ran.' WHERE status = 'running'`,
  );

  return {
    save: (calls) =>
      write(() => {
        for (const call of calls) upsert.run(...COLUMNS.map((column) => call[column]));
      }),
    remove: (ids) =>
      write(() => {
        for (const id of ids) remove.run(id);
      }),
    find: (id) => byId.get(id) ?? undefined,
    list(filter, { limit, offset }) {
      const { where, values } = toSql(filter);
      const items = db
        .query<FunctionCall, SQLQueryBindings[]>(
          `SELECT ${SELECTED} FROM function_call ${where} ORDER BY seq DESC LIMIT ? OFFSET ?`,
        )
        .all(...values, limit, offset);
      const count = db
        .query<{ n: number }, SQLQueryBindings[]>(
          `SELECT count(*) AS n FROM function_call ${where}`,
        )
        .get(...values);
      return { items, total: count?.n ?? 0 };
    },
    interruptRunning: (at) => write(() => interrupt.run(at).changes, { isAtomic: true }),
  };
}

function toSql(filter: CallFilter): { where: string; values: string[] } {
  const conditions: string[] = [];
  const values: string[] = [];
  for (const [name, condition] of Object.entries(CONDITIONS)) {
    const value = filter[name as keyof CallFilter];
    if (value === undefined) continue;
    conditions.push(condition);
    values.push(value);
  }
  return { where: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, values };
}
