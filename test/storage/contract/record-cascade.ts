import { describe, expect, test } from 'bun:test';
import { newId } from '../../../src/lib/ids.ts';
import { openTable, type StoreHarness } from './harness.ts';
import { stepsFor } from './record-batch.ts';
import { type OnDelete, to } from './record-references.ts';

const MAX_CHILDREN = 10_000;

/** What a delete does to records that refer to the one that goes, whatever the database. */
export function recordCascadeContract(name: string, open: () => StoreHarness): void {
  describe(`a delete in ${name}`, () => {
    /** Collections in a chain, each record referring to the one before: c0 ← c1 ← c2 … */
    async function openChain(harness: StoreHarness, onDeletes: readonly OnDelete[]) {
      const tables = [await openTable(harness, [], 'c0')];
      for (const [index, onDelete] of onDeletes.entries())
        tables.push(await openTable(harness, [to(`c${index}`, onDelete)], `c${index + 1}`));
      const ids: string[] = [];
      for (const table of tables) {
        const parent = ids.at(-1);
        ids.push((await table.add(parent === undefined ? {} : { parent })).id);
      }
      const state = async () => {
        const lists = await Promise.all(tables.map((table) => table.list()));
        return lists.map(([record]) => record && JSON.parse(record.data));
      };
      return { tables, ids, state };
    }

    const EACH = ['restrict', 'cascade', 'set_null'] as const;
    for (const depth of [1, 2, 3, 4])
      for (const onDelete of EACH)
        test(`at the head of ${depth} cascade${depth === 1 ? '' : 's'}, the last of which is ${onDelete}`, async () => {
          using harness = open();
          const onDeletes = [...Array<OnDelete>(depth - 1).fill('cascade'), onDelete];
          const { tables, ids, state } = await openChain(harness, onDeletes);
          const before = await state();
          const head = tables[0];
          if (!head) throw new Error('no chain');
          const outcome = await harness.records.delete(head.all, ids[0] ?? '');
          const goneBefore = Array(depth).fill(undefined);
          if (onDelete === 'restrict') {
            expect(outcome).toEqual({
              kind: 'referenced',
              collection: `c${depth}`,
              field: 'parent',
            });
            expect(await state()).toEqual(before);
          } else {
            expect(outcome).toEqual({ kind: 'done' });
            expect(await state()).toEqual([...goneBefore, onDelete === 'cascade' ? undefined : {}]);
          }
        });

    test('is refused by default when something refers to the record', async () => {
      using harness = open();
      const parents = await openTable(harness, [], 'parents');
      const children = await openTable(harness, [to('parents')], 'children');
      const [parent, free] = [await parents.add({}), await parents.add({})];
      const child = await children.add({ parent: parent.id });
      const refused = { kind: 'referenced', collection: 'children', field: 'parent' } as const;
      expect(await harness.records.delete(parents.all, parent.id)).toEqual(refused);
      expect(await harness.records.delete(parents.all, free.id)).toEqual({ kind: 'done' });
      const merge = () => ({});
      await harness.records.update(children.all, child.id, { merge });
      expect(await harness.records.delete(parents.all, parent.id)).toEqual({ kind: 'done' });
    });

    test('that is refused says so only for a record within the scope and of the right revision', async () => {
      using harness = open();
      const parents = await openTable(harness, [], 'parents');
      const children = await openTable(harness, [to('parents')], 'children');
      const { id } = await parents.add({});
      await children.add({ parent: id });
      const { records } = harness;
      expect(await records.delete(parents.of(newId()), id)).toEqual({ kind: 'outside' });
      expect(await records.delete(parents.all, id, { ifRevisions: [2] })).toEqual({
        kind: 'stale',
      });
    });

    test('of a tree in one collection takes the branches and leaves the rest', async () => {
      using harness = open();
      const table = await openTable(harness, [to('things', 'cascade')]);
      const top = await table.add({});
      const left = await table.add({ parent: top.id });
      const leaf = await table.add({ parent: left.id });
      const right = await table.add({ parent: top.id });
      const other = await table.add({});
      expect(await harness.records.delete(table.all, left.id)).toEqual({ kind: 'done' });
      expect((await table.list()).map(({ id }) => id)).toEqual([top.id, right.id, other.id]);
      expect(await harness.records.delete(table.all, leaf.id)).toEqual({ kind: 'outside' });
      expect(await harness.records.delete(table.all, top.id)).toEqual({ kind: 'done' });
      expect((await table.list()).map(({ id }) => id)).toEqual([other.id]);
      expect(await harness.records.count(table.all)).toBe(1);
    });

    for (const size of [1, 2, 3, 5])
      for (const onDelete of EACH)
        test(`of one of ${size} that refer to each other in a circle, by ${onDelete}`, async () => {
          using harness = open();
          const table = await openTable(harness, [to('things', onDelete)]);
          const ids = Array.from({ length: size }, () => newId());
          for (const id of ids) await table.add({}, { id });
          for (const [index, id] of ids.entries()) {
            const parent = ids[(index + 1) % size] ?? '';
            await harness.records.update(table.all, id, { merge: () => ({ parent }) });
          }
          const outcome = await harness.records.delete(table.all, ids[0] ?? '');
          const isRefused = onDelete === 'restrict' && size > 1;
          expect(outcome.kind).toBe(isRefused ? 'referenced' : 'done');
          const left = { restrict: size === 1 ? 0 : size, cascade: 0, set_null: size - 1 };
          expect(await table.list()).toHaveLength(left[onDelete]);
          expect(await harness.records.count(table.all)).toBe(left[onDelete]);
        });

    test('across two collections that refer to each other ends', async () => {
      using harness = open();
      const a = await openTable(harness, [to('b', 'cascade')], 'a');
      const b = await openTable(harness, [to('a', 'cascade')], 'b');
      const first = await a.add({});
      const second = await b.add({ parent: first.id });
      const merge = () => ({ parent: second.id });
      await harness.records.update(a.all, first.id, { merge });
      expect(await harness.records.delete(b.all, second.id)).toEqual({ kind: 'done' });
      expect([await a.list(), await b.list()]).toEqual([[], []]);
    });

    test('looks at restrict after the cascades, as SQL does: what goes too holds nothing', async () => {
      using harness = open();
      const tops = await openTable(harness, [], 'tops');
      const middles = await openTable(harness, [to('tops', 'cascade')], 'middles');
      const bottoms = await openTable(
        harness,
        [to('tops', 'cascade'), to('middles', 'restrict', 'middle')],
        'bottoms',
      );
      const top = await tops.add({});
      const middle = await middles.add({ parent: top.id });
      const bottom = await bottoms.add({ parent: top.id, middle: middle.id });
      const { records } = harness;
      expect(await records.delete(middles.all, middle.id)).toMatchObject({
        kind: 'referenced',
        collection: 'bottoms',
        field: 'middle',
      });
      const stranger = await bottoms.add({ middle: middle.id });
      expect((await records.delete(tops.all, top.id)).kind).toBe('referenced');
      expect(await bottoms.list()).toEqual([bottom, stranger]);
      await records.delete(bottoms.all, stranger.id);
      expect(await records.delete(tops.all, top.id)).toEqual({ kind: 'done' });
      expect([await middles.list(), await bottoms.list()]).toEqual([[], []]);
    });

    test('clears what refers to the record once, as a change of its own', async () => {
      using harness = open();
      const parents = await openTable(harness, [], 'parents');
      const children = await openTable(
        harness,
        [
          { ...to('parents', 'set_null', 'first'), unique: true },
          to('parents', 'set_null', 'second'),
          { name: 'note', type: 'string' },
        ],
        'children',
      );
      const { id } = await parents.add({});
      const both = await children.add({ first: id, note: 'é"\\', second: id });
      const free = await children.add({ note: 'n' });
      harness.clock.ms += 1_000;
      expect(await harness.records.delete(parents.all, id)).toEqual({ kind: 'done' });
      expect(await children.list()).toEqual([
        {
          ...both,
          data: JSON.stringify({ note: 'é"\\' }),
          rev: 2,
          updated_at: new Date(harness.clock.ms).toISOString(),
        },
        free,
      ]);
    });

    test('clears without turning back the time of a change when the clock went back', async () => {
      using harness = open();
      const table = await openTable(harness, [to('things', 'set_null')]);
      const { id: parent } = await table.add({});
      const child = await table.add({ parent });
      harness.clock.ms -= 3_600_000;
      await harness.records.delete(table.all, parent);
      expect(await table.list()).toEqual([{ ...child, data: '{}', rev: 2 }]);
    });

    test(`takes ${MAX_CHILDREN} others with it, and not one more`, async () => {
      using harness = open();
      const parents = await openTable(harness, [], 'parents');
      const cascading = await openTable(harness, [to('parents', 'cascade')], 'cascading');
      const clearing = await openTable(harness, [to('parents', 'set_null')], 'clearing');
      const { id: parent } = await parents.add({});
      await Promise.all(
        Array.from({ length: MAX_CHILDREN / 2 }, () =>
          Promise.all([cascading.add({ parent }), clearing.add({ parent })]),
        ),
      );
      const tooMany = { kind: 'too_many_children', max: MAX_CHILDREN } as const;
      const { records } = harness;
      for (const table of [cascading, clearing]) {
        const last = await table.add({ parent });
        expect(await records.delete(parents.all, parent)).toEqual(tooMany);
        expect(await records.count(cascading.all)).toBeGreaterThanOrEqual(MAX_CHILDREN / 2);
        await records.delete(table.all, last.id);
      }
      // The steps of a batch share the bound.
      const { id: second } = await parents.add({});
      const child = await cascading.add({ parent: second });
      const { remove } = stepsFor(parents);
      expect(await records.apply([remove(second), remove(parent)])).toEqual({
        kind: 'failed',
        index: 1,
        outcome: tooMany,
      });
      expect(records.find(cascading.all, child.id)).toEqual(child);
      expect(await records.delete(parents.all, parent)).toEqual({ kind: 'done' });
      expect(await records.count(cascading.all)).toBe(1);
      expect(await records.count(clearing.all)).toBe(MAX_CHILDREN / 2);
      const [some] = await clearing.list();
      expect(some).toMatchObject({ data: '{}', rev: 2 });
    });

    for (const onDelete of ['cascade', 'set_null'] as const)
      test(`finds the one too many behind those that it knows already, by ${onDelete}`, async () => {
        using harness = open();
        const parents = await openTable(harness, [], 'parents');
        const children = await openTable(
          harness,
          [to('parents', onDelete, 'first'), to('parents', onDelete, 'second')],
          'children',
        );
        const { id } = await parents.add({});
        await Promise.all(
          Array.from({ length: MAX_CHILDREN }, (_, index) =>
            children.add(index === 0 ? { first: id, second: id } : { first: id }),
          ),
        );
        const last = await children.add({ second: id });
        expect((await harness.records.delete(parents.all, id)).kind).toBe('too_many_children');
        expect(await harness.records.count(children.all)).toBe(MAX_CHILDREN + 1);
        await harness.records.delete(children.all, last.id);
        expect(await harness.records.delete(parents.all, id)).toEqual({ kind: 'done' });
      });

    test('in a batch comes back with all its cascades when a later step fails', async () => {
      using harness = open();
      const parents = await openTable(harness, [], 'parents');
      const cascading = await openTable(harness, [to('parents', 'cascade')], 'cascading');
      const clearing = await openTable(harness, [to('parents', 'set_null')], 'clearing');
      const { id: parent } = await parents.add({});
      const before = [await cascading.add({ parent }), await clearing.add({ parent })];
      const { remove } = stepsFor(parents);
      expect(await harness.records.apply([remove(parent), remove(parent)])).toEqual({
        kind: 'failed',
        index: 1,
        outcome: { kind: 'outside' },
      });
      expect([...(await cascading.list()), ...(await clearing.list())]).toEqual(before);
      expect(await harness.records.count(cascading.all)).toBe(1);
      expect(harness.records.find(parents.all, parent)).toBeDefined();
    });

    test('of a parent among 50 creates of children leaves none of them dangling', async () => {
      using harness = open();
      const parents = await openTable(harness, [], 'parents');
      const children = await openTable(harness, [to('parents', 'cascade')], 'children');
      const { id: parent } = await parents.add({});
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          index === 25 ? harness.records.delete(parents.all, parent) : children.tryAdd({ parent }),
        ),
      );
      expect(outcomes.map(({ kind }) => kind)).toEqual([
        ...Array(26).fill('done'),
        ...Array(24).fill('dangling'),
      ]);
      expect(await children.list()).toEqual([]);
      expect(await harness.records.count(children.all)).toBe(0);
    });

    test('knows of collections that came or went a moment ago', async () => {
      using harness = open();
      const parents = await openTable(harness, [], 'parents');
      const { id: parent } = await parents.add({});
      const children = await openTable(harness, [to('parents')], 'children');
      await children.add({ parent });
      expect((await harness.records.delete(parents.all, parent)).kind).toBe('referenced');
      const [dropped, outcome] = await Promise.all([
        harness.collections.delete(children.collection.id, true),
        harness.records.delete(parents.all, parent),
      ]);
      expect([dropped.kind, outcome.kind]).toEqual(['deleted', 'done']);
    });
  });
}
