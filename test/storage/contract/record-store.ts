import { describe, expect, test } from 'bun:test';
import { newId } from '../../../src/lib/ids.ts';
import { thrownBy } from '../../features/records/data-app.ts';
import { ALL, ANN, BOB, by, openTable, type StoreHarness } from './harness.ts';

/** What every RecordStore must do, whatever the database. */
export function recordStoreContract(name: string, open: () => StoreHarness): void {
  describe(`records in ${name}`, () => {
    test('a record comes back as it was written, with its times, owner and revision 1', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'title', type: 'string' }]);
      const record = await table.add({ title: 'é😀\u0000\u2028"\\' }, { ownerId: ANN });
      expect(record).toMatchObject({ owner_id: ANN, rev: 1, created_at: record.updated_at });
      expect(record.created_at).toBe(new Date(harness.clock.ms).toISOString());
      expect(harness.records.find(table.all, record.id)).toEqual(record);
      expect(JSON.parse(record.data)).toEqual({ title: 'é😀\u0000\u2028"\\' });
      expect(await table.list()).toEqual([record]);
    });

    test('what lies outside the scope is not found, listed, counted, changed or deleted', async () => {
      using harness = open();
      const { records } = harness;
      const table = await openTable(harness, [{ name: 'n', type: 'integer' }]);
      const anns = await table.add({ n: 1 }, { ownerId: ANN });
      const nobodys = await table.add({ n: 2 });
      const bob = table.of(BOB);
      expect(records.find(bob, anns.id)).toBeUndefined();
      expect(await table.list(bob)).toEqual([]);
      expect(await records.count(bob)).toBe(0);
      expect(await records.update(bob, anns.id, { merge: () => ({ n: 9 }) })).toEqual({
        kind: 'outside',
      });
      expect(await records.delete(bob, nobodys.id)).toEqual({ kind: 'outside' });
      expect((await table.list(table.of(ANN))).map(({ id }) => id)).toEqual([anns.id]);
      expect(await records.count(table.of(ANN))).toBe(1);
      expect(await table.list(table.all)).toEqual([anns, nobodys]);
    });

    test('an id with SQL in it finds nothing and harms nothing', async () => {
      using harness = open();
      const table = await openTable(harness, []);
      await table.add({});
      for (const id of ["' OR 1=1 --", '"; DROP TABLE collection', '%', '']) {
        expect(harness.records.find(table.all, id)).toBeUndefined();
        expect(harness.records.find(table.of(id), id)).toBeUndefined();
        expect(await harness.records.delete(table.all, id)).toEqual({ kind: 'outside' });
      }
      expect(await harness.records.count(table.all)).toBe(1);
    });

    test('a scope of alternatives does not reach past the id that was asked for', async () => {
      using harness = open();
      const { records } = harness;
      const table = await openTable(harness, [{ name: 'n', type: 'integer' }]);
      const mine = await table.add({ n: 1 }, { ownerId: ANN });
      const other = await table.add({ n: 2 }, { ownerId: BOB });
      const owner = { op: 'owner', id: BOB } as const;
      const scope = {
        collectionId: table.collection.id,
        filter: { op: 'or', filters: [{ op: 'none' }, owner] },
      } as const;
      const merge = () => ({ n: 9 });
      const outside = { kind: 'outside' } as const;
      expect(records.find(scope, mine.id)).toBeUndefined();
      expect(await records.update(scope, mine.id, { merge })).toEqual(outside);
      expect(await records.delete(scope, mine.id)).toEqual(outside);
      expect(await table.list()).toEqual([mine, other]);
      expect(await records.delete(scope, other.id)).toEqual({ kind: 'done' });
      expect(await table.list()).toEqual([mine]);
    });

    test('an id that is taken is told apart from a value that is taken', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'isbn', type: 'string', unique: true }]);
      const { id } = await table.add({ isbn: 'x' });
      expect(await table.tryAdd({ isbn: 'y' }, { id })).toEqual({ kind: 'id_taken' });
      expect(await table.tryAdd({ isbn: 'x' })).toEqual({ kind: 'value_taken', fields: ['isbn'] });
      const second = await table.add({ isbn: 'y' });
      expect(
        await harness.records.update(table.all, second.id, { merge: () => ({ isbn: 'x' }) }),
      ).toEqual({
        kind: 'value_taken',
        fields: ['isbn'],
      });
      expect(harness.records.find(table.all, second.id)).toEqual(second);
      expect(await harness.records.count(table.all)).toBe(2);
    });

    test('unique compares exactly, to the last character, and ignores what has no value', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'u', type: 'string', unique: true }]);
      for (const u of ['', 'a', 'A', 'a ', 'ä', 'a\u0308', 'a\u0000b', 'a\u0000c'])
        await table.add({ u });
      await table.add({});
      await table.add({});
      expect((await table.tryAdd({ u: 'a\u0000c' })).kind).toBe('value_taken');
      expect(await harness.records.count(table.all)).toBe(10);
    });

    test('of 50 creates with the same unique value at once, one succeeds', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'n', type: 'integer', unique: true }]);
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => table.tryAdd({ n: 7 })));
      expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'value_taken')).toHaveLength(49);
      expect(await table.list()).toHaveLength(1);
      expect(await harness.records.count(table.all)).toBe(1);
    });

    test('200 updates at once lose nothing: each sees what the one before left', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'n', type: 'integer' }]);
      const { id } = await table.add({ n: 0 });
      const merge = (stored: object) => ({ n: (stored as { n: number }).n + 1 });
      await Promise.all(
        Array.from({ length: 200 }, () => harness.records.update(table.all, id, { merge })),
      );
      const found = harness.records.find(table.all, id);
      expect(found?.data).toBe('{"n":200}');
      expect(found?.rev).toBe(201);
    });

    test('of 20 changes that all want the same revision, one succeeds and 19 are stale', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'n', type: 'integer' }]);
      const { id } = await table.add({ n: 0 });
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          harness.records.update(table.all, id, { merge: () => ({ n }), ifRevisions: [1] }),
        ),
      );
      expect(outcomes.map(({ kind }) => kind)).toEqual(['done', ...Array(19).fill('stale')]);
      expect(await harness.records.delete(table.all, id, { ifRevisions: [1] })).toEqual({
        kind: 'stale',
      });
      expect(await harness.records.delete(table.all, id, { ifRevisions: [] })).toEqual({
        kind: 'stale',
      });
      expect(await harness.records.delete(table.all, id, { ifRevisions: [1, 2] })).toEqual({
        kind: 'done',
      });
      expect(await harness.records.delete(table.all, id)).toEqual({ kind: 'outside' });
    });

    test('data and merge that throw write nothing, and the error comes back as it is', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'n', type: 'integer' }]);
      const kept = await table.add({ n: 1 });
      const error = new Error('no');
      const fail = () => {
        throw error;
      };
      const insert = () =>
        harness.records.insert(table.collection.id, { id: newId(), ownerId: null, data: fail });
      const attempts = [
        thrownBy(insert),
        thrownBy(() => harness.records.update(table.all, kept.id, { merge: fail })),
        table.add({ n: 2 }),
      ];
      expect((await Promise.all(attempts)).slice(0, 2)).toEqual([error, error]);
      expect(await thrownBy(insert)).toBe(error);
      expect((await table.list()).map(({ data }) => data)).toEqual(['{"n":1}', '{"n":2}']);
      expect(await harness.records.count(table.all)).toBe(2);
    });

    test('created_at never goes back when the clock does, and updated_at neither', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'n', type: 'integer' }]);
      const first = await table.add({ n: 1 });
      harness.clock.ms -= 3_600_000;
      const second = await table.add({ n: 2 });
      expect(second.created_at).toBe(first.created_at);
      const changed = await harness.records.update(table.all, first.id, {
        merge: () => ({ n: 3 }),
      });
      expect(changed).toMatchObject({
        kind: 'done',
        record: { rev: 2, updated_at: first.updated_at },
      });
      harness.clock.ms += 3_600_001;
      const third = await table.add({ n: 4 });
      expect(third.created_at > second.created_at).toBe(true);
      expect((await table.list(table.all, by('-created_at'))).map(({ id }) => id)).toEqual([
        third.id,
        second.id,
        first.id,
      ]);
      const later = await harness.records.update(table.all, first.id, { merge: () => ({ n: 5 }) });
      expect(later).toMatchObject({
        record: { updated_at: new Date(harness.clock.ms).toISOString() },
      });
    });

    test('times of one collection do not push those of another', async () => {
      using harness = open();
      const one = await openTable(harness, [], 'one');
      const two = await openTable(harness, [], 'two');
      await one.add({});
      harness.clock.ms -= 1_000;
      expect((await two.add({})).created_at).toBe(new Date(harness.clock.ms).toISOString());
    });

    test('sorted, those without value stand last both ways', async () => {
      using harness = open();
      const table = await openTable(harness, [
        { name: 's', type: 'string' },
        { name: 'i', type: 'integer', index: true },
        { name: 'f', type: 'float' },
        { name: 'b', type: 'boolean' },
      ]);
      await table.add({});
      await table.add({ s: 'b', i: 2, f: 1e308, b: true });
      await table.add({ s: '', i: -9007199254740991, f: -0.5, b: false });
      await table.add({});
      const orders = {
        s: ['', 'b'],
        i: [-9007199254740991, 2],
        f: [-0.5, 1e308],
        b: [false, true],
      };
      for (const [field, values] of Object.entries(orders)) {
        expect(await table.values(field, by(field))).toEqual([...values, undefined, undefined]);
        expect(await table.values(field, by(`-${field}`))).toEqual([
          ...values.toReversed(),
          undefined,
          undefined,
        ]);
      }
      await table.add({ i: 1 }, { ownerId: ANN });
      expect((await table.list(table.all, by('owner_id')))[0]?.owner_id).toBe(ANN);
      expect((await table.list(table.all, by('-owner_id')))[0]?.owner_id).toBe(ANN);
    });

    test('text sorts by code point, numbers by size', async () => {
      using harness = open();
      const table = await openTable(harness, [
        { name: 's', type: 'string' },
        { name: 'n', type: 'float' },
      ]);
      // U+FFFD is one UTF-16 unit above the surrogates that make up the emoji.
      const texts = ['10', '9', 'Z', 'a', 'ä', '\uFFFD', '😀'];
      const numbers = [-1e308, -10, -9, -0.5, 0, 9, 10, 1e21];
      for (const s of texts.toReversed()) await table.add({ s });
      expect(await table.values('s', by('s'))).toEqual(texts);
      for (const n of numbers.toReversed()) await table.add({ n });
      expect((await table.values('n', by('n'))).slice(0, numbers.length)).toEqual(numbers);
    });

    test('ties keep one order, so that pages neither repeat nor skip a record', async () => {
      using harness = open();
      const table = await openTable(harness, [
        { name: 'n', type: 'integer', index: true },
        { name: 'm', type: 'integer' },
      ]);
      const ids: string[] = [];
      for (let n = 0; n < 30; n++) ids.push((await table.add({ n: n % 2, m: n % 3 })).id);
      for (const sort of [
        by('n'),
        by('-n'),
        by('n', '-m'),
        by('-m', 'n'),
        by('owner_id'),
        by('updated_at'),
        by('-updated_at'),
      ]) {
        const whole = (await table.list(table.all, sort)).map(({ id }) => id);
        const paged = await Promise.all(
          Array.from({ length: 5 }, (_, page) => table.list(table.all, sort, 7, page * 7)),
        );
        expect(paged.flat().map(({ id }) => id)).toEqual(whole);
        expect(whole.toSorted()).toEqual(ids.toSorted());
      }
      expect((await table.list(table.all, by('owner_id'))).map(({ id }) => id)).toEqual(ids);
      expect((await table.list(table.all, by('-owner_id'))).map(({ id }) => id)).toEqual(
        ids.toReversed(),
      );
    });

    test('a page past the end is empty', async () => {
      using harness = open();
      const table = await openTable(harness, []);
      await table.add({});
      expect(await table.list(table.all, by('id'), 10, 1)).toEqual([]);
      expect(await table.list(table.all, by('id'), 10, Number.MAX_SAFE_INTEGER)).toEqual([]);
    });

    test('a write to a collection that was deleted meanwhile is 404, not an inner error', async () => {
      using harness = open();
      const table = await openTable(harness, [{ name: 'n', type: 'integer' }]);
      const { id } = await table.add({ n: 1 });
      const results = await Promise.all([
        harness.collections.delete(table.collection.id, true),
        thrownBy(() => table.add({ n: 2 })),
        thrownBy(() => harness.records.update(table.all, id, { merge: () => ({ n: 2 }) })),
        thrownBy(() =>
          harness.records.delete({ collectionId: table.collection.id, filter: ALL }, id),
        ),
      ]);
      expect(results[0]).toMatchObject({ kind: 'deleted' });
      for (const error of results.slice(1)) expect(error).toMatchObject({ code: 'not_found' });
    });
  });
}
