import { beforeAll, describe, expect, test } from 'bun:test';
import { serveForFile } from '../support/served.ts';
import {
  accessOf,
  add,
  define,
  expectFaults,
  expectProblem,
  listOf,
  recordsOf,
} from './data-support.ts';

const NOBODY = '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b';
const served = serveForFile();

const refersTo = (collection: string, onDelete?: string, more: object = {}) => ({
  type: 'reference',
  collection,
  ...(onDelete !== undefined && { on_delete: onDelete }),
  ...more,
});
const at = (collection: string, { id }: { readonly id: string }) =>
  `${recordsOf(collection)}/${id}`;
const status = async (collection: string, record: { readonly id: string }) =>
  (await served().admin.get(at(collection, record))).status;
const total = async (collection: string) =>
  (await served().admin.get(listOf(collection, { count: 'exact', limit: 1 }))).body.total;

beforeAll(async () => {
  const { admin } = served();
  await define(admin, 'authors', [{ name: 'name', type: 'string' }]);
  await define(admin, 'books', [
    { name: 'title', type: 'string' },
    { name: 'author', ...refersTo('authors') },
  ]);
  await define(admin, 'notes', [{ name: 'author', ...refersTo('authors', 'cascade') }]);
  await define(admin, 'labels', [
    { name: 'text', type: 'string' },
    { name: 'author', ...refersTo('authors', 'set_null') },
  ]);
  await define(admin, 'marks', [
    { name: 'note', ...refersTo('notes', 'cascade', { required: true }) },
  ]);
});

describe('a reference leads to a record that is there', () => {
  test('one that leads nowhere is 422 at its field, on create and on change', async () => {
    const { admin } = served();
    const author = await add(admin, 'authors', { name: 'Ann' });
    const book = await add(admin, 'books', { author: author.id });
    expectFaults(await admin.post(recordsOf('books'), { author: NOBODY }), 'create', [
      'body',
      'author',
    ]);
    expectFaults(await admin.patch(at('books', book), { author: NOBODY }), 'change', [
      'body',
      'author',
    ]);
    // The id of a record of another collection is nobody here.
    expectFaults(await admin.post(recordsOf('books'), { author: book.id }), 'other', [
      'body',
      'author',
    ]);
    expect((await admin.get(at('books', book))).body.data.author).toBe(author.id);
  });

  test('what is no id at all is 422', async () => {
    const { admin } = served();
    for (const author of ['', 'Ann', 5, true, [], {}, `${NOBODY} `])
      expectFaults(await admin.post(recordsOf('books'), { author }), String(author), [
        'body',
        'author',
      ]);
  });

  test('an id in capitals is kept in lower case, and null is no reference', async () => {
    const { admin } = served();
    const author = await add(admin, 'authors', {});
    const book = await add(admin, 'books', { author: author.id.toUpperCase() });
    expect(book.data.author).toBe(author.id);
    expect((await add(admin, 'books', { author: null })).data).toEqual({});
    expect((await admin.patch(at('books', book), { author: null })).body.data).toEqual({});
    expect((await admin.delete(at('authors', author))).status).toBe(204);
  });

  test('a filter finds by it, and every reference is indexed', async () => {
    const { admin } = served();
    const author = await add(admin, 'authors', {});
    const book = await add(admin, 'books', { author: author.id });
    const found = await admin.get(listOf('books', { filter: `author = '${author.id}'` }));
    expect(found.body.items.map(({ id }: { id: string }) => id)).toEqual([book.id]);
    const many = await admin.get(listOf('books', { filter: `author in ('${author.id}', null)` }));
    expect(many.body.total).toBeGreaterThan(1);
  });

  test('it is checked in the same step as the write: of a delete and a create at once one is refused', async () => {
    const { admin } = served();
    for (let turn = 0; turn < 20; turn++) {
      const author = await add(admin, 'authors', {});
      const [made, deleted] = await Promise.all([
        admin.post(recordsOf('books'), { author: author.id }),
        admin.delete(at('authors', author)),
      ]);
      expect([
        [201, 409],
        [422, 204],
      ]).toContainEqual([made.status, deleted.status]);
    }
    const { body } = await admin.get(listOf('books', { expand: 'author', limit: 1000 }));
    for (const { data, expanded } of body.items)
      expect(expanded.author?.id ?? null).toBe(data.author ?? null);
  });
});

