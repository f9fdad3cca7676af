import { Database } from 'bun:sqlite';
import { describe, expect, test } from 'bun:test';
import { SYSTEM } from '../../src/core/actor.ts';
import { planChange } from '../../src/features/collections/changes.ts';
import { compileSchema } from '../../src/features/collections/compile.ts';
import { tableOf } from '../../src/storage/sqlite/record-table.ts';
import { createWriter } from '../../src/storage/sqlite/writer.ts';
import {
  createOpenCollection,
  openDataApp,
  refusal,
  temporaryFolder,
} from '../features/records/data-app.ts';
import { ALL, by } from './contract/harness.ts';

const ROWS = 60_000;
const A = { name: 'a', type: 'int' };
const B = { name: 'b', type: 'str' };

/** A collection `big` in a file, too big for the event loop; row n holds a = n. */
async function openBig(rows = ROWS, fields: readonly object[] = [A, B]) {
  const folder = temporaryFolder();
  const path = folder.file('big.db');
  const app = openDataApp({ path });
  const { id } = await createOpenCollection(app, 'big', fields as (typeof A)[]);
  const table = tableOf(id);
  app.db.run(
    `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${rows})
     INSERT INTO ${table} (id, data, created_at, updated_at)
     SELECT printf('018f0000-0000-7000-8000-%012d', n), json_object('a', n, 'b', 'text ' || n),
       '2030-01-01T00:00:00.000Z', '2030-01-01T00:00:00.000Z' FROM c`,
  );
  const one = (sql: string) =>
    app.db.query<{ value: unknown }, []>(sql.replaceAll('$t', table)).get()?.value;
  return {
    app,
    path,
    table,
    one,
    idOf: (n: number) => `018f0000-0000-7000-8000-${String(n).padStart(12, '0')}`,
    change: (after: readonly object[], force = false) =>
      app.collections.update(SYSTEM, 'big', { schema: { fields: after } }, force),
    plan: (after: readonly object[], force = false) =>
      app.collections.plan('big', { schema: { fields: after } }, force),
    [Symbol.dispose]() {
      app.close();
      folder[Symbol.dispose]();
    },
  };
}

/** Calls `act` in every turn of the event loop until the promise is settled; how often, and the answers. */
async function meanwhile<T>(promise: Promise<unknown>, act: () => T): Promise<T[]> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  promise.then(over, over);
  const found: T[] = [];
  while (!isOver) {
    found.push(act());
    await new Promise((resolve) => setImmediate(resolve));
  }
  return found;
}

/** Waits until a thread is amid its transaction. */
async function untilLocked(path: string): Promise<void> {
  const other = new Database(path);
  other.run('PRAGMA busy_timeout = 0');
  try {
    for (;;) {
      other.run('BEGIN IMMEDIATE');
      other.run('ROLLBACK');
      await Bun.sleep(1);
    }
  } catch {
    // Locked.
  } finally {
    other.close();
  }
}

