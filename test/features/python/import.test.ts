import { Database } from 'bun:sqlite';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { ourId, pythonId } from '../../support/python-file.ts';
import { createPythonFolder } from './python-app.ts';

const HASH = '$2b$04$abcdefghijklmnopqrstuuFkqCYl1sZhFcdBXBznR1I2LdekaY3XO';

const folder = createPythonFolder();
afterAll(() => folder[Symbol.dispose]());

type Ours = Awaited<ReturnType<typeof folder.ours>>;

/** What the database holds of a collection, past all services. */
function rowsOf(path: string, collection: string) {
  const db = new Database(path, { readonly: true });
  const rows = db
    .query<{ id: string; owner_id: string | null; data: string; created_at: string }, []>(
      `SELECT id, owner_id, data, created_at FROM records_${collection} ORDER BY seq`,
    )
    .all()
    .map(({ data, ...row }) => ({ ...row, data: JSON.parse(data) }));
  db.close();
  return rows;
}
function definitionOf(path: string, collection: string) {
  const db = new Database(path, { readonly: true });
  const row = db
    .query<{ schema: string; options: string }, [string]>(
      'SELECT schema, options FROM collection WHERE name = ?',
    )
    .get(collection);
  db.close();
  return {
    fields: JSON.parse(row?.schema ?? '{"fields":[]}').fields as { name: string }[],
    access: JSON.parse(row?.options ?? '{}').access,
  };
}

/** Brings one collection and answers what became of its fields. */
async function bringFields(fields: readonly object[], records: readonly object[] = []) {
  const ours = await folder.ours();
  const path = folder.old((old) => {
    const posts = old.collection('posts', fields);
    for (const data of records) old.record(posts, data);
  });
  const report = await ours.bring(path);
  await ours.stop();
  expect(report.faults).toEqual([]);
  const definition = definitionOf(ours.path, 'posts');
  const notes = report.collections[0]?.notes ?? [];
  return { ...definition, notes, rows: rowsOf(ours.path, 'posts').map(({ data }) => data) };
}