describe('on_delete', () => {
  test('restrict, the default: 409 as long as something refers to it', async () => {
    const { admin } = served();
    const author = await add(admin, 'authors', {});
    const book = await add(admin, 'books', { author: author.id });
    const detail = expectProblem(await admin.delete(at('authors', author)), 409, 'conflict');
    expect(detail).toContain('books');
    expect(await status('authors', author)).toBe(200);
    expect((await admin.delete(at('books', book))).status).toBe(204);
    expect((await admin.delete(at('authors', author))).status).toBe(204);
  });

  test('cascade: what refers to it goes too, and so on', async () => {
    const { admin } = served();
    const author = await add(admin, 'authors', {});
    const other = await add(admin, 'authors', {});
    const kept = await add(admin, 'notes', { author: other.id });
    const notes = [
      await add(admin, 'notes', { author: author.id }),
      await add(admin, 'notes', { author: author.id }),
    ];
    const marks = [];
    for (const note of notes) marks.push(await add(admin, 'marks', { note: note.id }));
    const keptMark = await add(admin, 'marks', { note: kept.id });
    expect((await admin.delete(at('authors', author))).status).toBe(204);
    for (const note of notes) expect(await status('notes', note)).toBe(404);
    for (const mark of marks) expect(await status('marks', mark)).toBe(404);
    expect(await status('notes', kept)).toBe(200);
    expect(await status('marks', keptMark)).toBe(200);
    expect(await total('notes')).toBe(1);
    expect(await total('marks')).toBe(1);
  });

  test('set_null: the value goes, the record stays, with a new revision and time', async () => {
    const { admin } = served();
    const author = await add(admin, 'authors', {});
    const label = await add(admin, 'labels', { text: 'kept', author: author.id });
    const before = await admin.get(at('labels', label));
    expect((await admin.delete(at('authors', author))).status).toBe(204);
    const after = await admin.get(at('labels', label));
    expect(after.body.data).toEqual({ text: 'kept' });
    expect(after.body.updated_at >= before.body.updated_at).toBe(true);
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
    const etag = before.headers.get('etag') ?? '';
    const stale = await admin.request(
      'PATCH',
      at('labels', label),
      { text: 'x' },
      { 'if-match': etag },
    );
    expectProblem(stale, 412, 'precondition_failed');
  });

  test('a restrict somewhere below undoes all of it', async () => {
    const { admin } = served();
    const author = await add(admin, 'authors', {});
    const note = await add(admin, 'notes', { author: author.id });
    const mark = await add(admin, 'marks', { note: note.id });
    const label = await add(admin, 'labels', { author: author.id });
    const book = await add(admin, 'books', { author: author.id });
    const all = async () =>
      Promise.all(
        [
          at('authors', author),
          at('notes', note),
          at('marks', mark),
          at('labels', label),
          at('books', book),
        ].map(async (path) => (await admin.get(path)).body),
      );
    const before = await all();
    expectProblem(await admin.delete(at('authors', author)), 409, 'conflict');
    expect(await all()).toEqual(before);
    expect((await admin.delete(at('books', book))).status).toBe(204);
    expect((await admin.delete(at('authors', author))).status).toBe(204);
    expect(await status('marks', mark)).toBe(404);
    expect((await admin.get(at('labels', label))).body.data).toEqual({});
  });

  test('a thousand that go with one', async () => {
    const { admin } = served();
    const author = await add(admin, 'authors', {});
    const before = await total('notes');
    for (let part = 0; part < 2; part++) {
      const requests = Array.from({ length: 500 }, () => ({
        method: 'POST',
        collection: 'notes',
        data: { author: author.id },
      }));
      expect((await admin.post('/api/batch', { requests })).status).toBe(200);
    }
    expect(await total('notes')).toBe(before + 1_000);
    expect((await admin.delete(at('authors', author))).status).toBe(204);
    expect(await total('notes')).toBe(before);
  });

  test('what a deleter may not see goes with it or stops it, without being named', async () => {
    const { admin, ann } = served();
    const hidden = { access: accessOf('admin') };
    await define(
      admin,
      'hidden_notes',
      [{ name: 'author', ...refersTo('authors', 'cascade') }],
      hidden,
    );
    await define(admin, 'hidden_books', [{ name: 'author', ...refersTo('authors') }], hidden);
    const author = await add(ann, 'authors', {});
    const note = await add(admin, 'hidden_notes', { author: author.id });
    const book = await add(admin, 'hidden_books', { author: author.id });
    const detail = expectProblem(await ann.delete(at('authors', author)), 409, 'conflict');
    expect(detail).not.toContain('hidden');
    expect(detail).not.toContain(book.id);
    await admin.delete(at('hidden_books', book));
    expect((await ann.delete(at('authors', author))).status).toBe(204);
    expect(await status('hidden_notes', note)).toBe(404);
  });
});

