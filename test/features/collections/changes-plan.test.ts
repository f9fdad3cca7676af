import { describe, expect, test } from 'bun:test';
import { SYSTEM } from '../../../src/core/actor.ts';
import { newId } from '../../../src/lib/ids.ts';
import { createOpenCollection, openDataApp, refusal } from '../records/data-app.ts';
import { openThings } from './things.ts';

const A = { name: 'a', type: 'int' };
const B = { name: 'b', type: 'str' };
type Things = Awaited<ReturnType<typeof openThings>>;

const plan = ({ app }: Things, body: object, force = false) =>
  app.collections.plan('things', body, force);
const planFields = (things: Things, fields: readonly object[], force = false) =>
  plan(things, { schema: { fields } }, force);

/** A plan in short: `kind effect count`, or with the field between. */
async function inShort(planned: ReturnType<typeof plan>) {
  const { changes, ...rest } = await planned;
  return {
    ...rest,
    changes: changes.map(({ kind, field, effect, count }) =>
      [kind, field, effect, count].filter((part) => part !== null).join(' '),
    ),
  };
}

describe('a plan', () => {
  const rows = [{ a: 1, b: 'x' }, { a: 2, b: 'x' }, {}];
  test.each([
    ['nothing', [A, B], [], {}],
    ['a field is added', [A, B, { name: 'c', type: 'int' }], ['add_field c safe 0'], {}],
    [
      'a field is added with a default',
      [A, B, { name: 'c', type: 'int', default: 1 }],
      ['add_field c rewrites 3'],
      { rewritten: 3, total: 3 },
    ],
    [
      'a required field is added',
      [A, B, { name: 'c', type: 'int', required: true }],
      ['add_field c blocked 3'],
      { total: 3, possible: false },
    ],
    [
      'a field goes',
      [A],
      ['drop_field b destroys 2'],
      { total: 3, rewritten: 2, needs_force: true, possible: false },
    ],
    [
      'a field gets another name',
      [{ ...A, name: 'n', was: 'a' }, B],
      ['rename_field n rewrites 2'],
      { total: 3, rewritten: 2 },
    ],
    [
      'a field gets another name and type',
      [{ name: 'n', type: 'str', was: 'a' }, B],
      ['rename_field n rewrites 2', 'change_field n rewrites 2'],
      { total: 3, rewritten: 2 },
    ],
    [
      'bounds narrow',
      [{ ...A, max: 1 }, B],
      ['change_field a destroys 1'],
      { total: 3, rewritten: 1, needs_force: true, possible: false },
    ],
    ['bounds that all values keep', [{ ...A, max: 2 }, B], ['change_field a safe 0'], { total: 3 }],
    [
      'a field becomes required',
      [{ ...A, required: true }, B],
      ['change_field a blocked 1'],
      { total: 3, possible: false },
    ],
    [
      'a field becomes required with a default, which fills it',
      [{ ...A, required: true, default: 7 }, B],
      ['change_field a rewrites 1'],
      { total: 3, rewritten: 1 },
    ],
    [
      'a field becomes required whose values do not fit',
      [{ ...A, required: true, max: 1 }, B],
      ['change_field a blocked 1', 'change_field a blocked 1'],
      { total: 3, possible: false },
    ],
    ['a field becomes unique', [{ ...A, unique: true }, B], ['add_index a safe 0'], {}],
    [
      'a field becomes unique over doubles',
      [A, { ...B, unique: true }],
      ['add_index b blocked 2'],
      { possible: false },
    ],
    ['an index', [{ ...A, index: true }, B], ['add_index a safe 0'], {}],
    ['a description', [{ ...A, description: 'x' }, B], ['change_field a safe 0'], {}],
    ['who may read', [{ ...A, read: 'admin' }, B], ['change_access a safe 0'], {}],
  ])('of %s', async (_name, after, changes, rest) => {
    using things = await openThings([A, B], rows);
    const before = things.snapshot();
    const found = await inShort(planFields(things, after));
    expect(things.snapshot()).toEqual(before);
    expect(found).toEqual({
      changes,
      rewritten: 0,
      total: 0,
      needs_force: false,
      possible: true,
      ...rest,
    });
    // What a plan says comes true.
    for (const force of [false, true]) {
      const { possible, rewritten } = await planFields(things, after, force);
      if (possible) {
        await things.change(after, force);
        expect(things.revisions().filter((rev) => rev > 1)).toHaveLength(rewritten);
        break;
      }
      expect((await refusal(() => things.change(after, force))).code).toBe('conflict');
      expect(things.snapshot()).toEqual(before);
    }
  });

  test('with force says that it is possible, and still that it destroys', async () => {
    using things = await openThings([A, B], [{ a: 1, b: 'x' }]);
    expect(await planFields(things, [A], true)).toMatchObject({
      possible: true,
      needs_force: true,
      changes: [
        {
          msg: 'b goes, and its values in 1 record are deleted.',
          records: [{ msg: 'b holds a value that would be deleted' }],
        },
      ],
    });
    expect(things.data()).toEqual([{ a: 1, b: 'x' }]);
  });

  test('names the first ten records in the way, and counts them all', async () => {
    using things = await openThings(
      [A],
      Array.from({ length: 12 }, (_, a) => ({ a })),
    );
    const ids = (things.dump() as { id: string }[]).map(({ id }) => id);
    const { changes } = await planFields(things, [{ ...A, min: 1, max: 10 }]);
    expect(changes).toMatchObject([
      {
        count: 2,
        msg: 'The values of a in 2 records do not fit and are deleted.',
        records: [
          { id: ids[0], msg: 'a must be at least 1, got 0' },
          { id: ids[11], msg: 'a must be at most 10, got 11' },
        ],
      },
    ]);
    const all = await planFields(things, []);
    expect(all.changes[0]?.count).toBe(12);
    expect(all.changes[0]?.records.map(({ id }) => id)).toEqual(ids.slice(0, 10));
  });

  test('of name, label, access and an index over several fields', async () => {
    using things = await openThings([A, B], [{ a: 1, b: 'x' }]);
    const body = {
      name: 'other',
      label: 'Others',
      options: { access: { list: 'admin' }, indexes: [{ fields: ['a', 'b'], unique: true }] },
    };
    const found = await plan(things, body);
    expect(found.changes.map(({ msg }) => msg)).toEqual([
      'things becomes other.',
      'The label becomes Others.',
      'Who may do what with the records changes.',
      'a, b must be unique from now on.',
    ]);
    expect(things.app.collections.find('other')).toBeUndefined();
  });

  test.each([
    [{ name: 'taken' }, 'conflict'],
    [{ name: 'users' }, 'invalid_input'],
    [{ schema: { fields: [{ name: 'a', type: 'nope' }] } }, 'invalid_input'],
  ])('of %p fails as the change itself would', async (body, code) => {
    using things = await openThings([A]);
    await createOpenCollection(things.app, 'taken', []);
    for (const act of [
      () => plan(things, body),
      () => things.app.collections.update(SYSTEM, 'things', body, false),
    ])
      expect(String((await refusal(act)).code)).toBe(code);
  });

  test('of a collection that is not there is 404', async () => {
    using app = openDataApp();
    expect((await refusal(() => app.collections.plan('none', {}, false))).code).toBe('not_found');
  });

  test('leaves no table behind, whatever it looked for', async () => {
    using things = await openThings([A], [{ a: 1 }, { a: 2 }]);
    await planFields(things, [{ ...A, type: 'str', unique: true }]);
    expect(things.db.query('SELECT * FROM temp.sqlite_schema').all()).toEqual([]);
  });
});