describe('fields', () => {
  test('types get our names, and constraints come along', async () => {
    const { fields } = await bringFields([
      { name: 'title', type: 'string', required: true, max_length: 200, pattern: '^[A-Z]' },
      { name: 'published', type: 'boolean', required: false, default: false },
      { name: 'tags', type: 'list[string]', required: false, default: [], max_length: 5 },
      { name: 'rating', type: 'int', min: 0, max: 5 },
      { name: 'price', type: 'number', description: 'in Euro', unique: true },
      { name: 'more', type: 'object' },
      { name: 'all', type: 'array' },
    ]);
    expect(fields).toEqual([
      {
        name: 'title',
        type: 'string',
        min_length: undefined,
        max_length: 200,
        pattern: '^[A-Z]',
        required: true,
      },
      { name: 'published', type: 'boolean', default: false },
      { name: 'tags', type: 'list', items: { type: 'string' }, max_items: 5, default: [] },
      { name: 'rating', type: 'integer', min: 0, max: 5 },
      { name: 'price', type: 'float', description: 'in Euro', unique: true },
      { name: 'more', type: 'dict', default: {} },
      { name: 'all', type: 'list', default: [] },
    ] as never);
  });

  test('what never fitted its type is left out, each with a line that says so', async () => {
    const { fields, notes } = await bringFields([
      { name: 'n', type: 'int', max_length: 3, default: 'many', label: 'N' },
      { name: 'p', type: 'string', pattern: '(?=a)b' },
      { name: 'strange', type: 'money' },
      { name: 'title', type: 'int' },
      { name: 'title', type: 'string' },
    ]);
    expect(fields).toEqual([
      { name: 'n', type: 'integer' },
      { name: 'p', type: 'string' },
      { name: 'strange', type: 'string' },
      { name: 'title', type: 'string' },
    ] as never);
    for (const word of [
      'n: max_length',
      'n: default',
      'n: "label"',
      'p: pattern',
      'strange: the type "money"',
      'title was there twice',
    ])
      expect(notes.join('\n')).toContain(word);
  });

  test('a date becomes a day, a moment or a text, as its values are', async () => {
    const dates = ['day', 'moment', 'mixed', 'none'].map((name) => ({ name, type: 'date' }));
    const { fields, rows } = await bringFields(dates, [
      { day: '2024-05-06', moment: '2024-05-06T07:08:09', mixed: 'soon' },
      { day: '2024-05-07', moment: '2024-05-06 07:08:09.123456+02:00', mixed: '2024-05-06' },
    ]);
    expect(fields.map((field) => (field as unknown as { type: string }).type)).toEqual([
      'date',
      'datetime',
      'string',
      'datetime',
    ]);
    expect(rows).toEqual([
      { day: '2024-05-06', moment: '2024-05-06T07:08:09.000Z', mixed: 'soon' },
      { day: '2024-05-07', moment: '2024-05-06T05:08:09.123Z', mixed: '2024-05-06' },
    ]);
  });

  test('names that cannot be ours are changed, and the values follow', async () => {
    const { fields, rows, notes } = await bringFields(
      [
        { name: 'firstName', type: 'string' },
        { name: 'created_at', type: 'string' },
        { name: '__proto__', type: 'string' },
        { name: 'x"; DROP TABLE user; --', type: 'string' },
        { name: 'Größe', type: 'int' },
      ],
      [JSON.parse('{"firstName": "Ann", "created_at": "then", "__proto__": "p", "Größe": 3}')],
    );
    expect(fields.map(({ name }) => name)).toEqual([
      'first_name',
      'created_at_2',
      'proto',
      'x_drop_table_user',
      'gro_e',
    ]);
    expect(rows).toEqual([{ first_name: 'Ann', created_at_2: 'then', proto: 'p', gro_e: 3 }]);
    expect(notes).toContain('firstName is now first_name');
  });

  test('values whose field was taken away are kept as json', async () => {
    const { fields, rows } = await bringFields(
      [{ name: 'title', type: 'string' }],
      [{ title: 'a', old: [1, { x: null }] }, { title: 'b' }],
    );
    expect(fields).toContainEqual({ name: 'old', type: 'json' } as never);
    expect(rows).toEqual([{ title: 'a', old: [1, { x: null }] }, { title: 'b' }]);
  });

  test('rules are those that counted there, and an unknown word opens nothing', async () => {
    const ours = await folder.ours();
    const report = await ours.bring(
      folder.old((old) => {
        old.collection('silent', []);
        old.collection('said', [], {
          options: { access: { list: 'owner', read: 'auth', create: 'everyone', delete: 'admin' } },
        });
      }),
    );
    await ours.stop();
    expect(definitionOf(ours.path, 'silent').access).toEqual({
      list: 'public',
      read: 'public',
      create: 'auth',
      update: 'owner',
      delete: 'owner',
    });
    expect(definitionOf(ours.path, 'said').access).toEqual({
      list: 'owner',
      read: 'auth',
      create: 'admin',
      update: 'owner',
      delete: 'admin',
    });
    expect(report.collections.map(({ notes }) => notes.join())).toEqual([
      expect.stringContaining('public, as it was there where nothing was said'),
      expect.stringContaining('"everyone" is no access level'),
    ]);
  });
});

