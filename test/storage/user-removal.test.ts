import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { newId } from '../../src/lib/ids.ts';
import type { RecordChanged } from '../../src/storage/sqlite/change-feed.ts';
import { openDataApp, settableClock, temporaryFolder } from '../features/records/data-app.ts';
import { ANN, BOB, openTable } from './contract/harness.ts';
import { type RemovalHarness, userRemovalContract } from './contract/user-removal.ts';

/** As a server's database is; with a file, what is long is done in a thread. */
function open(
  path?: string,
): RemovalHarness & Pick<ReturnType<typeof openDataApp>, 'changes' | 'db' | 'connection'> {
  const clock = settableClock();
  const app = openDataApp({ clock, ...(path === undefined ? {} : { path }) });
  const { collectionStore, recordStore, userStore, changes, db, connection, close } = app;
  return {
    collections: collectionStore,
    records: recordStore,
    users: userStore,
    clock,
    changes,
    db,
    connection,
    [Symbol.dispose]: close,
  };
}

function openInFolder() {
  const folder = temporaryFolder();
  const harness = open(folder.file('x.db'));
  return {
    ...harness,
    [Symbol.dispose]() {
      harness[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

userRemovalContract('SQLite', async () => open());
userRemovalContract('SQLite, in a thread', async () => openInFolder(), 1_100);

const AT = '2030-06-01T00:00:00.000Z';
const addUser = ({ users }: RemovalHarness, id: string) =>
  users.create({ id, email: `${id}@example.com`, passwordHash: 'h', createdAt: AT });

test('listeners hear of each record that goes or loses its owner', async () => {
  using harness = open();
  await addUser(harness, ANN);
  const keep = await openTable(harness, [{ name: 'n', type: 'integer' }], 'notes');
  const { id } = await keep.add({ n: 1 }, { ownerId: ANN });
  const told: RecordChanged[] = [];
  harness.changes.on((change) => told.push(change));
  await harness.users.delete({ id: ANN, at: AT, records: 'keep' });
  const collectionId = keep.collection.id;
  const data = '{"n":1}';
  expect(told).toMatchObject([{ collectionId, op: 'update', id, before: data, after: data }]);
  await addUser(harness, BOB);
  const his = await keep.add({ n: 2 }, { ownerId: BOB });
  told.length = 0;
  await harness.users.delete({ id: BOB, at: AT, records: 'delete' });
  expect(told).toMatchObject([{ collectionId, op: 'delete', id: his.id, before: '{"n":2}' }]);
});

test('while a thread deletes, reads by id go on and see all or nothing', async () => {
  using harness = openInFolder();
  await addUser(harness, ANN);
  const table = await openTable(harness, []);
  for (let n = 0; n < 6; n++)
    await Promise.all(Array.from({ length: 1_000 }, () => table.add({}, { ownerId: ANN })));
  const [first] = await table.list();
  const removal = Promise.resolve(harness.users.delete({ id: ANN, at: AT, records: 'delete' }));
  let isOver = false;
  void removal.then(() => {
    isOver = true;
  });
  const seen = new Set<number>();
  let reads = 0;
  while (!isOver) {
    harness.connection.checkForeignWrites();
    await harness.records.find(table.all, first?.id ?? '');
    const { n } = harness.db
      .query<{ n: number }, []>(
        `SELECT count(*) AS n FROM r_${table.collection.id.replaceAll('-', '')}`,
      )
      .get() ?? { n: -1 };
    seen.add(n);
    reads++;
    await Bun.sleep(0);
  }
  expect(await removal).toMatchObject({ kind: 'done' });
  expect(reads).toBeGreaterThan(3);
  for (const n of seen) expect([0, 6_000]).toContain(n);
  expect(await harness.records.count(table.all)).toBe(0);
});

test('a write that fails in the middle takes everything back', async () => {
  using harness = open();
  await addUser(harness, ANN);
  const table = await openTable(harness, []);
  for (let n = 0; n < 5; n++) await table.add({}, { ownerId: ANN });
  harness.db.run(
    "CREATE TRIGGER no BEFORE DELETE ON user BEGIN SELECT raise(ABORT, 'the disk is broken'); END",
  );
  for (const records of ['keep', 'delete'] as const) {
    await expect(
      Promise.resolve(harness.users.delete({ id: ANN, at: AT, records })),
    ).rejects.toThrow();
    expect((await table.list()).map(({ owner_id, rev }) => [owner_id, rev])).toEqual(
      Array(5).fill([ANN, 1]),
    );
  }
});

const ON_DELETE = ['restrict', 'cascade', 'set_null'] as const;
const row = fc.record({
  table: fc.nat({ max: 2 }),
  owner: fc.constantFrom(ANN, BOB, null),
  user: fc.constantFrom(ANN, BOB, null),
  parent: fc.option(fc.nat({ max: 20 }), { nil: null }),
});

test('after any deletion no record refers to, or is owned by, who is gone; a refusal changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(...[0, 1, 2].map(() => fc.constantFrom(...ON_DELETE))),
      fc.tuple(...[0, 1, 2].map(() => fc.constantFrom(...ON_DELETE))),
      fc.array(row, { maxLength: 20 }),
      fc.constantFrom('keep' as const, 'delete' as const),
      async (ofUsers, ofParents, rows, records) => {
        using harness = open();
        await addUser(harness, ANN);
        await addUser(harness, BOB);
        const tables: Awaited<ReturnType<typeof openTable>>[] = [];
        for (const [n, name] of ['a', 'b', 'c'].entries())
          tables.push(
            await openTable(
              harness,
              [
                { name: 'user', type: 'reference', collection: 'users', on_delete: ofUsers[n] },
                // Each table refers to the one before, the first to itself.
                {
                  name: 'parent',
                  type: 'reference',
                  collection: ['a', 'a', 'b'][n],
                  on_delete: ofParents[n],
                },
              ],
              name,
            ),
          );
        const made: { table: number; id: string }[] = [];
        for (const { table, owner, user, parent } of rows) {
          const candidates = made.filter((one) => one.table === Math.max(0, table - 1));
          const target = parent === null ? undefined : candidates[parent % candidates.length];
          const id = newId();
          const data = {
            ...(user === null ? {} : { user }),
            ...(target === undefined ? {} : { parent: target.id }),
          };
          await tables[table]?.add(data, { id, ownerId: owner });
          made.push({ table, id });
        }
        const state = () => Promise.all(tables.map((table) => table.list()));
        const before = await state();
        const outcome = await harness.users.delete({ id: ANN, at: AT, records });
        const after = await state();
        if (outcome.kind === 'referenced') {
          expect(after).toEqual(before);
          expect(await harness.users.find(ANN)).toBeDefined();
          return;
        }
        expect(outcome.kind).toBe('done');
        const ids = new Set<unknown>([BOB, ...after.flat().map(({ id }) => id)]);
        for (const { owner_id, data } of after.flat()) {
          expect(owner_id).not.toBe(ANN);
          for (const target of Object.values(JSON.parse(data))) expect(ids.has(target)).toBe(true);
        }
        if (records === 'delete') {
          const hers = new Set(
            before.flat().flatMap(({ id, owner_id }) => (owner_id === ANN ? [id] : [])),
          );
          for (const { id } of after.flat()) expect(hers.has(id)).toBe(false);
        }
      },
    ),
    { numRuns: 80 },
  );
});
