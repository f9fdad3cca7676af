import { describe, expect, test } from 'bun:test';
import { SYSTEM } from '../../../src/core/actor.ts';
import { createOpenCollection, fieldsOf, openDataApp, refusal } from '../records/data-app.ts';
import { openThings } from './things.ts';

const A = { name: 'a', type: 'int' };
const B = { name: 'b', type: 'str' };

describe('changes that touch no row', () => {
  test.each([
    ['an optional field is added', [A], [A, B]],
    ['a field becomes optional', [{ ...A, required: true }], [A]],
    ['bounds widen', [{ ...A, min: 0, max: 9 }], [{ ...A, min: -1, max: 10 }]],
    ['bounds go', [{ ...A, min: 0, max: 9, enum: [1] }], [A]],
    ['a list of allowed values grows', [{ ...A, enum: [1] }], [{ ...A, enum: [2, 1] }]],
    [
      'a description, an index and the order of fields change',
      [A, B],
      [B, { ...A, index: true, description: 'x' }],
    ],
    ['nothing at all', [A], [A]],
  ])('%s', async (_name, before, after) => {
    using things = await openThings(before, [{ a: 1 }, { a: 1 }]);
    const rows = things.dump();
    await things.change(after);
    expect(things.dump()).toEqual(rows);
    expect((await things.create({ a: 1 })).record.rev).toBe(1);
  });

  test('label, access and name change without a look at a row, and the name is live at once', async () => {
    using things = await openThings([A], [{ a: 1 }]);
    const { collections, records } = things.app;
    const rows = things.dump();
    await collections.update(
      SYSTEM,
      'things',
      { name: 'other', label: 'L', options: { access: { list: 'admin' } } },
      false,
    );
    expect(things.dump()).toEqual(rows);
    expect(collections.find('things')).toBeUndefined();
    expect(collections.get(SYSTEM, 'other')).toMatchObject({
      name: 'other',
      label: 'L',
      options: { access: { list: 'admin', read: 'public' } },
    });
    expect(await records.count(SYSTEM, 'other')).toBe(1);
    expect(things.db.query('SELECT a.f_a AS a FROM records_other AS a').all()).toEqual([{ a: 1 }]);
    expect((await refusal(() => records.count(SYSTEM, 'things'))).code).toBe('not_found');
  });
});

describe('a default', () => {
  test('of a new field fills stored rows, of a required one too', async () => {
    using things = await openThings([A], [{ a: 1 }, {}]);
    await things.change([
      A,
      { ...B, default: 'x', required: true },
      { name: 'l', type: 'list', default: [] },
    ]);
    expect(things.data()).toEqual([
      { a: 1, b: 'x', l: [] },
      { b: 'x', l: [] },
    ]);
    expect(things.revisions()).toEqual([2, 2]);
  });

  test('fills a new field called constructor, which every JavaScript object inherits', async () => {
    using things = await openThings([A], [{ a: 1 }]);
    await things.change([A, { name: 'constructor', type: 'str', default: 'x' }]);
    expect(things.data()).toEqual([{ a: 1, constructor: 'x' }]);
  });

  test('a stored row without value for a field called constructor is no offender', async () => {
    using things = await openThings([A, { name: 'constructor', type: 'str' }], [{ a: 1 }]);
    await things.change([A, { name: 'constructor', type: 'str', max_length: 3 }]);
    expect(things.data()).toEqual([{ a: 1 }]);
  });

  test('that would make a unique field double is refused, and nothing is filled', async () => {
    using things = await openThings([A], [{}, {}]);
    const before = things.snapshot();
    const error = await refusal(() =>
      things.change([A, { ...B, unique: true, default: 'x' }], true),
    );
    expect(error).toMatchObject({ code: 'conflict' });
    expect(error.message).toContain('b cannot be unique');
    expect(things.snapshot()).toEqual(before);
  });
});

