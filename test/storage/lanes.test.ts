import { expect, test } from 'bun:test';
import { SYSTEM } from '../../src/core/actor.ts';
import {
  createOpenCollection,
  openDataApp,
  temporaryFolder,
} from '../features/records/data-app.ts';

const ROWS = 6_000;
const fields = [
  { name: 'n', type: 'integer', index: true },
  { name: 'text', type: 'string' },
] as const;

/** A collection that is big enough for the slow lane, on disk; text sorts against n. */
async function openBig() {
  const folder = temporaryFolder();
  const app = openDataApp({ path: folder.file('x.db') });
  await createOpenCollection(app, 'big', [...fields]);
  await Promise.all(
    Array.from({ length: ROWS }, (_, n) =>
      app.records.create(SYSTEM, 'big', { n, text: String(ROWS - n).padStart(6, '0') }),
    ),
  );
  return {
    app,
    list: async (query: Parameters<typeof app.records.list>[2]) =>
      JSON.parse(await app.records.list(SYSTEM, 'big', query)).items.map(
        ({ data }: { data: { n: number } }) => data.n,
      ) as number[],
    [Symbol.dispose]() {
      app.close();
      folder[Symbol.dispose]();
    },
  };
}

test('a sort that no index serves runs beside the loop and answers the same', async () => {
  using big = await openBig();
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 0);
  const found = await Promise.all(
    Array.from({ length: 20 }, () => big.list({ sort: 'text', limit: 3 })),
  );
  clearInterval(ticking);
  for (const page of found) expect(page).toEqual([ROWS - 1, ROWS - 2, ROWS - 3]);
  expect(ticks).toBeGreaterThan(0);
  expect(await big.list({ sort: '-n', limit: 3 })).toEqual([ROWS - 1, ROWS - 2, ROWS - 3]);
});

test('the slow lane sees what was answered before it was asked', async () => {
  using big = await openBig();
  for (let round = 0; round < 5; round++) {
    await big.app.records.create(SYSTEM, 'big', { n: -1 - round, text: `!${round}` });
    expect((await big.list({ sort: 'text', limit: round + 1 })).at(-1)).toBe(-1 - round);
  }
});

test('a plan is asked for again when an index came', async () => {
  using big = await openBig();
  expect(await big.list({ sort: 'text', limit: 1 })).toEqual([ROWS - 1]);
  await big.app.collections.update(
    SYSTEM,
    'big',
    { schema: { fields: [fields[0], { ...fields[1], index: true }] } },
    false,
  );
  expect(await big.list({ sort: 'text', limit: 1 })).toEqual([ROWS - 1]);
});

test('a slow read of a collection that is deleted meanwhile is answered or 404, never an inner error', async () => {
  using big = await openBig();
  const reads = Array.from({ length: 10 }, () =>
    big.list({ sort: 'text', limit: 1 }).then(
      () => 'answered',
      (error: { code: string }) => error.code,
    ),
  );
  await big.app.collections.delete(SYSTEM, 'big', 'big');
  for (const outcome of await Promise.all(reads))
    expect(['answered', 'not_found']).toContain(outcome);
});

test('a slow read that is cut off by a stop is 503, never an inner error', async () => {
  const folder = temporaryFolder();
  const app = openDataApp({ path: folder.file('x.db') });
  await createOpenCollection(app, 'big', [...fields]);
  const rows = Array.from({ length: ROWS }, (_, n) => ({ n, text: String(n) }));
  await Promise.all(rows.map((row) => app.records.create(SYSTEM, 'big', row)));
  const reads = Array.from({ length: 5 }, (_, n) =>
    app.records.list(SYSTEM, 'big', { sort: 'text', limit: 10 + n }),
  );
  app.close();
  for (const read of await Promise.allSettled(reads))
    if (read.status === 'rejected') expect(read.reason).toMatchObject({ code: 'unavailable' });
  folder[Symbol.dispose]();
});
