import { describe, expect, test } from 'bun:test';
import { type Actor, ANONYMOUS, type SignedInActor, SYSTEM } from '../../../src/core/actor.ts';
import { newId } from '../../../src/lib/ids.ts';
import { createOpenCollection, openDataApp, refusal, settableClock } from './data-app.ts';

const ANN: SignedInActor = {
  kind: 'user',
  id: '018f0000-0000-7000-8000-00000000000a',
  email: 'a@example.com',
  tokenId: 'a',
};
const ADMIN: SignedInActor = {
  kind: 'admin',
  id: '018f0000-0000-7000-8000-00000000000c',
  email: 'c@example.com',
  tokenId: 'c',
};
const FIELDS = [
  { name: 'title', type: 'str', required: true },
  { name: 'n', type: 'int', min: 0 },
  { name: 'meta', type: 'dict' },
  { name: 'tags', type: 'list[str]', default: [] },
  { name: 'isbn', type: 'str', unique: true },
];

async function openBooks() {
  const clock = settableClock();
  const app = openDataApp({ clock, hasUser: (id) => id === ANN.id });
  const { id } = await createOpenCollection(app, 'books', FIELDS);
  const { records } = app;
  return {
    app,
    clock,
    id,
    records,
    create: async (data: unknown) => (await records.create(SYSTEM, 'books', data)).record,
    patch: (recordId: string, data: unknown, revisions?: readonly number[]) =>
      records.update(SYSTEM, 'books', recordId, data, revisions),
    list: async (query: Parameters<typeof records.list>[2] = {}) =>
      JSON.parse(await records.list(SYSTEM, 'books', query)),
    [Symbol.dispose]: app.close,
  };
}

describe('a record in an answer', () => {
  test('has its id, collection, owner, data and times, and nothing else', async () => {
    using books = await openBooks();
    const { text } = await books.records.create(ANN, 'books', { title: 'a"\\\u2028', n: null });
    const shown = JSON.parse(text);
    expect(Object.keys(shown)).toEqual([
      'id',
      'collection_id',
      'owner_id',
      'data',
      'created_at',
      'updated_at',
    ]);
    expect(shown).toMatchObject({
      collection_id: books.id,
      owner_id: ANN.id,
      data: { title: 'a"\\\u2028', tags: [] },
    });
    expect(shown.data).not.toHaveProperty('n');
    expect(shown.created_at).toBe('2030-01-01T00:00:00.000Z');
    expect(books.records.get(ANONYMOUS, 'books', shown.id).text).toBe(text);
  });
});