describe('renaming with was', () => {
  test('moves the values, and was is not stored', async () => {
    using things = await openThings([A, B], [{ a: 1, b: 'x' }, { b: 'y' }]);
    await things.change([{ name: 'n', type: 'int', was: 'a' }, B]);
    expect(things.data()).toEqual([{ n: 1, b: 'x' }, { b: 'y' }]);
    expect(fieldsOf(things.app, 'things')).toEqual([
      { name: 'n', type: 'integer' },
      { name: 'b', type: 'string' },
    ]);
    expect(things.db.query(`SELECT f_n AS n FROM ${things.table}`).all()).toEqual([
      { n: 1 },
      { n: null },
    ]);
  });

  test('may swap two names', async () => {
    using things = await openThings([A, { name: 'z', type: 'int' }], [{ a: 1, z: 2 }, { a: 3 }]);
    await things.change([
      { name: 'z', type: 'int', was: 'a' },
      { name: 'a', type: 'int', was: 'z' },
    ]);
    expect(things.data()).toEqual([{ z: 1, a: 2 }, { z: 3 }]);
  });

  test('may swap two unique names, though the values cross on the way', async () => {
    const unique = (name: string, rest = {}) => ({ name, type: 'int', unique: true, ...rest });
    using things = await openThings(
      [unique('a'), unique('z')],
      [
        { a: 1, z: 2 },
        { a: 2, z: 1 },
      ],
    );
    await things.change([unique('z', { was: 'a' }), unique('a', { was: 'z' })]);
    expect(things.data()).toEqual([
      { z: 1, a: 2 },
      { z: 2, a: 1 },
    ]);
    expect((await refusal(() => things.create({ a: 1 }))).message).toContain('a');
  });

  test('keeps the index and what it enforces', async () => {
    using things = await openThings([{ ...A, unique: true }], [{ a: 1 }]);
    await things.change([{ name: 'n', type: 'int', unique: true, was: 'a' }]);
    expect(things.indexes()).toEqual({ n: true });
    expect((await refusal(() => things.create({ n: 1 }))).message).toContain('value of n');
  });

  test.each([
    ['a field that is not there', [{ name: 'n', type: 'int', was: 'nope' }, A], 0],
    [
      'one field twice',
      [
        { name: 'n', type: 'int', was: 'a' },
        { name: 'm', type: 'int', was: 'a' },
      ],
      1,
    ],
    ['a field that stays: that would be a copy', [A, { name: 'n', type: 'int', was: 'a' }], 1],
  ])('of %s is refused at its exact path', async (_name, after, index) => {
    using things = await openThings([A], [{ a: 1 }]);
    const before = things.snapshot();
    const error = await refusal(() => things.change(after, true));
    expect(error.faults?.map(({ loc }) => loc)).toEqual([
      ['body', 'schema', 'fields', index, 'was'],
    ]);
    expect(things.snapshot()).toEqual(before);
  });

  test('makes no sense in a new collection', async () => {
    using app = openDataApp();
    const error = await refusal(() => createOpenCollection(app, 'x', [{ ...A, was: 'b' }]));
    expect(error.faults?.map(({ loc }) => loc.slice(0, 2))).toEqual([['body', 'schema']]);
  });
});