describe('records', () => {
  test('NaN, null, an owner who is gone and a time that is none lose no record', async () => {
    const ours = await folder.ours();
    const path = folder.old((old) => {
      const c = old.collection('things', [
        { name: 'n', type: 'float' },
        { name: 't', type: 'string' },
      ]);
      old.record(c, '{"n": NaN, "t": "NaN \\" Infinity"}', { id: pythonId(1) });
      old.record(c, '{"n": -Infinity, "t": null}', { id: pythonId(2), owner_id: pythonId(99) });
      old.record(c, null, { id: pythonId(3), created_at: null, updated_at: 'never' });
      old.record(c, {}, { id: pythonId(4), created_at: '2999-01-01 00:00:00.000000' });
    });
    const report = await ours.bring(path);
    await ours.stop();
    expect(report.faults).toEqual([]);
    const rows = rowsOf(ours.path, 'things');
    expect(rows.map(({ id, data, owner_id }) => [id, data, owner_id])).toEqual([
      [ourId(3), {}, null],
      [ourId(1), { t: 'NaN " Infinity' }, null],
      [ourId(2), {}, null],
      [ourId(4), {}, null],
    ]);
    const times = rows.map(({ created_at }) => created_at);
    expect(times).toEqual(times.toSorted());
    expect(times.every((time) => time <= new Date().toISOString())).toBe(true);
    expect(report.collections[0]?.notes.join('\n')).toContain('1 record had an owner');
  });

  test('faults name table, row and field; nothing is written, or all but them, or all in wider fields', async () => {
    const path = folder.old((old) => {
      old.user('ann@example.com', HASH, { id: pythonId(7) });
      const authors = old.collection('authors', [{ name: 'name', type: 'string', unique: true }]);
      const posts = old.collection('posts', [
        { name: 'title', type: 'string', max_length: 3 },
        { name: 'author', type: 'reference', collection: 'authors' },
      ]);
      old.record(authors, { name: 'Ann' }, { id: pythonId(1) });
      old.record(authors, { name: 'Ann' }, { id: pythonId(2) });
      old.record(posts, { title: 'good', author: ourId(1) }, { id: pythonId(3) });
      old.record(posts, { title: 'ok', author: pythonId(9) }, { id: pythonId(4) });
      old.record(posts, { title: 'ok', author: pythonId(1) }, { id: pythonId(5) });
    });
    const expected = [
      { table: 'record (authors)', id: pythonId(2), field: 'data.name' },
      { table: 'record (posts)', id: pythonId(3), field: 'data.title' },
      { table: 'record (posts)', id: pythonId(4), field: 'data.author' },
    ];
    const strict = await folder.ours();
    expect(await strict.bring(path)).toMatchObject({
      isRefused: true,
      failed: 3,
      faults: expected,
      canLoosen: true,
    });
    expect(await strict.services.users.findId('ann@example.com')).toBeUndefined();
    expect((await strict.bring(path, { isPartial: true })).isRefused).toBe(false);
    await strict.stop();
    expect(rowsOf(strict.path, 'authors').map(({ id }) => id)).toEqual([ourId(1)]);
    expect(rowsOf(strict.path, 'posts').map(({ id }) => id)).toEqual([ourId(5)]);

    const loose = await folder.ours();
    const report = await loose.bring(path, { isLoose: true });
    await loose.stop();
    expect(report.failed).toBe(0);
    expect(rowsOf(loose.path, 'authors')).toHaveLength(2);
    expect(rowsOf(loose.path, 'posts').map(({ data }) => data)).toEqual([
      { title: 'good', author: ourId(1) },
      { title: 'ok', author: ourId(9) },
      { title: 'ok', author: ourId(1) },
    ]);
    expect(definitionOf(loose.path, 'posts').fields).toEqual([
      { name: 'title', type: 'json' },
      { name: 'author', type: 'uuid' },
    ] as never);
    expect(definitionOf(loose.path, 'authors').fields).toEqual([
      { name: 'name', type: 'string', unique: false, index: true },
    ] as never);
  });

  test('references follow a renamed collection, and one of a circle becomes a uuid', async () => {
    const ours = await folder.ours();
    const report = await ours.bring(
      folder.old((old) => {
        const users = old.collection('users', [
          { name: 'best', type: 'reference', collection: 'posts' },
        ]);
        const posts = old.collection('posts', [
          { name: 'author', type: 'reference', collection: 'users' },
          { name: 'parent', type: 'reference', collection: 'posts' },
        ]);
        old.record(users, { best: pythonId(2) }, { id: pythonId(1) });
        old.record(posts, { author: pythonId(1), parent: pythonId(3) }, { id: pythonId(2) });
        old.record(posts, { author: null }, { id: pythonId(3) });
      }),
    );
    await ours.stop();
    expect(report.faults).toEqual([]);
    expect(report.collections.map(({ was, name }) => [was, name])).toEqual([
      ['posts', 'posts'],
      ['users', 'users_2'],
    ]);
    expect(definitionOf(ours.path, 'users_2').fields).toMatchObject([
      { name: 'best', type: 'reference', collection: 'posts' },
    ]);
    expect(definitionOf(ours.path, 'posts').fields).toMatchObject([
      { name: 'author', type: 'uuid' },
      { name: 'parent', type: 'reference', collection: 'posts' },
    ]);
  });
});