describe('a change', () => {
  test('replaces each named field as a whole, and leaves the others', async () => {
    using books = await openBooks();
    const { id } = await books.create({
      title: 'a',
      n: 1,
      meta: { x: 1, y: { z: 1 } },
      tags: ['t'],
    });
    books.clock.ms += 5;
    const { record } = await books.patch(id, { meta: { y: {} }, tags: [] });
    expect(JSON.parse(record.data)).toEqual({ title: 'a', n: 1, meta: { y: {} }, tags: [] });
    expect(record).toMatchObject({
      rev: 2,
      updated_at: '2030-01-01T00:00:00.005Z',
      created_at: '2030-01-01T00:00:00.000Z',
    });
  });

  test('clears with null, and no default comes back', async () => {
    using books = await openBooks();
    const { id } = await books.create({ title: 'a', n: 1, tags: ['t'], isbn: 'x' });
    expect(
      JSON.parse((await books.patch(id, { n: null, tags: null, isbn: null })).record.data),
    ).toEqual({ title: 'a' });
    expect((await books.create({ title: 'b', isbn: 'x' })).rev).toBe(1);
  });

  test('that breaks a rule changes nothing, and tells all faults at once', async () => {
    using books = await openBooks();
    const before = await books.create({ title: 'a', n: 1 });
    const error = await refusal(() =>
      books.patch(before.id, { title: null, n: -1, tag: 1, meta: [] }),
    );
    expect(error.faults?.map(({ loc }) => loc.join('.')).toSorted()).toEqual([
      'body.meta',
      'body.n',
      'body.tag',
      'body.title',
    ]);
    expect(books.records.get(SYSTEM, 'books', before.id).record).toEqual(before);
  });

  test('may not name the parts that every record has', async () => {
    using books = await openBooks();
    const { id } = await books.create({ title: 'a' });
    for (const key of [
      'id',
      'owner_id',
      'collection_id',
      'created_at',
      'updated_at',
      'rev',
      'data',
      'seq',
    ])
      expect((await refusal(() => books.patch(id, { [key]: newId() }))).faults).toMatchObject([
        { loc: ['body', key], type: 'extra_forbidden' },
      ]);
  });

  test('of a unique value that is taken is 409, naming the field; one may write one’s own again', async () => {
    using books = await openBooks();
    await books.create({ title: 'a', isbn: 'x' });
    const { id } = await books.create({ title: 'b', isbn: 'y' });
    expect(await refusal(() => books.patch(id, { isbn: 'x' }))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('isbn'),
    });
    expect((await books.patch(id, { isbn: 'y' })).record.rev).toBe(2);
    expect(await refusal(() => books.create({ title: 'c', isbn: 'x' }))).toMatchObject({
      code: 'conflict',
    });
  });

  test('and a delete with another revision is 412 and does nothing', async () => {
    using books = await openBooks();
    const { id } = await books.create({ title: 'a' });
    expect((await refusal(() => books.patch(id, { title: 'b' }, [2]))).code).toBe(
      'precondition_failed',
    );
    expect((await refusal(() => books.patch(id, { title: 'b' }, [Number.NaN]))).code).toBe(
      'precondition_failed',
    );
    expect((await books.patch(id, { title: 'b' }, [7, 1])).record.rev).toBe(2);
    expect((await refusal(() => books.records.delete(SYSTEM, 'books', id, [1]))).code).toBe(
      'precondition_failed',
    );
    await books.records.delete(SYSTEM, 'books', id, [2]);
    expect((await refusal(() => books.patch(id, {}, [2]))).code).toBe('not_found');
  });

  test('50 changes at once of different fields and the same record lose nothing', async () => {
    using books = await openBooks();
    const { id } = await books.create({ title: 'a' });
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => books.patch(id, n % 2 ? { n } : { meta: { n } })),
    );
    expect(JSON.parse(books.records.get(SYSTEM, 'books', id).record.data)).toEqual({
      title: 'a',
      tags: [],
      n: 49,
      meta: { n: 48 },
    });
  });

  test('of a stored record whose field is called constructor keeps it', async () => {
    using app = openDataApp();
    await createOpenCollection(app, 'odd', [
      { name: 'constructor', type: 'str' },
      { name: 'n', type: 'int' },
    ]);
    const { record } = await app.records.create(SYSTEM, 'odd', { constructor: 'x' });
    expect((await app.records.update(SYSTEM, 'odd', record.id, { n: 1 })).record.data).toBe(
      '{"constructor":"x","n":1}',
    );
  });
});

describe('a body', () => {
  test.each([[null], [[]], ['{}'], [1], [undefined], [true], [new Date()]])(
    '%p is no data of a record',
    async (body) => {
      using books = await openBooks();
      const { id } = await books.create({ title: 'a' });
      for (const act of [() => books.create(body), () => books.patch(id, body)])
        expect((await refusal(act)).faults).toMatchObject([{ loc: ['body'], type: 'dict_type' }]);
    },
  );

  test('with an unknown key is refused, so that a typo loses no data', async () => {
    using books = await openBooks();
    const { faults } = await refusal(() => books.create({ titel: 'a', title: 'b' }));
    expect(faults).toMatchObject([
      {
        loc: ['body', 'titel'],
        type: 'extra_forbidden',
        msg: expect.stringContaining('did you mean title?'),
      },
    ]);
  });

  test('with __proto__ is refused and pollutes nothing, on create and on a change', async () => {
    using books = await openBooks();
    const { id } = await books.create({ title: 'a' });
    const body = JSON.parse('{"title":"b","__proto__":{"n":1}}');
    for (const act of [() => books.create(body), () => books.patch(id, body)])
      expect((await refusal(act)).faults).toMatchObject([{ loc: ['body', '__proto__'] }]);
    expect(Object.hasOwn(Object.prototype, 'n')).toBe(false);
  });
});

