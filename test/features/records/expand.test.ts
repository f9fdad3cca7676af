import { describe, expect, test } from 'bun:test';
import { type Actor, ANONYMOUS, type SignedInActor, SYSTEM } from '../../../src/core/actor.ts';
import { createOpenCollection, openDataApp, refusal } from './data-app.ts';

const ANN: SignedInActor = {
  kind: 'user',
  id: '018f0000-0000-7000-8000-00000000000a',
  email: 'ann@example.com',
  tokenId: 'a',
};
const BOB: SignedInActor = {
  kind: 'user',
  id: '018f0000-0000-7000-8000-00000000000b',
  email: 'bob@example.com',
  tokenId: 'b',
};
const CLOSED = { list: 'admin', create: 'admin', update: 'admin', delete: 'admin' };

/** Books by authors; who reads the authors is the test's choice. */
async function openLibrary(read = 'public') {
  const app = openDataApp();
  const { collections, records } = app;
  await collections.create(SYSTEM, {
    name: 'authors',
    schema: {
      fields: [
        { name: 'name', type: 'str' },
        { name: 'iban', type: 'str', read: 'owner' },
      ],
    },
    options: { access: { ...CLOSED, read } },
  });
  await createOpenCollection(app, 'books', [
    { name: 'title', type: 'str' },
    { name: 'author', type: 'reference', collection: 'authors', on_delete: 'set_null' },
    { name: 'translator', type: 'reference', collection: 'authors', on_delete: 'set_null' },
    { name: 'reader', type: 'reference', collection: 'users' },
  ]);
  for (const { id, email } of [ANN, BOB])
    await app.userStore.create({
      id,
      email,
      passwordHash: 'never shown',
      createdAt: '2030-01-01T00:00:00.000Z',
    });
  const author = async (name: string, ownerId: string) =>
    (await records.create(SYSTEM, 'authors', { name, iban: `iban of ${name}` }, { ownerId })).record
      .id;
  const authors = { ann: await author('Ann', ANN.id), bob: await author('Bob', BOB.id) };
  const add = async (data: object) => (await records.create(SYSTEM, 'books', data)).record.id;
  const list = async (actor: Actor, expand: string, more: object = {}) =>
    JSON.parse(await records.list(actor, 'books', { expand, sort: 'title', ...more })).items;
  return { app, records, authors, add, list, [Symbol.dispose]: app.close };
}

describe('expand', () => {
  test('puts the referenced record behind data, null where there is none', async () => {
    using library = await openLibrary();
    const { ann } = library.authors;
    await library.add({ title: 'a', author: ann });
    await library.add({ title: 'b' });
    const items = await library.list(SYSTEM, 'author');
    expect(Object.keys(items[0])).toEqual([
      'id',
      'collection_id',
      'owner_id',
      'data',
      'expanded',
      'created_at',
      'updated_at',
    ]);
    const target = JSON.parse(library.records.get(SYSTEM, 'authors', ann).text);
    expect(items[0].expanded).toEqual({ author: target });
    expect(items[1].expanded).toEqual({ author: null });
  });

  test('takes several references at once, and the same record for many', async () => {
    using library = await openLibrary();
    const { ann, bob } = library.authors;
    for (const title of ['a', 'b', 'c'])
      await library.add({ title, author: ann, translator: title === 'c' ? ann : bob });
    const items = await library.list(SYSTEM, 'author,translator');
    const names = items.map(
      ({ expanded }: { expanded: Record<string, { data: { name: string } }> }) =>
        [expanded.author?.data.name, expanded.translator?.data.name].join(),
    );
    expect(names).toEqual(['Ann,Bob', 'Ann,Bob', 'Ann,Ann']);
  });

  test('asks the store once for each field, whatever the number of records', async () => {
    using library = await openLibrary();
    for (const title of 'abcdefghij') await library.add({ title, author: library.authors.ann });
    const { recordStore } = library.app;
    const { findMany } = recordStore;
    const asked: (readonly string[])[] = [];
    recordStore.findMany = (scope, ids) => {
      asked.push(ids);
      return findMany(scope, ids);
    };
    expect(await library.list(SYSTEM, 'author,translator')).toHaveLength(10);
    expect(asked).toEqual([[library.authors.ann]]);
  });

  test('goes together with fields, which narrow data alone', async () => {
    using library = await openLibrary();
    const id = await library.add({ title: 'a', author: library.authors.ann });
    const query = { fields: 'title', expand: 'author' };
    const [item] = await library.list(SYSTEM, 'author', { fields: 'title' });
    expect(item.data).toEqual({ title: 'a' });
    expect(item.expanded.author.data).toEqual({ name: 'Ann', iban: 'iban of Ann' });
    const { text } = await library.records.getWith(SYSTEM, 'books', id, query);
    expect(JSON.parse(text)).toEqual(item);
  });

  test.each([
    ['nope', 'cannot be expanded'],
    ['title', 'cannot be expanded'],
    ['owner_id', 'cannot be expanded'],
    ['', 'must name something'],
    ['author.name', 'cannot be expanded'],
    ['__proto__', 'cannot be expanded'],
  ])('expand=%p is refused in words', async (expand, words) => {
    using library = await openLibrary();
    const id = await library.add({ title: 'a' });
    for (const act of [
      () => library.list(SYSTEM, expand),
      () => library.records.getWith(SYSTEM, 'books', id, { expand }),
    ])
      expect((await refusal(act)).faults).toMatchObject([
        { loc: ['query', 'expand'], msg: expect.stringContaining(words) },
      ]);
  });
});