describe('a collection that refers to itself', () => {
  beforeAll(async () => {
    const { admin } = served();
    for (const onDelete of ['restrict', 'cascade', 'set_null']) {
      const name = `tree_${onDelete}`;
      await define(admin, name, [
        { name: 'name', type: 'string' },
        { name: 'parent', ...refersTo(name, onDelete) },
      ]);
    }
  });
  const grow = async (name: string) => {
    const { admin } = served();
    const root = await add(admin, name, { name: 'root' });
    const branch = await add(admin, name, { name: 'branch', parent: root.id });
    const leaf = await add(admin, name, { name: 'leaf', parent: branch.id });
    return { root, branch, leaf };
  };

  test('restrict: only what nothing hangs on can go', async () => {
    const { admin } = served();
    const { root, branch, leaf } = await grow('tree_restrict');
    for (const record of [root, branch])
      expectProblem(await admin.delete(at('tree_restrict', record)), 409, 'conflict');
    for (const record of [leaf, branch, root])
      expect((await admin.delete(at('tree_restrict', record))).status).toBe(204);
  });

  test('cascade: the whole tree goes', async () => {
    const { root, branch, leaf } = await grow('tree_cascade');
    expect((await served().admin.delete(at('tree_cascade', root))).status).toBe(204);
    for (const record of [root, branch, leaf])
      expect(await status('tree_cascade', record)).toBe(404);
  });

  test('set_null: the children become roots', async () => {
    const { admin } = served();
    const { root, branch, leaf } = await grow('tree_set_null');
    expect((await admin.delete(at('tree_set_null', root))).status).toBe(204);
    expect((await admin.get(at('tree_set_null', branch))).body.data).toEqual({ name: 'branch' });
    expect((await admin.get(at('tree_set_null', leaf))).body.data.parent).toBe(branch.id);
  });

  test('a record that refers to itself, and a ring of three, go as a whole', async () => {
    const { admin } = served();
    const id = Bun.randomUUIDv7();
    for (const name of ['tree_cascade', 'tree_set_null']) {
      const own = await add(admin, name, { parent: id }, `?id=${id}`);
      expect(own.data.parent).toBe(id);
      expect((await admin.delete(at(name, own))).status).toBe(204);
      expect(await status(name, own)).toBe(404);
    }
    const { root, branch, leaf } = await grow('tree_cascade');
    await admin.patch(at('tree_cascade', root), { parent: leaf.id });
    expect((await admin.delete(at('tree_cascade', branch))).status).toBe(204);
    for (const record of [root, branch, leaf])
      expect(await status('tree_cascade', record)).toBe(404);
  });
});

