import { describe, expect, test } from 'bun:test';
import { newId } from '../../../src/lib/ids.ts';
import { openTable, type StoreHarness } from './harness.ts';
import { stepsFor } from './record-batch.ts';

export type OnDelete = 'restrict' | 'cascade' | 'set_null';

/** A field that refers to a collection. */
export function to(collection: string, on_delete?: OnDelete, name = 'parent') {
  return { name, type: 'reference', collection, ...(on_delete && { on_delete }) };
}

/** What references mean to every RecordStore, whatever the database. */
export function recordReferencesContract(name: string, open: () => StoreHarness): void {
  describe(`what a record of ${name} refers to`, () => {
    test('must exist, on create and on change', async () => {
      using harness = open();
      const parents = await openTable(harness, [], 'parents');
      const children = await openTable(harness, [to('parents')], 'children');
      const parent = await parents.add({});
      const child = await children.add({ parent: parent.id });
      await children.add({});
      const gone = newId();
      const dangling = { kind: 'dangling', field: 'parent', target: gone } as const;
      expect(await children.tryAdd({ parent: gone })).toEqual(dangling);
      const merge = () => ({ parent: gone });
      expect(await harness.records.update(children.all, child.id, { merge })).toEqual(dangling);
      // Rows of another collection are no rows of this one, nor is the record itself.
      expect((await children.tryAdd({ parent: child.id })).kind).toBe('dangling');
      expect(await children.tryAdd({ parent: gone }, { id: gone })).toEqual(dangling);
      expect(harness.records.find(children.all, child.id)).toEqual(child);
      expect(await harness.records.count(children.all)).toBe(2);
    });

    test('is found by its id alone: SQL in a reference finds nothing and harms nothing', async () => {
      using harness = open();
      const parents = await openTable(harness, [], 'parents');
      const children = await openTable(harness, [to('parents')], 'children');
      const { id } = await parents.add({});
      for (const target of [
        "' OR 1=1 --",
        `${id}' --`,
        '"; DROP TABLE collection; --',
        `${id}\u0000`,
        `${id} `,
        id.toUpperCase(),
        '%',
        '',
        'rowid',
      ])
        expect(await children.tryAdd({ parent: target })).toEqual({
          kind: 'dangling',
          field: 'parent',
          target,
        });
      expect(await harness.records.count(parents.all)).toBe(1);
      expect((await children.tryAdd({ parent: id })).kind).toBe('done');
    });

    test('may be an account, and must be one that exists', async () => {
      using harness = open();
      const notes = await openTable(harness, [to('users', 'restrict', 'by')], 'notes');
      const things = await openTable(harness, [], 'things');
      const { id } = await things.add({});
      for (const by of [id, newId()])
        expect(await notes.tryAdd({ by })).toEqual({ kind: 'dangling', field: 'by', target: by });
    });

    test('may be the record itself', async () => {
      using harness = open();
      const table = await openTable(harness, [to('things')]);
      const id = newId();
      const other = await table.add({});
      expect((await table.tryAdd({ parent: id }, { id })).kind).toBe('done');
      const merge = () => ({ parent: other.id });
      expect((await harness.records.update(table.all, other.id, { merge })).kind).toBe('done');
      expect((await table.tryAdd({ parent: newId() })).kind).toBe('dangling');
      expect(await harness.records.delete(table.all, id)).toEqual({ kind: 'done' });
      expect(await harness.records.delete(table.all, other.id)).toEqual({ kind: 'done' });
    });

    test('may be gone when a create is sent again: that still answers that the id is taken', async () => {
      using harness = open();
      const parents = await openTable(harness, [], 'parents');
      const children = await openTable(harness, [to('parents', 'set_null')], 'children');
      const parent = await parents.add({});
      const { id } = await children.add({ parent: parent.id });
      await harness.records.delete(parents.all, parent.id);
      expect(await children.tryAdd({ parent: parent.id }, { id })).toEqual({ kind: 'id_taken' });
    });

    test('may come earlier in the same batch, not later', async () => {
      using harness = open();
      const parents = await openTable(harness, [], 'parents');
      const children = await openTable(harness, [to('parents')], 'children');
      const id = newId();
      const parent = stepsFor(parents).insert({}, id);
      const child = stepsFor(children).insert({ parent: id });
      expect(await harness.records.apply([child, parent])).toEqual({
        kind: 'failed',
        index: 0,
        outcome: { kind: 'dangling', field: 'parent', target: id },
      });
      expect((await harness.records.apply([parent, child])).kind).toBe('done');
      const { remove } = stepsFor(parents);
      const next = newId();
      expect(
        await harness.records.apply([
          stepsFor(parents).insert({}, next),
          remove(next),
          stepsFor(children).insert({ parent: next }),
        ]),
      ).toMatchObject({ kind: 'failed', index: 2, outcome: { kind: 'dangling' } });
    });

    test('may be changed by a merge that writes into what it was given, and is checked all the same', async () => {
      using harness = open();
      const table = await openTable(harness, [to('things')]);
      const { id } = await table.add({});
      const child = await table.add({ parent: id });
      const merge = (stored: object) => Object.assign(stored, { parent: newId() });
      expect((await harness.records.update(table.all, child.id, { merge })).kind).toBe('dangling');
    });
  });
}