describe('a change of a big collection', () => {
  test('leaves the event loop free: records are read by id all the while, before and after', async () => {
    using big = await openBig();
    const { app, idOf } = big;
    const renaming = big.change([{ name: 'n', type: 'int', was: 'a' }, B]);
    const reads = await meanwhile(
      renaming,
      () => JSON.parse(app.records.get(SYSTEM, 'big', idOf(7)).text).data,
    );
    await renaming;
    // A rewrite in the loop would have left room for none but the first.
    expect(reads.length).toBeGreaterThan(20);
    const old = { a: 7, b: 'text 7' };
    for (const read of reads) expect(read).toEqual('a' in read ? old : { n: 7, b: 'text 7' });
    expect(JSON.parse(app.records.get(SYSTEM, 'big', idOf(7)).text).data).toEqual({
      n: 7,
      b: 'text 7',
    });
    expect(big.one(`SELECT count(*) AS value FROM $t WHERE f_n = seq AND rev = 2`)).toBe(ROWS);
  });

  test('lets writes wait until it is done, and has them checked by the new schema', async () => {
    using big = await openBig();
    const { app, idOf } = big;
    const order: string[] = [];
    const changing = big
      .change([
        { ...A, max: ROWS },
        { ...B, default: 'new' },
        { name: 'c', type: 'int', default: 5 },
      ])
      .then(() => order.push('changed'));
    await untilLocked(big.path);
    const writes = await Promise.allSettled([
      app.records.create(SYSTEM, 'big', { a: ROWS + 1 }),
      app.records.create(SYSTEM, 'big', { a: 1 }).finally(() => order.push('created')),
      app.records.update(SYSTEM, 'big', idOf(3), { b: null }),
    ]);
    await changing;
    expect(order).toEqual(['changed', 'created']);
    expect(writes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(writes[0]).toMatchObject({ reason: { code: 'invalid_input' } });
    expect(big.one('SELECT count(*) AS value FROM $t WHERE f_c = 5')).toBe(ROWS + 1);
    expect(big.one(`SELECT data AS value FROM $t WHERE id = '${idOf(3)}'`)).toBe('{"a":3,"c":5}');
    expect(big.one(`SELECT data AS value FROM $t WHERE seq = ${ROWS + 1}`)).toBe(
      '{"a":1,"b":"new","c":5}',
    );
  });

  test('that is refused names the offenders and leaves nothing behind', async () => {
    using big = await openBig();
    const { app, idOf } = big;
    const tables = () => app.db.query('SELECT name, sql FROM sqlite_schema ORDER BY name').all();
    const before = { tables: tables(), live: app.collections.find('big') };
    const error = await refusal(() =>
      big.change([{ name: 'n', type: 'int', was: 'a', max: ROWS - 20, index: true }, B]),
    );
    expect(error.code).toBe('conflict');
    expect(error.message).toStartWith('20 stored records do not fit the new schema: ');
    expect(error.message).toContain(idOf(ROWS - 10));
    expect(error.message).not.toContain(idOf(ROWS - 9));
    expect({ tables: tables(), live: app.collections.find('big') }).toEqual(before);
    expect(big.one('SELECT count(*) AS value FROM $t WHERE rev = 1')).toBe(ROWS);
    await app.records.create(SYSTEM, 'big', { a: 1 });
  });

  test('is planned without a lock: others write meanwhile', async () => {
    using big = await openBig();
    const { app } = big;
    const after = [{ ...A, type: 'str' }, B];
    // Starts the thread.
    await big.plan(after);
    // A busy machine may hold up the write itself; behind a lock it would come last each time.
    let isMeanwhile = false;
    for (let round = 0; round < 20 && !isMeanwhile; round++) {
      const order: string[] = [];
      const planning = big.plan(after).finally(() => order.push('planned'));
      await Bun.sleep(20);
      await app.records.create(SYSTEM, 'big', { a: 0 }).finally(() => order.push('created'));
      const { possible, total, rewritten } = await planning;
      expect([possible, rewritten]).toEqual([true, total]);
      isMeanwhile = order[0] === 'created' && total === ROWS + round;
    }
    expect(isMeanwhile).toBe(true);
    expect(big.one('SELECT max(rev) AS value FROM $t')).toBe(1);
  });

  test('finds doubles that it would make itself, several fields together too', async () => {
    using big = await openBig(6_000, [A, B, { name: 'd', type: 'str' }]);
    big.app.db.run(
      `UPDATE ${big.table} SET data = json_set(data, '$.d', CASE WHEN seq = 9 THEN '8.0' ELSE seq END || '')`,
    );
    const after = [A, B, { name: 'd', type: 'float', unique: true }];
    const plan = await big.plan(after);
    expect(plan.possible).toBe(false);
    expect(plan.changes.find(({ effect }) => effect === 'blocked')).toMatchObject({
      kind: 'add_index',
      field: 'd',
      count: 2,
      records: [
        { id: big.idOf(8), msg: 'd is 8' },
        { id: big.idOf(9), msg: 'd is 8' },
      ],
    });
    expect((await refusal(() => big.change(after, true))).message).toContain('d cannot be unique');
    expect(big.one("SELECT count(*) AS value FROM $t WHERE typeof(data ->> '$.d') = 'text'")).toBe(
      6_000,
    );
  });

  test('adds an index in the thread, and lists use it at once', async () => {
    using big = await openBig();
    await big.change([{ ...A, unique: true }, B]);
    expect((await refusal(() => big.app.records.create(SYSTEM, 'big', { a: 5 }))).code).toBe(
      'conflict',
    );
    const page = JSON.parse(await big.app.records.list(SYSTEM, 'big', { sort: '-a', limit: 1 }));
    expect(page).toMatchObject({ total: ROWS, items: [{ data: { a: ROWS } }] });
  });

  test('behind another one waits for it, and for the writes between them', async () => {
    using big = await openBig();
    const first = big.change([{ name: 'n', type: 'int', was: 'a' }, B]);
    const second = big.change([{ name: 'm', type: 'int', was: 'n' }, B]);
    const between = big.app.records.create(SYSTEM, 'big', { n: 0 });
    await Promise.allSettled([first, second, between]);
    await Promise.all([first, second]);
    expect(big.one('SELECT count(*) AS value FROM $t WHERE f_m > 0')).toBe(ROWS);
  });
});

describe('a thread that ends in the middle', () => {
  test('leaves everything as it was; the change is 503, writes go on, the next change succeeds', async () => {
    using big = await openBig(200_000);
    const { app } = big;
    const before = app.collections.find('big');
    const changing = big.change([{ ...A, type: 'str' }, B]);
    const cut = Promise.allSettled([changing]);
    await untilLocked(big.path);
    const writing = app.records.create(SYSTEM, 'big', { a: -1 });
    app.writer.close();
    const [outcome] = await cut;
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    await writing;
    expect(app.collections.find('big')).toBe(before as NonNullable<typeof before>);
    expect(big.one('SELECT count(*) AS value FROM $t WHERE rev = 1')).toBe(200_001);
    using again = openDataApp({ path: big.path });
    expect(again.collections.find('big')?.collection.schema).toEqual(
      before?.collection.schema as NonNullable<typeof before>['collection']['schema'],
    );
    await again.collections.update(
      SYSTEM,
      'big',
      { schema: { fields: [A, B, { ...B, name: 'c' }] } },
      false,
    );
  });
});

test('a thread that breaks is 503 for its task; the queue goes on, and the next task has a new thread', async () => {
  using big = await openBig(6_000);
  const { connection, collections, records } = big.app;
  const writer = createWriter({
    connection: { ...connection, path: '/nowhere/at-all.db' },
    rules: { planChange, compileSchema },
  });
  const before = collections.get(SYSTEM, 'big');
  const change = { before, after: before, renames: new Map(), force: false, isDryRun: false };
  for (let round = 0; round < 2; round++) {
    const error = await refusal(() => writer.run({ kind: 'change_collection', change }));
    expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
    await records.create(SYSTEM, 'big', { a: -1 });
  }
  writer.close();
});

describe('stopping', () => {
  test('waits for a change that ends in time', async () => {
    using big = await openBig();
    const changing = big.change([{ name: 'n', type: 'int', was: 'a' }, B]);
    await untilLocked(big.path);
    await big.app.writer.stop(60_000);
    await changing;
    expect(big.one('SELECT count(*) AS value FROM $t WHERE f_n > 0')).toBe(ROWS);
  });

  test('takes a change back that does not', async () => {
    using big = await openBig(200_000);
    const changing = Promise.allSettled([big.change([{ ...A, type: 'str' }, B])]);
    await untilLocked(big.path);
    await big.app.writer.stop(0);
    big.app.writer.close();
    const [outcome] = await changing;
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    expect(big.one('SELECT count(*) AS value FROM $t WHERE rev = 1')).toBe(200_000);
  });

  test('refuses what comes then', async () => {
    using big = await openBig(6_000);
    await big.app.writer.stop(0);
    const error = await refusal(() => big.change([{ ...A, type: 'str' }, B]));
    expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
  });
});

test('a change beside another program that holds the lock waits, then fails with 503', async () => {
  using big = await openBig(6_000);
  const other = new Database(big.path);
  other.run('BEGIN IMMEDIATE');
  const changing = big.change([{ ...A, index: true }, B]);
  await Bun.sleep(200);
  other.run('COMMIT');
  await changing;
  other.run('BEGIN IMMEDIATE');
  const error = await refusal(() => big.change([A, B]));
  expect(error.code).toBe('unavailable');
  other.run('COMMIT');
  other.close();
}, 600_000);

describe('a read at the very moment of a change', () => {
  test('by a column that is gone is 503 for a second, never a fault of the server', async () => {
    using big = await openBig(10);
    const { app } = big;
    const scope = { collectionId: app.collections.find('big')?.collection.id ?? '', filter: ALL };
    // As another connection would do it, right after the look at data_version.
    app.db.run(`ALTER TABLE ${big.table} DROP COLUMN f_a`);
    for (const name of ['a', '-a']) {
      const error = await refusal(async () =>
        app.recordStore.list(scope, { sort: by(name), limit: 5 }),
      );
      expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
    }
  });
});

describe('a database in memory', () => {
  test('has no thread: the change runs in the loop, with the same outcome', async () => {
    using app = openDataApp();
    await createOpenCollection(app, 'things', [A]);
    const { record } = await app.records.create(SYSTEM, 'things', { a: 1 });
    app.db.run(
      `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 6000)
       INSERT INTO ${tableOf(app.collections.find('things')?.collection.id ?? '')}
         (id, data, created_at, updated_at)
       SELECT n, '{"a":2}', '2030-01-01T00:00:00.000Z', '2030-01-01T00:00:00.000Z' FROM c`,
    );
    const body = { schema: { fields: [{ name: 'n', type: 'int', was: 'a' }] } };
    expect(await app.collections.plan('things', body, false)).toMatchObject({ rewritten: 6_001 });
    await app.collections.update(SYSTEM, 'things', body, false);
    expect(app.records.get(SYSTEM, 'things', record.id).text).toContain('{"n":1}');
  });
});
