import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { SYSTEM } from '../../src/core/actor.ts';
import type { Scope } from '../../src/features/records/store.ts';
import { tableOf } from '../../src/storage/sqlite/record-table.ts';
import { openDataApp, temporaryFolder, thrownBy } from '../features/records/data-app.ts';
import { ANN, BOB, openTable } from './contract/harness.ts';
import { openStore } from './open-store.ts';

const FIELDS = [{ name: 'n', type: 'integer' }] as const;

async function openNumbers(harness: ReturnType<typeof openStore>, name = 'numbers') {
  const table = await openTable(harness, FIELDS, name);
  const find = (id: string, scope: Scope = table.all) => harness.records.find(scope, id);
  const numberOf = (id: string) => {
    const record = find(id);
    return record && JSON.parse(record.data).n;
  };
  const set = (id: string, n: number) =>
    harness.records.update(table.all, id, { merge: (data) => ({ ...data, n }) });
  return { ...table, find, numberOf, set };
}

test('a record that was read is read anew after it was changed, alone or in a batch, and after its delete', async () => {
  using harness = openStore();
  const numbers = await openNumbers(harness);
  const { id } = await numbers.add({ n: 1 });
  expect([numbers.numberOf(id), numbers.numberOf(id)]).toEqual([1, 1]);
  await numbers.set(id, 2);
  expect(numbers.numberOf(id)).toBe(2);
  const change = { merge: () => ({ n: 3 }) };
  await harness.records.apply([{ op: 'update', scope: numbers.all, id, change }]);
  expect(numbers.numberOf(id)).toBe(3);
  expect(numbers.find(id)?.rev).toBe(3);
  await harness.records.delete(numbers.all, id);
  expect(numbers.find(id)).toBeUndefined();
  await numbers.add({ n: 4 }, { id });
  expect(numbers.numberOf(id)).toBe(4);
});

test('what a delete takes along or clears is read anew', async () => {
  using harness = openStore();
  const parents = await openTable(harness, [], 'parents');
  const parent = { name: 'parent', type: 'reference', collection: 'parents' };
  const children = await openTable(harness, [{ ...parent, on_delete: 'cascade' }], 'children');
  const clearing = await openTable(harness, [{ ...parent, on_delete: 'set_null' }], 'clearing');
  const { id } = await parents.add({});
  const child = await children.add({ parent: id });
  const cleared = await clearing.add({ parent: id });
  expect(harness.records.find(children.all, child.id)).toEqual(child);
  expect(harness.records.find(clearing.all, cleared.id)).toEqual(cleared);
  await harness.records.delete(parents.all, id);
  expect(harness.records.find(children.all, child.id)).toBeUndefined();
  expect(harness.records.find(clearing.all, cleared.id)?.data).toBe('{}');
});

test('a change that is taken back is never seen, not even by whoever reads in the middle of it', async () => {
  using harness = openStore();
  const numbers = await openNumbers(harness);
  const { id } = await numbers.add({ n: 1 });
  const error = await thrownBy(() =>
    harness.records.apply([
      { op: 'update', scope: numbers.all, id, change: { merge: () => ({ n: 2 }) } },
      {
        op: 'update',
        scope: numbers.all,
        id,
        change: {
          merge() {
            expect(numbers.numberOf(id)).toBe(2);
            throw new Error('refused');
          },
        },
      },
    ]),
  );
  expect(String(error)).toBe('Error: refused');
  expect(numbers.numberOf(id)).toBe(1);
});

test('a stranger cannot read what its owner has just read, nor the owner what an admin has', async () => {
  using harness = openStore();
  const numbers = await openNumbers(harness);
  const { id } = await numbers.add({ n: 1 }, { ownerId: ANN });
  expect(numbers.find(id, numbers.of(ANN))?.id).toBe(id);
  expect(numbers.find(id, numbers.of(BOB))).toBeUndefined();
  const { id: nobodys } = await numbers.add({ n: 2 });
  expect(numbers.find(nobodys)?.id).toBe(nobodys);
  expect(numbers.find(nobodys, numbers.of(ANN))).toBeUndefined();
});

test('an id that was made up in one collection does not lead to the record of another', async () => {
  using harness = openStore();
  const secret = await openNumbers(harness, 'secret');
  const open = await openNumbers(harness, 'open');
  const { id } = await secret.add({ n: 1 });
  expect(secret.numberOf(id)).toBe(1);
  expect(open.find(id)).toBeUndefined();
  await open.add({ n: 2 }, { id });
  for (const _ of [1, 2]) expect([secret.numberOf(id), open.numberOf(id)]).toEqual([1, 2]);
});

test('a filter that only the database knows is asked there', async () => {
  using harness = openStore();
  const numbers = await openNumbers(harness);
  const { id } = await numbers.add({ n: 1 });
  expect(numbers.numberOf(id)).toBe(1);
  const isN = (value: number): Scope => ({
    ...numbers.all,
    filter: { op: 'equals', key: { kind: 'field', name: 'n' }, value },
  });
  expect(numbers.find(id, isN(1))?.id).toBe(id);
  expect(numbers.find(id, isN(2))).toBeUndefined();
});

test('what another program wrote is seen without any request in between', async () => {
  using folder = temporaryFolder();
  const path = folder.file('x.db');
  using app = openDataApp({ path });
  const table = await openTable({ collections: app.collectionStore, records: app.recordStore }, []);
  const { id } = await table.add({});
  expect(app.recordStore.find(table.all, id)?.rev).toBe(1);
  const other = new Database(path);
  other.run(`UPDATE ${tableOf(table.collection.id)} SET rev = 7`);
  other.close();
  await Bun.sleep(1);
  expect(app.recordStore.find(table.all, id)?.rev).toBe(7);
});

test('a change of the schema that rewrites records is seen', async () => {
  using app = openDataApp();
  const access = { list: 'public', read: 'public', create: 'public' } as const;
  await app.collections.create(SYSTEM, {
    name: 'notes',
    schema: { fields: [...FIELDS] },
    options: { access },
  });
  const { record } = await app.records.create({ kind: 'system' }, 'notes', { n: 1 });
  expect(app.records.get({ kind: 'system' }, 'notes', record.id).text).toContain('"n":1');
  await app.collections.update(
    SYSTEM,
    'notes',
    {
      schema: { fields: [{ name: 'm', was: 'n', type: 'integer' }] },
    },
    false,
  );
  expect(app.records.get({ kind: 'system' }, 'notes', record.id).text).toContain('"m":1');
});

test('any number of records, and long ones, can be read', async () => {
  using harness = openStore();
  const texts = await openTable(harness, [{ name: 'text', type: 'string' }], 'texts');
  const long = await texts.add({ text: 'x'.repeat(200_000) });
  const ids: string[] = [];
  // More than are kept.
  for (let n = 0; n < 900; n++)
    ids.push((await texts.add({ text: `${n} ${'y'.repeat(20_000)}` })).id);
  for (const id of [...ids, ...ids.slice(0, 10), long.id])
    expect(harness.records.find(texts.all, id)?.id).toBe(id);
});