describe('the default "now"', () => {
  test('fills all stored records with the one time of the change', async () => {
    using things = await openThings([A], [{ a: 1 }, { a: 2 }]);
    await things.change([A, { name: 'at', type: 'datetime', default: 'now' }]);
    const { updated_at } = things.app.collections.get(SYSTEM, 'things');
    expect(things.data()).toEqual([
      { a: 1, at: updated_at },
      { a: 2, at: updated_at },
    ]);
  });
});

describe('collections that refer to each other', () => {
  const link = (collection: string) => ({ name: 'link', type: 'reference', collection });

  async function openLinked() {
    const things = await openThings([link('things')]);
    await createOpenCollection(things.app, 'comments', [link('things')]);
    return things;
  }
  const targetOf = ({ app }: Things, name: string) =>
    app.collections.get(SYSTEM, name).schema.fields[0]?.collection;

  test('follow a new name, live at once', async () => {
    using things = await openLinked();
    const { collections, records } = things.app;
    expect(await plan(things, { name: 'posts' })).toMatchObject({
      changes: [
        {
          kind: 'rename_collection',
          was: 'things',
          msg: 'things becomes posts; comments will refer to it by its new name.',
        },
      ],
    });
    await collections.update(SYSTEM, 'things', { name: 'posts' }, false);
    expect([targetOf(things, 'posts'), targetOf(things, 'comments')]).toEqual(['posts', 'posts']);
    const post = (await records.create(SYSTEM, 'posts', {})).record.id;
    await records.create(SYSTEM, 'comments', { link: post });
    expect((await refusal(() => records.create(SYSTEM, 'comments', { link: newId() }))).code).toBe(
      'invalid_input',
    );
  });

  test('a new name and a reference to itself by it come in one change', async () => {
    using things = await openLinked();
    const post = (await things.create({})).record.id;
    await things.create({ link: post });
    await things.app.collections.update(
      SYSTEM,
      'things',
      { name: 'posts', schema: { fields: [link('posts')] } },
      false,
    );
    expect(things.revisions()).toEqual([1, 1]);
  });

  test('one that others refer to cannot be deleted, and the error names their fields', async () => {
    using things = await openLinked();
    const { collections } = things.app;
    const error = await refusal(() => collections.delete(SYSTEM, 'things', 'things'));
    expect(error).toMatchObject({
      code: 'conflict',
      message: 'things cannot be deleted: comments.link refers to it. Drop that first.',
    });
    await collections.update(SYSTEM, 'comments', { schema: { fields: [] } }, false);
    await collections.delete(SYSTEM, 'things', undefined);
  });

  test('a reference that leads elsewhere now wants its values to exist there', async () => {
    using things = await openLinked();
    const { app } = things;
    await createOpenCollection(app, 'others', []);
    const { id } = (await things.create({})).record;
    await app.records.create(SYSTEM, 'comments', { link: id });
    const body = { schema: { fields: [link('others')] } };
    expect(
      (await refusal(() => app.collections.update(SYSTEM, 'comments', body, false))).code,
    ).toBe('conflict');
    await app.collections.update(SYSTEM, 'comments', body, true);
  });
});
