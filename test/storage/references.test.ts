import { expect, test } from 'bun:test';
import type { RecordChanged } from '../../src/storage/sqlite/change-feed.ts';
import { tableOf } from '../../src/storage/sqlite/record-table.ts';
import { openDataApp, temporaryFolder, thrownBy } from '../features/records/data-app.ts';
import { ALL, collectionOf, openTable } from './contract/harness.ts';
import { recordCascadeContract } from './contract/record-cascade.ts';
import { recordReferencesContract } from './contract/record-references.ts';
import { openStore } from './open-store.ts';

recordReferencesContract('SQLite', openStore);
recordCascadeContract('SQLite', openStore);

const PARENT = { name: 'parent', type: 'reference', collection: 'parents' };

test('the feed hears of every record that a delete takes or clears, what refers first', async () => {
  using harness = openStore();
  const parents = await openTable(harness, [], 'parents');
  const clearing = await openTable(harness, [{ ...PARENT, on_delete: 'set_null' }], 'clearing');
  const cascading = await openTable(harness, [{ ...PARENT, on_delete: 'cascade' }], 'cascading');
  const { id: parent } = await parents.add({});
  const cleared = await clearing.add({ parent });
  const children = [await cascading.add({ parent }), await cascading.add({ parent })];
  const told: RecordChanged[] = [];
  harness.changes.on((change) => told.push(change));
  await harness.records.delete(parents.all, parent);
  const before = JSON.stringify({ parent });
  const gone = { op: 'delete', collectionId: cascading.collection.id, before } as const;
  expect(told.map(({ n: _, ...change }) => change)).toEqual([
    { op: 'update', collectionId: clearing.collection.id, id: cleared.id, before, after: '{}' },
    ...children.map(({ id }) => ({ ...gone, id })),
    { op: 'delete', collectionId: parents.collection.id, id: parent, before: '{}' },
  ]);
  await cascading.add({});
  expect(told.map(({ n }) => n - (told[0]?.n ?? 0))).toEqual([0, 1, 2, 3, 4]);
});

test('a delete that breaks in the middle takes back its cascades, and the writes beside it stand', async () => {
  using harness = openStore();
  const parents = await openTable(harness, [], 'parents');
  const children = await openTable(harness, [{ ...PARENT, on_delete: 'cascade' }], 'children');
  const clearing = await openTable(harness, [{ ...PARENT, on_delete: 'set_null' }], 'clearing');
  const { id: parent } = await parents.add({});
  const before = [await children.add({ parent }), await clearing.add({ parent })];
  const told: RecordChanged[] = [];
  harness.changes.on((change) => told.push(change));
  // Parents go last, so all else has been written when this fails.
  harness.db.run(
    `CREATE TRIGGER broken BEFORE DELETE ON ${tableOf(parents.collection.id)} BEGIN SELECT RAISE(ABORT, 'broken'); END`,
  );
  const [, error] = await Promise.all([
    parents.add({}),
    thrownBy(() => harness.records.delete(parents.all, parent)),
    parents.add({}),
  ]);
  expect(error).toMatchObject({ message: 'broken' });
  expect([...(await children.list()), ...(await clearing.list())]).toEqual(before);
  expect(await harness.records.count(parents.all)).toBe(3);
  expect(told.map(({ op }) => op)).toEqual(['create', 'create']);
  harness.db.run('DROP TRIGGER broken');
  expect(await harness.records.delete(parents.all, parent)).toEqual({ kind: 'done' });
});

test('an account that is there can be referred to; a record outlives it and can be changed', async () => {
  using harness = openStore();
  const notes = await openTable(
    harness,
    [{ name: 'by', type: 'reference', collection: 'users' }],
    'notes',
  );
  harness.db.run(
    "INSERT INTO user (id, email, password_hash, created_at, updated_at) VALUES ('u1', 'a@b.c', '', '', '')",
  );
  const { id } = await notes.add({ by: 'u1' });
  expect((await notes.tryAdd({ by: 'u2' })).kind).toBe('dangling');
  harness.db.run('DELETE FROM user');
  const change = async (by: string) =>
    (await harness.records.update(notes.all, id, { merge: () => ({ by }) })).kind;
  expect([await change('u1'), await change('u2')]).toEqual(['done', 'dangling']);
});

test('a collection that another program made a moment ago is heeded by the next delete', async () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  using server = openDataApp({ path });
  const parents = await openTable(
    { collections: server.collectionStore, records: server.recordStore },
    [],
    'parents',
  );
  const { id: parent } = await parents.add({});
  const second = await parents.add({});
  await server.recordStore.delete(parents.all, second.id);
  using cli = openDataApp({ path });
  const children = collectionOf('children', [PARENT]);
  await cli.collectionStore.insert(children);
  await cli.recordStore.insert(children.id, {
    id: parent,
    ownerId: null,
    data: () => ({ parent }),
  });
  expect(await server.recordStore.delete(parents.all, parent)).toEqual({
    kind: 'referenced',
    collection: 'children',
    field: 'parent',
  });
  expect(await server.recordStore.count({ collectionId: children.id, filter: ALL })).toBe(1);
});

test('finding what refers uses an index, however big the table', async () => {
  using harness = openStore();
  const { collection } = await openTable(harness, [PARENT], 'children');
  const [step] = harness.db
    .query<{ detail: string }, []>(
      `EXPLAIN QUERY PLAN SELECT seq, id FROM ${tableOf(collection.id)} WHERE f_parent = 'x' ORDER BY seq LIMIT 1`,
    )
    .all();
  expect(step?.detail).toStartWith(`SEARCH ${tableOf(collection.id)} USING INDEX`);
});
