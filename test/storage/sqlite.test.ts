import { Database } from 'bun:sqlite';
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { SYSTEM } from '../../src/core/actor.ts';
import type { RecordChanged } from '../../src/storage/sqlite/change-feed.ts';
import { tableOf } from '../../src/storage/sqlite/record-table.ts';
import {
  createOpenCollection,
  openDataApp,
  refusal,
  settableClock,
  temporaryFolder,
} from '../features/records/data-app.ts';
import { collectionStoreContract } from './contract/collection-store.ts';
import { ALL, ANN, BOB, by, openTable, type StoreHarness } from './contract/harness.ts';
import { recordStoreContract } from './contract/record-store.ts';

function open(): StoreHarness & Pick<ReturnType<typeof openDataApp>, 'changes'> {
  const clock = settableClock();
  const { collectionStore, recordStore, changes, close } = openDataApp({ clock });
  return {
    collections: collectionStore,
    records: recordStore,
    clock,
    changes,
    [Symbol.dispose]: close,
  };
}

collectionStoreContract('SQLite', open);
recordStoreContract('SQLite', open);

interface Kept {
  readonly id: string;
  readonly owner: string | null;
  n: number;
}

const operation = fc.oneof(
  fc.record({
    op: fc.constant('create' as const),
    owner: fc.constantFrom(null, ANN, BOB),
    n: fc.integer({ min: 0, max: 12 }),
  }),
  fc.record({
    op: fc.constant('update' as const),
    pick: fc.nat(),
    n: fc.integer({ min: 0, max: 12 }),
  }),
  fc.record({
    op: fc.constant('delete' as const),
    pick: fc.nat(),
    as: fc.constantFrom(null, ANN, BOB),
  }),
  fc.record({ op: fc.constant('look' as const) }),
);