describe('a drop', () => {
  const rows = Array.from({ length: 12 }, (_, n) => (n === 3 ? { a: n } : { a: n, b: `${n}` }));

  test('of values is refused with their count and the first ten records', async () => {
    using things = await openThings([A, B], rows);
    const before = things.snapshot();
    const error = await refusal(() => things.change([A]));
    expect(error.code).toBe('conflict');
    expect(error.message).toStartWith('11 stored records do not fit');
    const ids = (before.rows as { id: string }[]).map(({ id }) => id);
    expect(ids.filter((id) => error.message.includes(id))).toEqual(
      ids.filter((_id, n) => n !== 3 && n < 11),
    );
    expect(error.message).toContain('force=true');
    expect(things.snapshot()).toEqual(before);
  });

  test('with force deletes the values and their column; the same name can come back empty', async () => {
    using things = await openThings([A, { ...B, index: true }], rows);
    await things.change([A], true);
    expect(things.data()).toEqual(rows.map(({ a }) => ({ a })));
    expect(things.indexes()).toEqual({});
    await things.change([A, { ...B, type: 'int' }]);
    expect(things.data()[0]).toEqual({ a: 0 });
  });

  test('of a field that no record has a value for needs no force', async () => {
    using things = await openThings([A, B], [{ a: 1 }]);
    await things.change([A]);
    expect(things.revisions()).toEqual([1]);
  });
});

describe('narrowing', () => {
  test.each([
    ['a smaller bound', A, { ...A, max: 5 }, { a: 6 }, { a: 5 }],
    ['a pattern', B, { ...B, pattern: '^x' }, { b: 'ax' }, { b: 'x' }],
    ['fewer allowed values', { ...A, enum: [1, 2] }, { ...A, enum: [1] }, { a: 2 }, { a: 1 }],
    ['another type', { ...A, type: 'bool' }, { ...A, type: 'int' }, { a: true }, {}],
    ['a whole number for any number', { ...A, type: 'float' }, A, { a: 1.5 }, { a: 1 }],
    [
      'items of a list',
      { ...A, type: 'list' },
      { ...A, type: 'list[int]' },
      { a: ['x'] },
      { a: [1] },
    ],
    [
      'a dict that closes',
      { ...A, type: 'dict' },
      { ...A, type: 'dict', additional: false },
      { a: { x: 1 } },
      { a: {} },
    ],
    [
      'unique items',
      { ...A, type: 'list' },
      { ...A, type: 'list', unique_items: true },
      { a: [1, 1] },
      { a: [1] },
    ],
  ])(
    '%s is refused where values do not fit; force clears those, and only those',
    async (_name, from, to, bad, good) => {
      using things = await openThings([from], [bad, good]);
      const before = things.snapshot();
      expect((await refusal(() => things.change([to]))).message).toStartWith(
        '1 stored record does',
      );
      expect(things.snapshot()).toEqual(before);
      await things.change([to], true);
      expect(things.data()).toEqual([{}, good]);
      expect(things.revisions()).toEqual([2, 1]);
    },
  );

  test('integers become floats without a touch', async () => {
    using things = await openThings([{ ...A, index: true }], [{ a: 2 }, { a: 1 }]);
    await things.change([{ ...A, type: 'float', index: true }]);
    expect(things.revisions()).toEqual([1, 1]);
    await things.create({ a: 1.5 });
    expect(
      JSON.parse(await things.app.records.list(SYSTEM, 'things', { sort: 'a' })).items.map(
        (item: { data: { a: number } }) => item.data.a,
      ),
    ).toEqual([1, 1.5, 2]);
  });

  test('required without a value stays 409 with force, and force says so', async () => {
    using things = await openThings([A, B], [{ a: 1 }, { b: 'x' }]);
    const before = things.snapshot();
    for (const after of [
      [A, { ...B, required: true }],
      [A, B, { name: 'c', type: 'int', required: true }],
    ])
      for (const force of [false, true]) {
        const error = await refusal(() => things.change(after, force));
        expect(error.code).toBe('conflict');
        expect(error.message).toContain('is required and has no value');
        if (force) expect(error.message).toContain('force cannot help');
        expect(things.snapshot()).toEqual(before);
      }
  });

  test('a required value that does not fit is not cleared by force', async () => {
    using things = await openThings([{ ...A, required: true }], [{ a: 9 }]);
    expect(
      (await refusal(() => things.change([{ ...A, required: true, max: 5 }], true))).code,
    ).toBe('conflict');
    expect(things.data()).toEqual([{ a: 9 }]);
  });
});
