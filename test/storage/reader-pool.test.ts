import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { AppError } from '../../src/core/errors.ts';
import { createReaderPool } from '../../src/storage/sqlite/reader-pool.ts';
import { temporaryFolder } from '../features/records/data-app.ts';

/** Walks over a million rows that it makes up: slow enough that others wait behind it. */
const SLOW =
  'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT max(i) AS last FROM n';

function openPool(threads: number) {
  const folder = temporaryFolder();
  const path = folder.file('x.db');
  const db = new Database(path);
  db.run('CREATE TABLE t (n INTEGER)');
  db.run('INSERT INTO t VALUES (1)');
  const pool = createReaderPool(path, threads);
  return {
    db,
    pool,
    [Symbol.dispose]() {
      pool.close();
      db.close();
      folder[Symbol.dispose]();
    },
  };
}

test('reads are answered in the order they came, each with its own values', async () => {
  using open = openPool(2);
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 50 }, async (_, n) => {
      const rows = await open.pool.read<{ n: number }>('SELECT ? AS n', [n]);
      order.push(rows[0]?.n ?? -1);
    }),
  );
  expect(order.toSorted((a, b) => a - b)).toEqual(order.map((_, n) => n));
});

test('who asks the same while it waits shares one answer; who asks once it runs gets a newer one', async () => {
  using open = openPool(1);
  const slow = open.pool.read(SLOW, []);
  const [one, other] = [0, 1].map(() => open.pool.read('SELECT n FROM t', []));
  expect(one).toBe(other as Promise<readonly unknown[]>);
  expect(await slow).toEqual([{ last: 1_000_000 }]);
  expect(await one).toEqual([{ n: 1 }]);
  open.db.run('UPDATE t SET n = 2');
  expect(await open.pool.read('SELECT n FROM t', [])).toEqual([{ n: 2 }]);
});

test('reads beyond what can wait are 503 with the time to come back, the others are answered', async () => {
  using open = openPool(1);
  const outcomes = await Promise.all(
    Array.from({ length: 3_000 }, async (_, n) => {
      try {
        await open.pool.read('SELECT ? AS n', [n]);
        return 'answered';
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        expect(error.retryAfterSeconds).toBe(1);
        return error.code;
      }
    }),
  );
  const refused = outcomes.filter((outcome) => outcome === 'unavailable').length;
  expect(refused).toBeGreaterThan(0);
  expect(outcomes.filter((outcome) => outcome === 'answered').length).toBe(3_000 - refused);
});

test('a pool that is closed answers what waits with 503, and nothing hangs', async () => {
  using open = openPool(1);
  const reads = [open.pool.read(SLOW, []), open.pool.read('SELECT n FROM t', [])];
  const outcomes = Promise.allSettled(reads);
  open.pool.close();
  for (const outcome of await outcomes) expect(outcome.status).toBe('rejected');
  expect(() => open.pool.read('SELECT 1', [])).toThrow('slow queries');
});
