import type { Database } from 'bun:sqlite';
import { describe, expect, test } from 'bun:test';
import type { Collection, CompositeIndex } from '../../src/features/collections/schema.ts';
import { newId } from '../../src/lib/ids.ts';
import { closeFile, openFile } from '../../src/storage/sqlite/open-file.ts';
import {
  addMissing,
  createTable,
  dropObsolete,
  tableOf,
} from '../../src/storage/sqlite/record-table.ts';
import type { LooseField } from '../features/records/data-app.ts';
import { collectionOf, openTable } from './contract/harness.ts';
import { openStore } from './open-store.ts';

const TEXTS = ['a', 'b', 'c'].map((name) => ({ name, type: 'string' }));

function unique(...fields: readonly string[]): CompositeIndex {
  return { fields, unique: true };
}
function plain(...fields: readonly string[]): CompositeIndex {
  return { fields, unique: false };
}

/** What stands on the table: the columns of each index, unique ones marked. */
function indexesOn(db: Database, { id }: Collection): readonly string[] {
  return db
    .query<{ columns: string }, [string]>(
      `SELECT iif(l."unique", 'unique ', '') || (SELECT group_concat(name, ' ') FROM pragma_index_info(l.name)) AS columns
       FROM pragma_index_list(?) AS l WHERE l.origin = 'c' AND l.name NOT LIKE '%\\_\\_owner' ESCAPE '\\' ORDER BY 1`,
    )
    .all(tableOf(id))
    .map(({ columns }) => columns);
}

describe('an index over several fields', () => {
  test('that is unique takes their values together, and names all of them', async () => {
    using harness = openStore();
    const table = await openTable(harness, TEXTS, 'things', [unique('a', 'b')]);
    const first = await table.add({ a: 'x', b: 'y' });
    await table.add({ a: 'x', b: 'z' });
    await table.add({ a: 'y', b: 'x' });
    const taken = { kind: 'value_taken', fields: ['a', 'b'] } as const;
    expect(await table.tryAdd({ a: 'x', b: 'y', c: 'other' })).toEqual(taken);
    const other = await table.add({ a: 'q', b: 'y' });
    const merge = () => ({ a: 'x', b: 'y' });
    expect(await harness.records.update(table.all, other.id, { merge })).toEqual(taken);
    expect((await harness.records.update(table.all, first.id, { merge })).kind).toBe('done');
    expect(await harness.records.count(table.all)).toBe(4);
  });

  test('that is unique ignores records that lack one of the values', async () => {
    using harness = openStore();
    const table = await openTable(harness, TEXTS, 'things', [unique('a', 'b')]);
    for (const data of [{ a: 'x' }, { a: 'x' }, { b: 'y' }, { b: 'y' }, {}, {}, { a: '', b: '' }])
      await table.add(data);
    expect((await table.tryAdd({ a: '', b: '' })).kind).toBe('value_taken');
  });

  test('that is unique lets in one of 50 that come at once', async () => {
    using harness = openStore();
    const table = await openTable(harness, TEXTS, 'things', [unique('b', 'a')]);
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => table.tryAdd({ a: 'x', b: 'y' })),
    );
    expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(1);
    expect(outcomes.at(-1)).toEqual({ kind: 'value_taken', fields: ['b', 'a'] });
  });

  test('has a name of its own, whatever underscores are in those of the fields', async () => {
    using harness = openStore();
    const long = `x${'_'.repeat(62)}`;
    const names = ['a', 'a_', 'a__b', 'b', '_b'.slice(1), 'b_c', 'c', 'owner', long];
    const fields = [...new Set(names)].map((name) => ({ name, type: 'string', index: true }));
    const indexes = [
      plain('a', 'b_c'),
      plain('a', 'b'),
      plain('b', 'a'),
      plain('a_', 'b'),
      unique('a__b', 'c'),
      plain('a', 'b', 'c'),
      plain('owner', 'c'),
      plain('owner'),
      unique(...[...new Set(names)].reverse()),
    ];
    const table = await openTable(harness, fields, 'things', indexes);
    expect(indexesOn(harness.db, table.collection)).toHaveLength(fields.length + indexes.length);
    await harness.collections.delete(table.collection.id, true);
    await openTable(harness, fields, 'things', indexes);
  });

  test('is used to find and to sort', async () => {
    using harness = openStore();
    const { collection } = await openTable(harness, TEXTS, 'things', [plain('a', 'b')]);
    const [step, ...more] = harness.db
      .query<{ detail: string }, []>(
        `EXPLAIN QUERY PLAN SELECT id FROM ${tableOf(collection.id)} WHERE f_a = 'x' ORDER BY f_b, seq`,
      )
      .all();
    expect(step?.detail).toContain('USING INDEX');
    expect(more).toEqual([]);
  });
});

