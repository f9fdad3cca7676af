import { describe, expect, test } from 'bun:test';
import { SYSTEM } from '../../../src/core/actor.ts';
import {
  createOpenCollection,
  openDataApp,
  refusal,
  temporaryFolder,
} from '../records/data-app.ts';
import { openThings } from './things.ts';

const A = { name: 'a', type: 'int' };
const B = { name: 'b', type: 'str' };

describe('indexes', () => {
  test('are made and dropped as the fields say', async () => {
    using things = await openThings([A, B], [{ a: 1, b: 'x' }]);
    expect(things.indexes()).toEqual({});
    await things.change([
      { ...A, index: true },
      { ...B, unique: true },
    ]);
    expect(things.indexes()).toEqual({ a: false, b: true });
    await things.change([
      { ...A, unique: true },
      { ...B, index: true },
    ]);
    expect(things.indexes()).toEqual({ a: true, b: false });
    await things.change([A, { ...B, unique: false, index: false }]);
    expect(things.indexes()).toEqual({});
  });

  test('serve lists sorted by their field, with nulls last and either way', async () => {
    using things = await openThings([{ ...A, index: true }], [{ a: 1 }]);
    for (const order of ['ASC', 'DESC']) {
      const plan = things.db
        .query<{ detail: string }, []>(
          `EXPLAIN QUERY PLAN SELECT id FROM ${things.table} WHERE 1 ORDER BY f_a ${order} NULLS LAST, seq ${order} LIMIT 5`,
        )
        .all();
      expect(plan.map(({ detail }) => detail).join()).toContain(`${things.table}_a`);
    }
  });

  test('unique over doubles is 409, also with force, and names the field', async () => {
    using things = await openThings([A, B], [{ a: 1, b: 'x' }, { a: 1, b: 'y' }, { a: 1 }]);
    const before = things.snapshot();
    for (const force of [false, true]) {
      const error = await refusal(() =>
        things.change(
          [
            { ...A, unique: true },
            { ...B, unique: true },
          ],
          force,
        ),
      );
      expect(error.code).toBe('conflict');
      expect(error.message).toContain('a cannot be unique');
      expect(things.snapshot()).toEqual(before);
    }
    await things.create({ a: 1 });
  });

  test('unique over doubles tells how many and which, as every refusal does', async () => {
    using things = await openThings([A], [{ a: 1 }, { a: 1 }, { a: 2 }]);
    const [first, second, third] = (things.dump() as { id: string }[]).map(({ id }) => id);
    const { message } = await refusal(() => things.change([{ ...A, unique: true }]));
    expect([first, second, third].map((id) => message.includes(String(id)))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('of two writes of one value at once against a fresh unique index, one succeeds', async () => {
    using things = await openThings([A]);
    const changing = things.change([{ ...A, unique: true }]);
    await Promise.resolve();
    const outcomes = await Promise.allSettled([
      changing,
      things.create({ a: 1 }),
      things.create({ a: 1 }),
    ]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(things.data()).toEqual([{ a: 1 }]);
  });
});

describe('at once', () => {
  test('two changes run one after another, the second on what the first left', async () => {
    using things = await openThings([A], [{ a: 1 }]);
    const { collections } = things.app;
    await Promise.all([
      things.change([A, { ...B, default: 'x' }]),
      collections.update(SYSTEM, 'things', { label: 'second' }, false),
    ]);
    expect(collections.get(SYSTEM, 'things')).toMatchObject({
      label: 'second',
      schema: { fields: [{ name: 'a' }, { name: 'b' }] },
    });
    expect(things.data()).toEqual([{ a: 1, b: 'x' }]);
  });

  test('a change that fails does not stop the one behind it', async () => {
    using things = await openThings([A], [{ a: 1 }]);
    const outcomes = await Promise.allSettled([
      things.change([]),
      things.change([{ ...A, type: 'nope' }]),
      things.change([A, B]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  test('two collections of one name: one is made', async () => {
    using app = openDataApp();
    const outcomes = await Promise.allSettled([
      createOpenCollection(app, 'x', []),
      createOpenCollection(app, 'x', []),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'conflict' } });
  });

  test('two changes within one millisecond are both live', async () => {
    using app = openDataApp({ clock: { now: () => Date.UTC(2030, 0, 1) } });
    await createOpenCollection(app, 'x', [A]);
    for (const label of ['one', 'two', 'three']) {
      await app.collections.update(SYSTEM, 'x', { label }, false);
      expect(app.collections.get(SYSTEM, 'x').label).toBe(label);
    }
  });

  test('records written while a change waits are validated by the new schema', async () => {
    using things = await openThings([A, B], [{ a: 1 }]);
    const { records } = things.app;
    const [{ id }] = things.dump() as [{ id: string }];
    const changing = things.change([
      { ...A, max: 5 },
      { ...B, default: 'new' },
    ]);
    await Promise.resolve();
    const writes = await Promise.allSettled([
      things.create({ a: 6 }),
      records.update(SYSTEM, 'things', id, { a: 7 }),
      things.create({ a: 5 }),
      records.update(SYSTEM, 'things', id, { a: 4 }),
    ]);
    await changing;
    expect(writes.map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(writes[0]).toMatchObject({
      reason: { code: 'invalid_input', faults: [{ loc: ['body', 'a'] }] },
    });
    expect(writes[1]).toMatchObject({ reason: { code: 'invalid_input' } });
    expect(things.data()).toEqual([{ a: 4 }, { a: 5, b: 'new' }]);
  });

  test('records written while their field is dropped or renamed are refused, not stored beside the schema', async () => {
    using things = await openThings([A, B]);
    const changing = things.change([{ name: 'n', type: 'int', was: 'a' }], true);
    await Promise.resolve();
    const writes = await Promise.allSettled([
      things.create({ a: 1 }),
      things.create({ b: 'x' }),
      things.create({}),
    ]);
    await changing;
    expect(writes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(things.data()).toEqual([{}]);
  });

  test('a write that waits behind a change when the server stops is validated by the new schema too', async () => {
    using folder = temporaryFolder();
    const path = folder.file('x.db');
    const app = openDataApp({ path });
    await createOpenCollection(app, 'things', [A]);
    const changing = app.collections.update(
      SYSTEM,
      'things',
      { schema: { fields: [{ ...A, max: 5 }] } },
      false,
    );
    await Promise.resolve();
    const writing = app.records.create(SYSTEM, 'things', { a: 6 });
    const settled = Promise.allSettled([changing, writing]);
    app.close();
    await settled;
    using again = openDataApp({ path });
    expect(again.collections.get(SYSTEM, 'things').schema.fields).toMatchObject([{ max: 5 }]);
    expect(JSON.parse(await again.records.list(SYSTEM, 'things', {})).items).toEqual([]);
  });
});

describe('names of collections', () => {
  test.each([
    'users',
    'tb_x',
    'tb_',
    'A',
    '',
    '1a',
    'a-b',
    'a'.repeat(64),
    'a\n',
    "a'; DROP TABLE user; --",
  ])('%p is refused, on create and on a change', async (name) => {
    using things = await openThings([]);
    for (const act of [
      () => things.app.collections.create(SYSTEM, { name, schema: { fields: [] } }),
      () => things.app.collections.update(SYSTEM, 'things', { name }, false),
    ])
      expect((await refusal(act)).faults).toMatchObject([{ loc: ['body', 'name'] }]);
  });

  test('a name that another has is 409, and both stay', async () => {
    using things = await openThings([]);
    await createOpenCollection(things.app, 'other', []);
    const error = await refusal(() =>
      things.app.collections.update(SYSTEM, 'things', { name: 'other' }, false),
    );
    expect(error).toMatchObject({
      code: 'conflict',
      message: 'A collection named other exists already.',
    });
    expect(things.app.collections.list(SYSTEM).map(({ name }) => name)).toEqual([
      'other',
      'things',
    ]);
  });

  test('two names may be exchanged by way of a third, the views with them', async () => {
    using things = await openThings([A], [{ a: 1 }]);
    const { collections } = things.app;
    await createOpenCollection(things.app, 'other', [B]);
    for (const [from, to] of [
      ['things', 'third'],
      ['other', 'things'],
      ['third', 'other'],
    ] as const)
      await collections.update(SYSTEM, from, { name: to }, false);
    expect(things.db.query('SELECT f_a AS a FROM records_other').all()).toEqual([{ a: 1 }]);
    expect(things.db.query('SELECT f_b FROM records_things').all()).toEqual([]);
  });

  test('all faults of a body come at once', async () => {
    using app = openDataApp();
    const error = await refusal(() =>
      app.collections.create(SYSTEM, {
        name: 'tb_x',
        schema: { fields: [{ name: 'a', type: 'x' }] },
        options: { access: { list: 'all' } },
      }),
    );
    expect(error.faults?.map(({ loc }) => loc.join('.'))).toEqual([
      'body.name',
      'body.schema.fields.0.type',
      'body.options.access.list',
    ]);
  });
});

describe('deleting a collection', () => {
  test('with records wants its name again, and says how many there are', async () => {
    using things = await openThings([A], [{}, {}]);
    const { collections } = things.app;
    for (const confirm of [undefined, '', 'Things', 'true']) {
      const error = await refusal(() => collections.delete(SYSTEM, 'things', confirm));
      expect(error.code).toBe('conflict');
      expect(error.message).toContain('2 records');
    }
    expect(things.dump()).toHaveLength(2);
    await collections.delete(SYSTEM, 'things', 'things');
    expect((await refusal(() => collections.delete(SYSTEM, 'things', 'things'))).code).toBe(
      'not_found',
    );
    expect(
      things.db
        .query(
          "SELECT name FROM sqlite_schema WHERE name LIKE 'r\\_%' ESCAPE '\\' OR name LIKE 'records%'",
        )
        .all(),
    ).toEqual([]);
  });

  test('without records needs no confirmation', async () => {
    using things = await openThings([A]);
    await things.app.collections.delete(SYSTEM, 'things', undefined);
    expect(things.app.collections.list(SYSTEM)).toEqual([]);
  });
});
