import { expect, test } from 'bun:test';
import type { FunctionCall } from '../../../src/features/functions/schema.ts';
import { createStatsService, type StatsDeps } from '../../../src/features/stats/service.ts';
import type { TimeRange } from '../../../src/lib/time-range.ts';
import { openConnection } from '../../../src/storage/sqlite/connection.ts';
import { createFunctionCallStore } from '../../../src/storage/sqlite/function-call-store.ts';
import { createLanes } from '../../../src/storage/sqlite/lanes.ts';
import { tableOf } from '../../../src/storage/sqlite/record-table.ts';
import { createStatsStore } from '../../../src/storage/sqlite/stats-store.ts';
import { endedRow } from '../functions/call-store.ts';

const NOW_MS = Date.parse('2030-06-15T12:10:00.000Z');
const MINUTE_MS = 60_000;
const ago = (minutes: number) => new Date(NOW_MS - minutes * MINUTE_MS).toISOString();

interface Idle {
  readonly name: string;
  readonly error: string;
}

async function open(
  calls: readonly FunctionCall[] = [],
  idle: readonly Idle[] = [],
  collections: ReturnType<StatsDeps['countCollections']> = [],
) {
  const connection = openConnection({ path: ':memory:' });
  const lanes = createLanes(connection);
  await createFunctionCallStore(connection, lanes).save(calls);
  const stats = createStatsService({
    store: createStatsStore(connection, lanes),
    clock: { now: () => NOW_MS },
    version: '1',
    countCollections: () => collections,
    indexHints: () => [],
    idleExtensions: async () => idle,
    freeDiskBytes: async () => undefined,
    mail: { isOn: false, unsentCount: () => 2 },
  });
  const read = (range: TimeRange, hasActivity?: boolean) => stats.read(range, hasActivity);
  return { read, connection };
}

test('calls are counted by bucket, and every bucket of the range is there', async () => {
  const { read } = await open([
    endedRow('1', { started_at: ago(1) }),
    endedRow('2', { started_at: ago(1), status: 'failed', error_type: 'Error' }),
    endedRow('3', { started_at: ago(40) }),
    endedRow('4', { started_at: ago(600) }),
    endedRow('5', { started_at: null, status: 'failed', error_type: 'WorkerLost' }),
  ]);
  const hour = await read('1h');
  expect(hour.calls).toMatchObject({ total: 3, failed: 1, bucket_seconds: 60 });
  expect(hour.calls.buckets).toHaveLength(60);
  expect(hour.calls.buckets.filter(({ calls }) => calls > 0)).toEqual([
    { started_at: ago(40), calls: 1, failed: 0 },
    { started_at: ago(1), calls: 2, failed: 1 },
  ]);
  expect((await read('24h')).calls).toMatchObject({ total: 4, bucket_seconds: 1_800 });
});

test('failures stand by function and type, and functions by how long they take', async () => {
  const failed = (id: string, name: string, type: string, minutes: number) =>
    endedRow(id, {
      function_name: name,
      status: 'failed',
      error_type: type,
      started_at: ago(minutes),
      duration_ms: 5,
    });
  const { read } = await open([
    failed('1', 'a', 'Error', 9),
    failed('2', 'a', 'Error', 3),
    failed('3', 'a', 'TimeoutError', 2),
    failed('4', 'b', 'Error', 900_000),
    endedRow('5', { function_name: 'b', started_at: ago(4), duration_ms: 10 }),
    endedRow('6', { function_name: 'b', started_at: ago(5), duration_ms: 30 }),
  ]);
  const { failures, slowest } = await read('30d');
  expect(failures).toEqual([
    { function_name: 'a', error_type: 'Error', count: 2, last_at: ago(3) },
    { function_name: 'a', error_type: 'TimeoutError', count: 1, last_at: ago(2) },
  ]);
  expect(slowest).toEqual([
    { function_name: 'b', calls: 2, average_ms: 20, p50_ms: 10, p95_ms: 30, max_ms: 30 },
    { function_name: 'a', calls: 3, average_ms: 5, p50_ms: 5, p95_ms: 5, max_ms: 5 },
  ]);
});

test('the durations of all calls are ranked together, and a call without one counts in none', async () => {
  const took = (id: number, name: string, duration_ms: number | null) =>
    endedRow(String(id), { function_name: name, started_at: ago(id), duration_ms });
  const { read } = await open([
    ...Array.from({ length: 18 }, (_, n) => took(n + 1, 'quick', n + 1)),
    took(19, 'slow', 400),
    took(20, 'slow', 900),
    took(21, 'hangs', null),
    took(90, 'before', 99_999),
  ]);
  const { calls, slowest } = await read('1h');
  expect(calls).toMatchObject({ total: 21, p50_ms: 10, p95_ms: 400 });
  expect(slowest.map(({ function_name }) => function_name)).toEqual(['slow', 'quick']);
  const nothing = await (await open()).read('1h');
  expect(nothing.calls).toMatchObject({ total: 0, p50_ms: null, p95_ms: null });
});

