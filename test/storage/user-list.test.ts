import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type Connection, openConnection } from '../../src/storage/sqlite/connection.ts';
import { createLanes, type Lanes } from '../../src/storage/sqlite/lanes.ts';
import { createStatsStore } from '../../src/storage/sqlite/stats-store.ts';
import { createUserList } from '../../src/storage/sqlite/user-list.ts';
import { temporaryFolder } from '../features/records/data-app.ts';

/** Enough for the slow lane. */
const ROWS = 6_000;
const PAGE = { limit: 10, offset: 0 };
const TABLES = ['user', 'function_schedule', 'extension_error'] as const;

let folder: ReturnType<typeof temporaryFolder>;
let connection: Connection;
let lanes: Lanes;

beforeAll(() => {
  folder = temporaryFolder();
  connection = openConnection({ path: folder.file('x.db') });
  lanes = createLanes(connection);
  const numbers = JSON.stringify(Array.from({ length: ROWS }, (_, n) => n));
  const at = "'2030-01-01T00:00:00.000Z'";
  for (const insert of [
    `INSERT INTO user (id, email, password_hash, is_admin, is_active, created_at, updated_at)
     SELECT printf('%08d', value), 'user' || value || '@example.com', 'x', value = 7, value <> 8, ${at}, ${at}`,
    `INSERT INTO function_schedule (id, name, function_name, payload, schedule, is_active, anchor_at,
       from_at, last_run_at, last_status, created_at, updated_at)
     SELECT value, 's', 'f', '{}', '{"method":"once"}', 0, ${at}, ${at}, ${at}, 'failed', ${at}, ${at}`,
    `INSERT INTO extension_error (extension_name, created_at, message) SELECT 'e', ${at}, 'm'`,
  ])
    connection.db.query(`${insert} FROM json_each(?)`).run(numbers);
});
afterAll(() => {
  lanes.close();
  connection.close();
  folder[Symbol.dispose]();
});

/** What a reading ran in the event loop that walks over one of the big tables. */
async function walksOf(read: () => unknown): Promise<readonly string[]> {
  const { db } = connection;
  const { query } = db;
  const asked: string[] = [];
  db.query = ((sql: string) => {
    asked.push(sql);
    return query.call(db, sql);
  }) as typeof query;
  try {
    await read();
  } finally {
    db.query = query;
  }
  return asked.filter((sql) => {
    const args = (sql.match(/\?/g) ?? []).map(() => '1');
    using plan = db.prepare<{ detail: string }, string[]>(`EXPLAIN QUERY PLAN ${sql}`);
    const walks = plan
      .all(...args)
      .some(({ detail }) => TABLES.some((table) => detail.startsWith(`SCAN ${table}`)));
    // A walk by itself ends with the page; what tests or counts goes to the end.
    return walks && /WHERE|count\(/.test(sql);
  });
}

test('a page of many accounts, however it is filtered, holds up nobody', async () => {
  const list = createUserList(connection, lanes);
  for (const filter of [
    {},
    { search: 'user599' },
    { search: 'bücher.example' },
    { is_admin: true },
    { is_active: false },
    { search: '@', is_admin: false, is_active: true },
  ])
    expect(await walksOf(() => list({ ...PAGE, ...filter }))).toEqual([]);
  expect(await list({ ...PAGE, is_admin: true })).toMatchObject({
    items: [{ email: 'user7@example.com' }],
    total: 1,
  });
  expect(await list({ ...PAGE, is_active: true, search: "7@example.com' OR '1" })).toEqual({
    items: [],
    total: 0,
  });
});

test('the overview of a big database holds up nobody', async () => {
  const stats = createStatsStore(connection, lanes);
  const found: unknown[] = [];
  const walks = await walksOf(async () => {
    found.push(await stats.accounts('2029'));
    const { schedules, extensionErrors } = await stats.attention('2029');
    found.push(schedules.length, extensionErrors.get('e'));
    await stats.nextSchedule();
  });
  expect(walks).toEqual([]);
  expect(found).toEqual([{ total: ROWS, admins: 1, made: ROWS }, 10, ROWS]);
});