describe('when a definition changes', () => {
  /** A table alone, without a store around it. */
  function openChanging(fields: readonly LooseField[], indexes?: readonly CompositeIndex[]) {
    const db = openFile(':memory:');
    let current = collectionOf('things', fields, indexes);
    createTable(db, current);
    const table = tableOf(current.id);
    return {
      db,
      indexes: () => indexesOn(db, current),
      add: (data: Readonly<Record<string, string>>) =>
        db
          .query(`INSERT INTO ${table} (id, data, created_at, updated_at) VALUES (?, ?, '', '')`)
          .run(newId(), JSON.stringify(data)),
      rows: (columns: string) => db.query(`SELECT ${columns} FROM ${table} ORDER BY seq`).all(),
      change(
        fields: readonly LooseField[],
        indexes?: readonly CompositeIndex[],
        newData?: (table: string) => string,
      ) {
        const after = { ...collectionOf('things', fields, indexes), id: current.id };
        const change = { before: current, after, isRewritten: newData !== undefined };
        db.transaction(() => {
          dropObsolete(db, change);
          if (newData) db.run(`UPDATE ${table} SET data = ${newData(table)}`);
          addMissing(db, change);
        })();
        current = after;
      },
      [Symbol.dispose]: () => closeFile(db, ':memory:'),
    };
  }

  test('indexes over several fields come, change and go with it', () => {
    using things = openChanging(TEXTS);
    expect(things.indexes()).toEqual([]);
    const steps: readonly (readonly [readonly CompositeIndex[] | undefined, string[]])[] = [
      [[plain('a', 'b')], ['f_a f_b']],
      [[unique('a', 'b')], ['unique f_a f_b']],
      [
        [plain('a', 'b'), plain('b', 'a')],
        ['f_a f_b', 'f_b f_a'],
      ],
      [
        [plain('b', 'a'), unique('a', 'c')],
        ['f_b f_a', 'unique f_a f_c'],
      ],
      [
        [unique('a', 'c'), plain('b', 'a')],
        ['f_b f_a', 'unique f_a f_c'],
      ],
      [undefined, []],
    ];
    for (const [indexes, found] of steps) {
      things.change(TEXTS, indexes);
      expect(things.indexes()).toEqual(found);
    }
  });

  test('an index that stays is not built anew', () => {
    using things = openChanging(TEXTS, [plain('a', 'b'), unique('b', 'c')]);
    const pages = () =>
      things.db
        .query("SELECT name, rootpage FROM sqlite_schema WHERE type = 'index' ORDER BY 1")
        .all();
    const before = pages();
    things.add({ a: 'x', b: 'y' });
    things.change([...TEXTS, { name: 'd', type: 'string' }], [unique('b', 'c'), plain('a', 'b')]);
    expect(pages()).toEqual(before);
  });

  test('a column goes although an index stood on it, and comes with another type', () => {
    using things = openChanging(TEXTS, [unique('a', 'b'), plain('b', 'c')]);
    things.add({ a: 'x', b: '1', c: 'z' });
    const [, b = {}, c = {}] = TEXTS;
    things.change([b, c], [plain('b', 'c')]);
    expect(things.indexes()).toEqual(['f_b f_c']);
    things.change(
      [{ name: 'b', type: 'integer' }, c],
      [plain('b', 'c')],
      () => "json_set(data, '$.b', 1)",
    );
    expect(things.indexes()).toEqual(['f_b f_c']);
    expect(things.rows('f_b, f_c')).toEqual([{ f_b: 1, f_c: 'z' }]);
  });

  test('values that are unique together may cross on their way', () => {
    using things = openChanging(TEXTS, [unique('a', 'b')]);
    things.add({ a: 'x', b: 'y' });
    things.add({ a: 'y', b: 'x' });
    things.change(TEXTS, [unique('a', 'b')], () => "json_object('a', f_b, 'b', f_a)");
    expect(things.rows('f_a, f_b')).toEqual([
      { f_a: 'y', f_b: 'x' },
      { f_a: 'x', f_b: 'y' },
    ]);
    expect(() => things.add({ a: 'x', b: 'y' })).toThrow('UNIQUE');
  });

  test('doubles of several values keep it as it was; what lacks one of them is none', () => {
    using things = openChanging(TEXTS, [plain('a', 'b')]);
    for (const data of [{ a: 'x' }, { a: 'x' }, { a: 'x', b: 'z' }, { a: 'y', b: 'z' }])
      things.add(data);
    things.change(TEXTS, [unique('a', 'b')]);
    things.change(TEXTS, [plain('a', 'b')]);
    things.add({ a: 'y', b: 'z' });
    expect(() => things.change(TEXTS, [unique('a', 'b')])).toThrow('UNIQUE');
    expect(things.indexes()).toEqual(['f_a f_b']);
  });

  test('a text that becomes a reference gets its index, and loses it with the reference', () => {
    using things = openChanging([{ name: 'to', type: 'string' }]);
    expect(things.indexes()).toEqual([]);
    const reference = { name: 'to', type: 'reference', collection: 'things' };
    things.change([reference]);
    expect(things.indexes()).toEqual(['f_to']);
    things.change([{ ...reference, index: true }]);
    things.change([{ ...reference, unique: true }]);
    expect(things.indexes()).toEqual(['unique f_to']);
    things.change([{ name: 'to', type: 'string' }]);
    expect(things.indexes()).toEqual([]);
  });

  test('a renamed collection takes its view along', () => {
    using things = openChanging(TEXTS);
    const before = collectionOf('other', TEXTS);
    createTable(things.db, before);
    const after = { ...before, name: 'renamed' };
    dropObsolete(things.db, { before, after, isRewritten: false });
    addMissing(things.db, { before, after, isRewritten: false });
    const views = things.db
      .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY 1")
      .all();
    expect(views.map(({ name }) => name)).toEqual(['records_renamed', 'records_things']);
  });
});

test('every type that a column can stand for has one that holds what was written', async () => {
  using harness = openStore();
  const values = {
    string: 'text',
    integer: 7,
    float: 0.5,
    boolean: true,
    date: '2030-01-31',
    datetime: '2030-01-31T12:00:00.000Z',
    email: 'ann@example.com',
    url: 'https://example.com/?a=b',
    uuid: '018f0000-0000-7000-8000-00000000000a',
  };
  const fields = Object.keys(values).map((type) => ({ name: `a_${type}`, type, index: true }));
  const table = await openTable(harness, fields);
  const data = Object.entries(values).map(([type, value]) => [`a_${type}`, value] as const);
  await table.add(Object.fromEntries(data));
  const row = harness.db.query(`SELECT * FROM ${tableOf(table.collection.id)}`).get();
  expect(row).toMatchObject(
    Object.fromEntries(data.map(([name, value]) => [`f_${name}`, value === true ? 1 : value])),
  );
});