test('accounts are counted, and those of the range and of admins who may sign in apart', async () => {
  const { read, connection } = await open();
  const add = connection.db.query(
    `INSERT INTO user (id, email, password_hash, is_admin, is_active, created_at, updated_at)
     VALUES (?1, ?1, 'x', ?2, ?3, ?4, ?4)`,
  );
  expect(await read('24h')).toMatchObject({ users: 0, new_users: 0, admins: 0 });
  add.run('old admin', 1, 1, ago(60 * 24 * 40));
  add.run('disabled admin', 1, 0, ago(60 * 24 * 2));
  add.run('new', 0, 1, ago(5));
  expect(await read('24h')).toMatchObject({ users: 3, new_users: 1, admins: 1 });
  expect(await read('7d')).toMatchObject({ users: 3, new_users: 2, admins: 1 });
});

test('where all is well, nothing wants a look', async () => {
  const { attention, health, admins } = await (await open()).read('24h');
  expect(attention).toEqual({
    schedules: [],
    failed_backup: null,
    extensions: [],
    unsent_mails: 2,
  });
  expect(health).toMatchObject({ disk_free_bytes: null, has_mail: false, next_schedule: null });
  expect(admins).toBe(0);
});

test('schedules want a look while their last run is a failed one, and the next due is told', async () => {
  const { read, connection } = await open();
  const add = connection.db.query(
    `INSERT INTO function_schedule (id, name, function_name, payload, schedule, is_active, anchor_at,
       from_at, next_run_at, last_status, last_run_at, created_at, updated_at)
     VALUES (?1, ?1, 'f', '{}', json_object('method', ?2), ?3, ?6, ?6, ?4, ?5, ?6, ?6, ?6)`,
  );
  const later = new Date(NOW_MS + MINUTE_MS).toISOString();
  add.run('failed', 'cron', 1, later, 'failed', ago(2));
  add.run('interrupted', 'cron', 1, new Date(NOW_MS).toISOString(), 'interrupted', ago(1));
  add.run('well', 'cron', 1, later, 'succeeded', ago(1));
  add.run('off', 'cron', 0, null, 'failed', ago(1));
  add.run('over', 'once', 0, null, 'failed', ago(3));
  const { attention, health } = await read('24h');
  expect(attention.schedules.map(({ name }) => name)).toEqual(['interrupted', 'failed', 'over']);
  expect(attention.schedules[1]).toEqual({
    id: 'failed',
    name: 'failed',
    function_name: 'f',
    last_run_at: ago(2),
  });
  expect(health.next_schedule?.name).toBe('interrupted');
});

test('a failed backup wants a look until a later one is done', async () => {
  const { read, connection } = await open();
  const add = connection.db.query(
    `INSERT INTO backup (id, status, trigger_type, location, error, created_at)
     VALUES (?1, ?2, 'manual', 'x', ?3, ?4)`,
  );
  add.run('1', 'failed', 'No space left', ago(9));
  add.run('2', 'running', null, ago(1));
  const failed = { id: '1', created_at: ago(9), error: 'No space left' };
  expect((await read('24h')).attention.failed_backup).toEqual(failed);
  add.run('3', 'done', null, ago(0));
  expect((await read('24h')).attention.failed_backup).toBeNull();
});

test('extensions want a look while they do not run, or threw errors within the range', async () => {
  const { read, connection } = await open([], [{ name: 'broken', error: 'No manifest.' }]);
  const add = connection.db.query(
    "INSERT INTO extension_error (extension_name, created_at, message) VALUES (?, ?, 'x')",
  );
  add.run('greets', ago(5));
  add.run('greets', ago(6));
  add.run('quiet', ago(90));
  expect((await read('1h')).attention.extensions).toEqual([
    { name: 'broken', error: 'No manifest.', errors: 0 },
    { name: 'greets', error: null, errors: 2 },
  ]);
  expect((await read('24h')).attention.extensions).toHaveLength(3);
});

test('with activity a collection says when it was written to, and how much is new each day', async () => {
  const id = '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b';
  const books = { id, name: 'books', label: 'Books', records: 4 };
  const { read, connection } = await open([], [], [books]);
  const { db } = connection;
  const table = tableOf(id);
  db.run(`CREATE TABLE ${table} (seq INTEGER PRIMARY KEY, created_at TEXT, updated_at TEXT)`);
  const day = (days: number) => ago(days * 24 * 60);
  const write = db.query(`INSERT INTO ${table} (created_at, updated_at) VALUES (?, ?)`);
  for (const [made, changed] of [
    [day(0), day(0)],
    [day(0), day(0)],
    [day(13), day(2)],
    [day(14), ago(5)],
  ] as const) {
    write.run(made, changed);
  }
  expect((await read('24h')).collections).toEqual([{ name: 'books', label: 'Books', records: 4 }]);
  const [found] = (await read('24h', true)).collections;
  expect(found?.activity).toEqual({
    last_write_at: day(0),
    created_per_day: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
  });
});