describe('references to users', () => {
  beforeAll(async () => {
    const { admin } = served();
    await define(admin, 'tasks', [
      { name: 'title', type: 'string' },
      { name: 'assignee', ...refersTo('users', 'set_null') },
    ]);
  });

  test('a user that is there may be referred to, one that is not is 422', async () => {
    const { admin, ann, anonymous } = served();
    const task = await add(anonymous, 'tasks', { assignee: ann.id });
    expect(task.data.assignee).toBe(ann.id);
    expectFaults(await admin.post(recordsOf('tasks'), { assignee: NOBODY }), 'nobody', [
      'body',
      'assignee',
    ]);
    expectFaults(await admin.patch(at('tasks', task), { assignee: NOBODY }), 'nobody', [
      'body',
      'assignee',
    ]);
  });

  test('expanded for oneself and for admins, null for everybody else, and never with a password', async () => {
    const { admin, ann, bob, anonymous } = served();
    const task = await add(admin, 'tasks', { assignee: ann.id });
    const path = `${at('tasks', task)}?expand=assignee`;
    for (const who of [admin, ann]) {
      const { expanded } = (await who.get(path)).body;
      expect(expanded.assignee).toMatchObject({ id: ann.id, email: 'ann@example.com' });
      expect(JSON.stringify(expanded)).not.toMatch(/password|argon/i);
    }
    for (const who of [bob, anonymous])
      expect((await who.get(path)).body.expanded).toEqual({ assignee: null });
    expect((await ann.get(listOf('tasks', { filter: 'assignee = @me' }))).body.total).toBe(2);
  });
});

describe('references in one batch', () => {
  const batch = (...requests: readonly object[]) => served().admin.post('/api/batch', { requests });
  const post = (collection: string, data: object, id?: string) => ({
    method: 'POST',
    collection,
    data,
    ...(id !== undefined && { id }),
  });
  const remove = (collection: string, { id }: { readonly id: string }) => ({
    method: 'DELETE',
    collection,
    id,
  });

  test('a later request may refer to what an earlier one made', async () => {
    const id = Bun.randomUUIDv7();
    const answer = await batch(post('authors', { name: 'New' }, id), post('books', { author: id }));
    expect(answer.status).toBe(200);
    expect(answer.body.results[1].record.data.author).toBe(id);
  });

  test('an earlier one may not, and nothing is written', async () => {
    const id = Bun.randomUUIDv7();
    const before = [await total('authors'), await total('books')];
    const answer = await batch(post('books', { author: id }), post('authors', {}, id));
    expectFaults(answer, 'too early', ['body', 'requests', 0, 'data', 'author']);
    expect([await total('authors'), await total('books')]).toEqual(before);
  });

  test('a record and what refers to it go together, last first', async () => {
    const { admin } = served();
    const author = await add(admin, 'authors', {});
    const book = await add(admin, 'books', { author: author.id });
    expect((await batch(remove('books', book), remove('authors', author))).status).toBe(200);
    expect(await status('authors', author)).toBe(404);
  });

  test('what a cascade took is gone for the requests behind it', async () => {
    const { admin } = served();
    const author = await add(admin, 'authors', {});
    const note = await add(admin, 'notes', { author: author.id });
    const gone = await batch(remove('authors', author), remove('notes', note));
    expect(expectProblem(gone, 404, 'not_found')).toContain('requests[1]');
    expect(await status('authors', author)).toBe(200);
    expect(await status('notes', note)).toBe(200);
    const dangling = await batch(remove('authors', author), post('books', { author: author.id }));
    expectFaults(dangling, 'gone', ['body', 'requests', 1, 'data', 'author']);
    expect(await status('notes', note)).toBe(200);
  });
});