describe('a caller’s own id', () => {
  test('makes sending again safe: the second is 409 and nothing is made twice', async () => {
    using books = await openBooks();
    const id = newId();
    const send = () => books.records.create(ANN, 'books', { title: 'a' }, { id });
    const outcomes = await Promise.allSettled([send(), send(), send()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect((await refusal(send)).code).toBe('conflict');
    expect((await books.list()).total).toBe(1);
    expect(books.records.get(ANONYMOUS, 'books', id).record.id).toBe(id);
  });

  test.each([
    '',
    'x',
    '018F0000-0000-7000-8000-00000000000A',
    '018f0000-0000-4000-8000-00000000000a',
    '018f0000-0000-7000-c000-00000000000a',
    '018f0000000070008000000000000000',
    '018f0000-0000-7000-8000-00000000000a\n',
    '"}{"',
  ])('%p is no UUID of version 7 in lower case', async (id) => {
    using books = await openBooks();
    expect(
      (await refusal(() => books.records.create(ANN, 'books', { title: 'a' }, { id }))).faults,
    ).toMatchObject([{ loc: ['query', 'id'] }]);
  });
});

describe('the owner', () => {
  test('is the caller, nobody for anonymous ones, and whom an admin names', async () => {
    using books = await openBooks();
    const make = async (actor: Actor, ownerId?: string) =>
      (await books.records.create(actor, 'books', { title: 'a' }, { ownerId })).record.owner_id;
    expect(await make(ANN)).toBe(ANN.id);
    expect(await make(ADMIN)).toBe(ADMIN.id);
    expect(await make(ANONYMOUS)).toBeNull();
    expect(await make(SYSTEM)).toBeNull();
    expect(await make(ADMIN, ANN.id)).toBe(ANN.id);
    expect(await make(SYSTEM, ANN.id)).toBe(ANN.id);
  });

  test('a user cannot plant records on somebody else', async () => {
    using books = await openBooks();
    for (const actor of [ANN, ANONYMOUS])
      expect(
        (
          await refusal(() =>
            books.records.create(actor, 'books', { title: 'a' }, { ownerId: ADMIN.id }),
          )
        ).code,
      ).toBe('forbidden');
    expect((await books.list()).total).toBe(0);
  });

  test('that an admin names must exist', async () => {
    using books = await openBooks();
    for (const ownerId of [newId(), '', 'x"'])
      expect(
        (await refusal(() => books.records.create(ADMIN, 'books', { title: 'a' }, { ownerId })))
          .faults,
      ).toMatchObject([{ loc: ['query', 'owner_id'] }]);
  });
});

describe('references', () => {
  test('that lead nowhere are 422 at their field, saying where they should lead', async () => {
    using books = await openBooks();
    const field = (name: string, collection: string) => ({ name, type: 'reference', collection });
    await createOpenCollection(books.app, 'loans', [
      field('book', 'books'),
      field('user', 'users'),
    ]);
    const missing = newId();
    for (const [name, words] of [
      ['book', `there is no record ${missing} in books`],
      ['user', `there is no user ${missing}`],
    ] as const) {
      const create = () => books.records.create(SYSTEM, 'loans', { [name]: missing });
      expect((await refusal(create)).faults).toMatchObject([
        { loc: ['body', name], type: 'dangling_reference', msg: words },
      ]);
    }
    const { id } = (await books.records.create(SYSTEM, 'loans', {})).record;
    const update = () => books.records.update(SYSTEM, 'loans', id, { book: missing });
    expect((await refusal(update)).faults).toMatchObject([{ loc: ['body', 'book'] }]);
  });

  test('hold a record, and the answer says by which field', async () => {
    using books = await openBooks();
    const field = { name: 'book', type: 'reference', collection: 'books' };
    await createOpenCollection(books.app, 'loans', [field]);
    const { id } = await books.create({ title: 'x' });
    await books.records.create(SYSTEM, 'loans', { book: id });
    const error = await refusal(() => books.records.delete(SYSTEM, 'books', id));
    expect([error.code, error.message]).toEqual([
      'conflict',
      expect.stringContaining('loans.book'),
    ]);
  });

  test('of too many records to go with one keep it', async () => {
    using books = await openBooks();
    const { id } = await books.create({ title: 'x' });
    books.app.recordStore.delete = () => ({ kind: 'too_many_children', max: 10_000 });
    const error = await refusal(() => books.records.delete(SYSTEM, 'books', id));
    expect([error.code, error.message]).toEqual(['conflict', expect.stringContaining('10000')]);
  });
});

test('values that are taken together are 409, naming all their fields', async () => {
  using app = openDataApp();
  await app.collections.create(SYSTEM, {
    name: 'seats',
    schema: { fields: ['row', 'seat'].map((name) => ({ name, type: 'int' })) },
    options: { indexes: [{ fields: ['row', 'seat'], unique: true }] },
  });
  const create = () => app.records.create(SYSTEM, 'seats', { row: 1, seat: 2 });
  await create();
  const error = await refusal(create);
  expect([error.code, error.message]).toEqual(['conflict', expect.stringContaining('row, seat')]);
});