test('totals, lists and outcomes match a plain in-memory model after every mix of operations', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(operation, { maxLength: 8 }), { maxLength: 12 }),
      async (turns) => {
        using harness = open();
        const { records } = harness;
        const table = await openTable(harness, [{ name: 'n', type: 'integer', unique: true }]);
        const model: Kept[] = [];
        const isTaken = (n: number, but?: Kept) =>
          model.some((kept) => kept !== but && kept.n === n);
        for (const turn of turns) {
          const found: unknown[] = [];
          const wanted: unknown[] = [];
          const known = [...model];
          const pickOf = (pick: number) => known[pick % Math.max(1, known.length)];
          for (const step of turn) {
            if (step.op === 'create') {
              const id = Bun.randomUUIDv7();
              found.push(table.tryAdd({ n: step.n }, { id, ownerId: step.owner }));
              wanted.push(isTaken(step.n) ? 'value_taken' : 'done');
              if (!isTaken(step.n)) model.push({ id, owner: step.owner, n: step.n });
            } else if (step.op === 'look') {
              await records.count(table.of(ANN));
            } else {
              const target = pickOf(step.pick);
              if (!target) continue;
              const isThere = model.includes(target);
              if (step.op === 'update') {
                found.push(records.update(table.all, target.id, { merge: () => ({ n: step.n }) }));
                wanted.push(
                  !isThere ? 'outside' : isTaken(step.n, target) ? 'value_taken' : 'done',
                );
                if (isThere && !isTaken(step.n, target)) target.n = step.n;
              } else {
                const scope = step.as === null ? table.all : table.of(step.as);
                const isHit = isThere && (step.as === null || step.as === target.owner);
                found.push(records.delete(scope, target.id));
                wanted.push(isHit ? 'done' : 'outside');
                if (isHit) model.splice(model.indexOf(target), 1);
              }
            }
          }
          const kinds = (await Promise.all(found)).map(
            (outcome) => (outcome as { kind: string }).kind,
          );
          expect(kinds).toEqual(wanted as string[]);
          expect((await table.list()).map(({ id, data }) => [id, JSON.parse(data).n])).toEqual(
            model.map(({ id, n }) => [id, n]),
          );
          expect(await records.count(table.all)).toBe(model.length);
          for (const owner of [ANN, BOB])
            expect(await records.count(table.of(owner))).toBe(
              model.filter((kept) => kept.owner === owner).length,
            );
          expect(await table.values('n', by('-n'))).toEqual(
            model.map(({ n }) => n).sort((a, b) => b - a),
          );
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('every change is told once, numbered, in the order of the commits; what failed is not told', async () => {
  using harness = open();
  const told: RecordChanged[] = [];
  harness.changes.on((change) => told.push(change));
  const table = await openTable(harness, [{ name: 'n', type: 'integer', unique: true }]);
  const { id } = await table.add({ n: 1 });
  await Promise.all([
    table.tryAdd({ n: 1 }),
    harness.records.update(table.all, id, { merge: () => ({ n: 2 }) }),
    harness.records.update(table.of(BOB), id, { merge: () => ({ n: 3 }) }),
    harness.records.delete(table.all, id),
  ]);
  const collectionId = table.collection.id;
  expect(told).toEqual([
    { n: 1, collectionId, op: 'create', id, after: '{"n":1}' },
    { n: 2, collectionId, op: 'update', id, before: '{"n":1}', after: '{"n":2}' },
    { n: 3, collectionId, op: 'delete', id, before: '{"n":2}' },
  ]);
});

describe('when another program writes to the file', () => {
  function openPair() {
    const folder = temporaryFolder();
    const path = folder.file('x.db');
    const server = openDataApp({ path });
    return {
      server,
      cli: () => openDataApp({ path }),
      /** The next request: a new turn of the loop, then the check that every request makes. */
      async nextRequest() {
        await Bun.sleep(1);
        server.connection.checkForeignWrites();
      },
      [Symbol.dispose]() {
        server.close();
        folder[Symbol.dispose]();
      },
    };
  }

  test('totals and collections are read anew', async () => {
    using pair = openPair();
    const { server } = pair;
    const { id } = await createOpenCollection(server, 'notes', [{ name: 'n', type: 'int' }]);
    expect(await server.records.count(SYSTEM, 'notes')).toBe(0);
    const cli = pair.cli();
    await cli.records.create(SYSTEM, 'notes', { n: 1 });
    await createOpenCollection(cli, 'more', []);
    await pair.nextRequest();
    expect(await server.records.count(SYSTEM, 'notes')).toBe(1);
    expect(await server.recordStore.count({ collectionId: id, filter: ALL })).toBe(1);
    expect(server.collections.list(SYSTEM).map(({ name }) => name)).toEqual(['more', 'notes']);
    await cli.collections.delete(SYSTEM, 'notes', 'notes');
    await pair.nextRequest();
    expect((await refusal(() => server.records.count(SYSTEM, 'notes'))).code).toBe('not_found');
    cli.close();
  });

  test('its own writes do not count as foreign ones', async () => {
    using pair = openPair();
    const { server } = pair;
    let drops = 0;
    server.connection.onForeignWrite(() => drops++);
    await createOpenCollection(server, 'notes', []);
    await server.records.create(SYSTEM, 'notes', {});
    await pair.nextRequest();
    expect(drops).toBe(0);
  });

  test('created_at does not go back behind a record that came from there', async () => {
    using pair = openPair();
    const { server } = pair;
    const { id } = await createOpenCollection(server, 'notes', []);
    await server.records.create(SYSTEM, 'notes', {});
    const other = new Database(`${server.db.filename}`);
    const later = '2999-01-01T00:00:00.000Z';
    other.run(
      `INSERT INTO ${tableOf(id)} (id, data, created_at, updated_at) VALUES ('x', '{}', ?, ?)`,
      [later, later],
    );
    other.close();
    // Nobody looked in between: the write itself must notice.
    const { record } = await server.records.create(SYSTEM, 'notes', {});
    expect(record.created_at >= later).toBe(true);
  });

  test('a record is validated by the schema that the other program has made live', async () => {
    using pair = openPair();
    const { server } = pair;
    await createOpenCollection(server, 'notes', [{ name: 'n', type: 'int' }]);
    await server.records.create(SYSTEM, 'notes', { n: 1 });
    const cli = pair.cli();
    await cli.collections.update(
      SYSTEM,
      'notes',
      { schema: { fields: [{ name: 'n', type: 'int', max: 5 }] } },
      false,
    );
    cli.close();
    const error = await refusal(() => server.records.create(SYSTEM, 'notes', { n: 6 }));
    expect(error.code).toBe('invalid_input');
  });

  test('a read of a collection that was deleted there a moment ago is 404, not an inner error', async () => {
    using pair = openPair();
    const { server } = pair;
    await createOpenCollection(server, 'notes', []);
    const cli = pair.cli();
    await cli.collections.delete(SYSTEM, 'notes', undefined);
    cli.close();
    expect((await refusal(() => server.records.list(SYSTEM, 'notes', {}))).code).toBe('not_found');
    expect((await refusal(() => server.records.get(SYSTEM, 'notes', 'x'))).code).toBe('not_found');
  });
});