describe('expand', () => {
  beforeAll(async () => {
    const { admin, ann } = served();
    await define(
      admin,
      'people',
      [
        { name: 'name', type: 'string' },
        { name: 'phone', type: 'string', read: 'owner' },
        { name: 'boss', type: 'reference', collection: 'authors' },
      ],
      { access: { ...accessOf('public'), read: 'owner', list: 'admin' } },
    );
    const names = ['one', 'two', 'three', 'four', 'five', 'six'];
    await define(admin, 'teams', [
      { name: 'title', type: 'string' },
      { name: 'secret', type: 'reference', collection: 'people', read: 'admin' },
      ...names.map((name) => ({ name, type: 'reference', collection: 'people' })),
    ]);
    const boss = await add(admin, 'authors', { name: 'Boss' });
    const own = await add(ann, 'people', { name: 'own', phone: '1', boss: boss.id });
    const other = await add(admin, 'people', { name: 'other', phone: '2' });
    await add(admin, 'teams', { title: 'a', one: own.id, two: other.id, secret: own.id });
    await add(admin, 'teams', { title: 'b', one: own.id, three: other.id });
  });
  const items = async (
    who: ReturnType<typeof served>['ann'] | ReturnType<typeof served>['admin'],
    query: string,
  ) => (await who.get(`${recordsOf('teams')}?sort=title&${query}`)).body.items;

  test('puts the whole record under expanded, null where there is none or it may not be read', async () => {
    const { admin, ann, bob } = served();
    const [a, b] = await items(admin, 'expand=one,two,three');
    expect(Object.keys(a.expanded)).toEqual(['one', 'two', 'three']);
    expect(a.expanded.one).toEqual((await admin.get(`${recordsOf('people')}/${a.data.one}`)).body);
    expect(a.expanded.three).toBeNull();
    expect(b.expanded).toMatchObject({
      one: { data: { name: 'own' } },
      two: null,
      three: { data: { phone: '2' } },
    });
    const [seen] = await items(ann, 'expand=one,two');
    expect(seen.expanded).toMatchObject({ one: { data: { name: 'own', phone: '1' } }, two: null });
    const [unseen] = await items(bob, 'expand=one,two');
    expect(unseen.expanded).toEqual({ one: null, two: null });
    // The reference itself is a value of the record, and was always there.
    expect(unseen.data.one).toBe(a.data.one);
  });

  test('goes one level, and goes with fields, cursor and single records', async () => {
    const { admin } = served();
    const [a] = await items(admin, 'expand=one');
    expect(a.expanded.one).not.toContainKey('expanded');
    const [narrow] = await items(admin, 'expand=one&fields=title&limit=1');
    expect(narrow.data).toEqual({ title: 'a' });
    expect(narrow.expanded).toEqual(a.expanded);
    const single = await admin.get(`${recordsOf('teams')}/${a.id}?expand=one`);
    expect(single.body).toEqual(a);
    const [plain] = await items(admin, 'limit=1');
    expect(plain).not.toContainKey('expanded');
  });

  test('refuses more than five, other fields, paths and what may not be read', async () => {
    const { admin, ann } = served();
    for (const expand of [
      'one,two,three,four,five,six',
      'title',
      'nothing',
      'one.boss',
      '',
      'one,',
      'owner_id',
    ]) {
      expectFaults(await admin.get(listOf('teams', { expand })), expand, ['query', 'expand']);
    }
    expect((await admin.get(listOf('teams', { expand: 'one,two,three,four,five' }))).status).toBe(
      200,
    );
    expect((await admin.get(listOf('teams', { expand: 'secret' }))).status).toBe(200);
    expectProblem(await ann.get(listOf('teams', { expand: 'secret' })), 403, 'forbidden');
    expectProblem(await ann.get(listOf('teams', { expand: 'one,secret' })), 403, 'forbidden');
  });
});

test('a collection that others refer to is not deleted under them', async () => {
  const { admin } = served();
  const answer = await admin.delete('/api/collections/authors?confirm=authors');
  expectProblem(answer, 409, 'conflict');
  expect((await admin.get('/api/collections/authors')).status).toBe(200);
});