describe('the read rule of what is referred to', () => {
  test.each([
    ['public', ['Ann', 'Bob'], ['Ann', 'Bob']],
    ['auth', [null, null], ['Ann', 'Bob']],
    ['owner', [null, null], ['Ann', null]],
    ['admin', [null, null], [null, null]],
  ])('%s', async (read, toAnyone, toAnn) => {
    using library = await openLibrary(read);
    await library.add({ title: 'a', author: library.authors.ann });
    await library.add({ title: 'b', author: library.authors.bob });
    const names = async (actor: Actor) =>
      (await library.list(actor, 'author')).map(
        ({ expanded }: { expanded: { author: { data: { name: string } } | null } }) =>
          expanded.author?.data.name ?? null,
      );
    expect(await names(ANONYMOUS)).toEqual(toAnyone);
    expect(await names(ANN)).toEqual(toAnn);
    expect(await names(SYSTEM)).toEqual(['Ann', 'Bob']);
  });

  test('attack: a field that only the owner reads is not shown by expanding to it', async () => {
    using library = await openLibrary();
    await library.add({ title: 'a', author: library.authors.ann });
    await library.add({ title: 'b', author: library.authors.bob });
    const data = async (actor: Actor) =>
      (await library.list(actor, 'author')).map(
        ({ expanded }: { expanded: { author: { data: object } } }) => expanded.author.data,
      );
    expect(await data(ANONYMOUS)).toEqual([{ name: 'Ann' }, { name: 'Bob' }]);
    expect(await data(ANN)).toEqual([{ name: 'Ann', iban: 'iban of Ann' }, { name: 'Bob' }]);
  });

  test('a record that is gone since leaves null', async () => {
    using library = await openLibrary();
    const id = await library.add({ title: 'a', author: library.authors.ann });
    await library.records.delete(SYSTEM, 'authors', library.authors.ann);
    const { text } = await library.records.getWith(SYSTEM, 'books', id, { expand: 'author' });
    expect(JSON.parse(text).expanded).toEqual({ author: null });
  });
});

describe('a reference to a user', () => {
  test('shows users themselves alone, an admin everybody, and never a password', async () => {
    using library = await openLibrary();
    await library.add({ title: 'a', reader: ANN.id });
    await library.add({ title: 'b', reader: BOB.id });
    const emails = async (actor: Actor) =>
      (await library.list(actor, 'reader')).map(
        ({ expanded }: { expanded: { reader: { email: string } | null } }) =>
          expanded.reader?.email ?? null,
      );
    expect(await emails(ANONYMOUS)).toEqual([null, null]);
    expect(await emails(ANN)).toEqual(['ann@example.com', null]);
    expect(await emails(SYSTEM)).toEqual(['ann@example.com', 'bob@example.com']);
    const [item] = await library.list(SYSTEM, 'reader');
    expect(item.expanded.reader).toEqual({
      id: ANN.id,
      email: 'ann@example.com',
      is_admin: false,
      is_active: true,
      email_verified: false,
      created_at: '2030-01-01T00:00:00.000Z',
      updated_at: '2030-01-01T00:00:00.000Z',
    });
  });
});