describe('a database that has data already', () => {
  let ours: Ours;
  let path: string;
  beforeEach(async () => {
    ours = await folder.ours();
    await ours.bring(
      folder.old((old) => {
        old.user('ann@example.com', HASH, { id: pythonId(70) });
        old.collection('posts', []);
      }),
    );
    path = folder.old((old) => {
      old.user('Ann@example.com', HASH, { id: pythonId(71), is_admin: 1 });
      old.user('bob@example.com', HASH, { id: pythonId(72) });
      const posts = old.collection('posts', []);
      old.record(posts, {});
      const notes = old.collection('notes', [], { id: pythonId(80) });
      old.record(notes, {}, { owner_id: pythonId(71), id: pythonId(81) });
      old.record(notes, {}, { owner_id: pythonId(72), id: pythonId(82) });
    });
  });
  afterEach(() => ours.stop());

  test('a collection whose name is taken is refused, and left out when that is said', async () => {
    const refused = await ours.bring(path);
    expect(refused).toMatchObject({ isRefused: true, failed: 1 });
    expect(refused.faults[0]).toMatchObject({ table: 'collection', field: 'name' });
    const report = await ours.bring(path, { skipsExisting: true });
    expect(report.collections.map(({ name, state, created }) => [name, state, created])).toEqual([
      ['notes', 'new', 2],
      ['posts', 'skipped', 0],
    ]);
    expect(rowsOf(ours.path, 'posts')).toEqual([]);
  });

  test('the records of an address that has an account here are that account’s', async () => {
    await ours.bring(path, { skipsExisting: true });
    expect(rowsOf(ours.path, 'notes').map(({ id, owner_id }) => [id, owner_id])).toEqual([
      [ourId(81), ourId(70)],
      [ourId(82), ourId(72)],
    ]);
  });

  test('the same file once more changes nothing, and one that was broken off goes on', async () => {
    await ours.bring(path, { skipsExisting: true });
    const again = await ours.bring(path, { skipsExisting: true });
    expect(again.users).toMatchObject({ created: 0, skipped: 2 });
    expect(again.collections.map(({ state }) => state)).toEqual(['imported', 'skipped']);
    // As a kill between its two steps leaves a collection: it is there, its records are not.
    const db = new Database(ours.path);
    db.run(`DELETE FROM r_${ourId(80).replaceAll('-', '')}`);
    db.close();
    const resumed = await ours.bring(path, { skipsExisting: true });
    expect(resumed.collections.map(({ state, created }) => [state, created])).toEqual([
      ['unfinished', 2],
      ['skipped', 0],
    ]);
    expect(rowsOf(ours.path, 'notes')).toHaveLength(2);
  });
});

test('a look-alike of somebody’s address is not given what is theirs', async () => {
  const ours = await folder.ours();
  await ours.bring(
    folder.old((old) => void old.user('ann@example.com', HASH, { id: pythonId(60) })),
  );
  await ours.bring(
    folder.old((old) => {
      old.user('Ann@example.com', HASH, { id: pythonId(61) });
      old.user('ann@example.com', HASH, { id: pythonId(62) });
      const notes = old.collection('notes', []);
      old.record(notes, {}, { owner_id: pythonId(61), id: pythonId(1) });
      old.record(notes, {}, { owner_id: pythonId(62), id: pythonId(2) });
    }),
    { isPartial: true },
  );
  await ours.stop();
  expect(rowsOf(ours.path, 'notes').map(({ owner_id }) => owner_id)).toEqual([null, ourId(60)]);
});
