import type { SQLQueryBindings } from 'bun:sqlite';
import type {
  RunStart,
  ScheduleFilter,
  ScheduleStore,
  ScheduleUpdate,
  StartedSchedule,
} from '../../features/schedules/store.ts';
import type { Connection } from './connection.ts';
import {
  type AheadRow,
  type DueRow,
  SCHEDULE_COLUMNS,
  type ScheduleRow,
  toAhead,
  toDue,
  toInsert,
  toSchedule,
} from './schedule-rows.ts';

const STARTED = 'RETURNING id, last_call_id AS call_id, name, function_name, payload';
const RUNNING = "last_status = 'running', last_run_at = ?2, last_call_id = ?3, retry_at = NULL";

/** Each filter's condition; every value is bound. */
const CONDITIONS = {
  is_active: 'is_active = ?',
  function_name: 'function_name = ?',
  search: 'contains_folded(name || char(10) || function_name, ?)',
} as const satisfies Record<keyof ScheduleFilter, string>;

export function createScheduleStore({ db, write }: Connection): ScheduleStore {
  const insert = db.query<unknown, SQLQueryBindings[]>(
    `INSERT INTO function_schedule (id, name, function_name, payload, schedule, is_active, anchor_at,
       from_at, next_run_at, created_by_user_id, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const byId = db.query<ScheduleRow, [string]>(
    `SELECT ${SCHEDULE_COLUMNS} FROM function_schedule WHERE id = ?`,
  );
  const updateText = db.query<unknown, SQLQueryBindings[]>(
    `UPDATE function_schedule SET name = ?3, function_name = ?4, payload = ?5, updated_at = ?6,
       rev = rev + 1 WHERE id = ?1 AND rev = ?2`,
  );
  const updateDue = db.query<unknown, SQLQueryBindings[]>(
    `UPDATE function_schedule SET schedule = ?2, is_active = ?3, next_run_at = ?4, anchor_at = ?5,
       from_at = ?5, retry_at = CASE WHEN ?3 = 1 THEN retry_at END WHERE id = ?1`,
  );
  const remove = db.query<ScheduleRow, [string]>(
    `DELETE FROM function_schedule WHERE id = ? RETURNING ${SCHEDULE_COLUMNS}`,
  );
  const dueRegular = db.query<DueRow, [string, number]>(
    `SELECT id, name, schedule, anchor_at, next_run_at AS due_at, 0 AS attempt FROM function_schedule
     WHERE next_run_at <= ? ORDER BY next_run_at LIMIT ?`,
  );
  const dueRetry = db.query<DueRow, [string, number]>(
    `SELECT id, name, schedule, anchor_at, retry_at AS due_at, attempt FROM function_schedule
     WHERE retry_at <= ?1 AND (next_run_at IS NULL OR next_run_at > ?1) ORDER BY retry_at LIMIT ?2`,
  );
  const startRegular = db.query<StartedSchedule, SQLQueryBindings[]>(
    `UPDATE function_schedule SET ${RUNNING}, attempt = 0, from_at = ?2, next_run_at = ?5,
       is_active = ?5 IS NOT NULL WHERE id = ?1 AND next_run_at = ?4 ${STARTED}`,
  );
  const startRetry = db.query<StartedSchedule, SQLQueryBindings[]>(
    `UPDATE function_schedule SET ${RUNNING}, attempt = ?5 WHERE id = ?1 AND retry_at = ?4 ${STARTED}`,
  );
  const startManual = db.query<StartedSchedule, SQLQueryBindings[]>(
    `UPDATE function_schedule SET ${RUNNING}, attempt = 0 WHERE id = ?1 ${STARTED}`,
  );
  const addCall = db.query<unknown, SQLQueryBindings[]>(
    `INSERT INTO function_call (id, function_name, status, trigger_type, trigger_id, created_at)
     VALUES (?, ?, 'running', 'schedule', ?, ?)`,
  );
  const skip = db.query<unknown, SQLQueryBindings[]>(
    `UPDATE function_schedule SET next_run_at = ?3, from_at = ?4, last_skipped_at = ?2, retry_at = NULL
     WHERE id = ?1 AND next_run_at = ?2`,
  );
  const putOff = db.query<unknown, SQLQueryBindings[]>(
    'UPDATE function_schedule SET next_run_at = ?3 WHERE id = ?1 AND next_run_at = ?2',
  );
  const finish = db.query<unknown, SQLQueryBindings[]>(
    `UPDATE function_schedule SET last_status = ?3, attempt = coalesce(?5, attempt),
       retry_at = CASE WHEN (next_run_at IS NULL OR ?4 < next_run_at)
         AND (is_active = 1 OR schedule ->> 'method' = 'once') THEN ?4 END
     WHERE id = ?1 AND last_call_id = ?2`,
  );
  const endCall = db.query<unknown, SQLQueryBindings[]>(
    `UPDATE function_call SET status = ?2, started_at = ?3, finished_at = ?4, duration_ms = ?5,
       error_message = ?6, error_type = ?7 WHERE id = ?1`,
  );
  // The history may have been written alone, as when the disk was full for the schedule's row.
  const endAsCalled = db.query<unknown, []>(
    `UPDATE function_schedule SET last_status = call.status FROM function_call AS call
     WHERE last_status = 'running' AND call.id = last_call_id AND call.status <> 'running'
       AND call.error_type IS NOT 'Interrupted'`,
  );
  const interrupt = db.query<unknown, []>(
    "UPDATE function_schedule SET last_status = 'interrupted' WHERE last_status = 'running'",
  );
  const ahead = db.query<AheadRow, [string]>(
    `SELECT id, name, schedule, anchor_at, next_run_at, from_at FROM function_schedule
     WHERE next_run_at IS NOT NULL AND from_at > ?`,
  );

  function update({ id, rev, due, ...texts }: ScheduleUpdate): boolean {
    const { name, function_name, payload, updated_at } = texts;
    const json = JSON.stringify(payload);
    if (updateText.run(id, rev, name, function_name, json, updated_at).changes === 0) return false;
    if (due) {
      const { schedule, is_active, next_run_at, anchor_at } = due;
      updateDue.run(id, JSON.stringify(schedule), Number(is_active), next_run_at, anchor_at);
    }
    return true;
  }

  function noteStart(start: RunStart): StartedSchedule | undefined {
    const { id, at, call_id } = start;
    switch (start.kind) {
      case 'regular':
        return startRegular.get(id, at, call_id, start.due_at, start.next_run_at) ?? undefined;
      case 'retry':
        return startRetry.get(id, at, call_id, start.due_at, start.attempt) ?? undefined;
      case 'manual':
        return startManual.get(id, at, call_id) ?? undefined;
      default:
        return start satisfies never;
    }
  }

  return {
    insert: (schedule) => write(() => void insert.run(...toInsert(schedule)), { isAtomic: true }),
    find(id) {
      const row = byId.get(id);
      return row ? toSchedule(row) : undefined;
    },
    list(filter, { limit, offset }) {
      const conditions: string[] = [];
      const args: (string | number)[] = [];
      for (const key of Object.keys(CONDITIONS) as (keyof ScheduleFilter)[]) {
        const value = filter[key];
        if (value === undefined || value === '') continue;
        conditions.push(CONDITIONS[key]);
        args.push(typeof value === 'boolean' ? Number(value) : value);
      }
      const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
      const from = `FROM function_schedule ${where}`;
      const count = db
        .query<{ n: number }, SQLQueryBindings[]>(`SELECT count(*) AS n ${from}`)
        .get(...args);
      const items = db
        .query<ScheduleRow, SQLQueryBindings[]>(
          `SELECT ${SCHEDULE_COLUMNS} ${from} ORDER BY seq DESC LIMIT ? OFFSET ?`,
        )
        .all(...args, limit, offset);
      return { items: items.map(toSchedule), total: count?.n ?? 0 };
    },
    update: (given) => write(() => update(given)),
    remove: (id) =>
      write(
        () => {
          const row = remove.get(id);
          return row ? toSchedule(row) : undefined;
        },
        { isAtomic: true },
      ),
    listDue(at, limit) {
      const regular = dueRegular.all(at, limit).map(toDue('regular'));
      return [...regular, ...dueRetry.all(at, limit - regular.length).map(toDue('retry'))];
    },
    start: (starts) =>
      write(() =>
        starts.flatMap((start) => {
          const started = noteStart(start);
          if (!started) return [];
          addCall.run(started.call_id, started.function_name, started.id, start.at);
          return [started];
        }),
      ),
    pass: (passed) =>
      write(() => {
        for (const { id, due_at, next_run_at, skipped_at } of passed)
          if (skipped_at === null) putOff.run(id, due_at, next_run_at);
          else skip.run(id, due_at, next_run_at, skipped_at);
      }),
    finish: ({ id, call, retry }) =>
      write(() => {
        const { status, started_at, finished_at, duration_ms, error_message, error_type } = call;
        const end = [started_at, finished_at, duration_ms, error_message, error_type];
        endCall.run(call.id, status, ...end);
        finish.run(id, call.id, status, retry?.at ?? null, retry?.attempt ?? null);
      }),
    interruptRunning: () =>
      write(() => {
        endAsCalled.run();
        return interrupt.run().changes;
      }),
    listAhead: (at) => ahead.all(at).map(toAhead),
    reschedule: (id, from, to) => write(() => void putOff.run(id, from, to), { isAtomic: true }),
  };
}
