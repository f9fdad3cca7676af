import { describe, expect, test } from 'bun:test';
import { type Actor, ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import { newId } from '../../../src/lib/ids.ts';
import { createOpenCollection, openDataApp, refusal } from './data-app.ts';

const user = (digit: string): Actor & { readonly id: string } => ({
  kind: 'user',
  id: `018f0000-0000-7000-8000-00000000000${digit}`,
  email: `${digit}@example.com`,
  tokenId: digit,
});
const ANN = user('a');
const BOB = user('b');

async function openShop() {
  const app = openDataApp({ hasUser: (id) => id === ANN.id });
  await createOpenCollection(app, 'customers', [
    { name: 'name', type: 'str', required: true },
    { name: 'code', type: 'str', unique: true },
  ]);
  await createOpenCollection(app, 'orders', [
    { name: 'n', type: 'int', min: 0 },
    { name: 'customer', type: 'reference', collection: 'customers' },
  ]);
  await app.collections.create(SYSTEM, {
    name: 'diary',
    schema: { fields: [{ name: 'text', type: 'str' }] },
    options: {},
  });
  const { records } = app;
  const batch = async (requests: readonly unknown[], actor: Actor = SYSTEM) =>
    JSON.parse(await records.batch(actor, requests)).results;
  const counts = () =>
    Promise.all(['customers', 'orders', 'diary'].map((name) => records.count(SYSTEM, name)));
  return { app, records, batch, counts, [Symbol.dispose]: app.close };
}

const post = (collection: string, data: unknown, more: object = {}) => ({
  method: 'POST',
  collection,
  data,
  ...more,
});

describe('a batch', () => {
  test('creates, changes and deletes over several collections, and answers each in its order', async () => {
    using shop = await openShop();
    const [id, gone] = [newId(), newId()];
    const results = await shop.batch([
      post('customers', { name: 'Ann' }, { id }),
      post('orders', { n: 1, customer: id }, { id: gone }),
      { method: 'PATCH', collection: 'customers', id, data: { name: 'Anna' } },
      { method: 'DELETE', collection: 'orders', id: gone },
    ]);
    expect(results).toEqual([
      { status: 201, record: expect.objectContaining({ id, data: { name: 'Ann' } }) },
      { status: 201, record: expect.objectContaining({ data: { n: 1, customer: id } }) },
      { status: 200, record: expect.objectContaining({ id, data: { name: 'Anna' } }) },
      { status: 204, record: null },
    ]);
    expect(results[2].record).toEqual(JSON.parse(shop.records.get(SYSTEM, 'customers', id).text));
    expect(await shop.counts()).toEqual([1, 0, 0]);
  });

  test('of nothing answers nothing, and takes 500 requests but not one more', async () => {
    using shop = await openShop();
    expect(await shop.batch([])).toEqual([]);
    const many = Array.from({ length: 500 }, (_, n) => post('orders', { n }));
    expect(await shop.batch(many)).toHaveLength(500);
    expect((await refusal(() => shop.batch([...many, many[0]]))).faults).toMatchObject([
      { loc: ['body', 'requests'], msg: expect.stringContaining('501') },
    ]);
    expect(await shop.counts()).toEqual([0, 500, 0]);
  });

  test('the owner is the caller, or whom an admin names', async () => {
    using shop = await openShop();
    const [own] = await shop.batch([post('orders', {})], BOB);
    expect(own.record.owner_id).toBe(BOB.id);
    const [named] = await shop.batch([post('orders', {}, { owner_id: ANN.id })]);
    expect(named.record.owner_id).toBe(ANN.id);
  });

  test('holds what its records must still be: if_match', async () => {
    using shop = await openShop();
    const { id } = (await shop.records.create(SYSTEM, 'orders', { n: 1 })).record;
    const patch = (if_match: string, n: number) => ({
      method: 'PATCH',
      collection: 'orders',
      id,
      data: { n },
      if_match,
    });
    expect(await shop.batch([patch('"1"', 2), patch('"2"', 3)])).toHaveLength(2);
    for (const request of [
      patch('"1"', 9),
      patch('3', 9),
      { method: 'DELETE', collection: 'orders', id, if_match: '"1"' },
    ]) {
      const error = await refusal(() => shop.batch([post('orders', {}), request]));
      expect([error.code, error.message]).toEqual([
        'precondition_failed',
        expect.stringMatching(/^requests\[1\]: /),
      ]);
    }
    expect(await shop.counts()).toEqual([0, 1, 0]);
  });
});

describe('all or nothing', () => {
  const taken = newId();
  const missing = newId();
  test.each([
    ['a fault', post('customers', {}), 'invalid_input', ['data', 'name']],
    ['a wrong type', post('orders', { n: 'x' }), 'invalid_input', ['data', 'n']],
    ['an unknown field', post('orders', { m: 1 }), 'invalid_input', ['data', 'm']],
    ['no data', { method: 'POST', collection: 'orders' }, 'invalid_input', ['data']],
    ['no object', post('orders', [1]), 'invalid_input', ['data']],
    [
      'an id of its own that is no UUIDv7',
      post('orders', {}, { id: 'x' }),
      'invalid_input',
      ['id'],
    ],
    [
      'an owner who is nobody',
      post('orders', {}, { owner_id: BOB.id }),
      'invalid_input',
      ['owner_id'],
    ],
    ['no id', { method: 'DELETE', collection: 'orders' }, 'invalid_input', ['id']],
    ['a method of its own', { method: 'GET', collection: 'orders' }, 'invalid_input', ['method']],
    ['no collection', { method: 'POST', data: {} }, 'invalid_input', ['collection']],
    [
      'data with a delete',
      { method: 'DELETE', collection: 'orders', id: taken, data: {} },
      'invalid_input',
      ['data'],
    ],
    [
      'a precondition of what is made',
      post('orders', {}, { if_match: '"1"' }),
      'invalid_input',
      ['if_match'],
    ],
    ['a key of no meaning', post('orders', {}, { owner: ANN.id }), 'invalid_input', ['owner']],
    [
      'a reference that leads nowhere',
      post('orders', { customer: missing }),
      'invalid_input',
      ['data', 'customer'],
    ],
    ['an id that is taken', post('customers', { name: 'x' }, { id: taken }), 'conflict', undefined],
    ['a value that is taken', post('customers', { name: 'x', code: 'A' }), 'conflict', undefined],
    [
      'no such record',
      { method: 'DELETE', collection: 'orders', id: missing },
      'not_found',
      undefined,
    ],
    [
      'no such record to change',
      { method: 'PATCH', collection: 'orders', id: missing, data: {} },
      'not_found',
      undefined,
    ],
    ['no such collection', post('nope', {}), 'not_found', undefined],
    [
      'a record that others refer to',
      { method: 'DELETE', collection: 'customers', id: taken },
      'conflict',
      undefined,
    ],
  ] as readonly (readonly [string, unknown, string, readonly string[] | undefined])[])(
    '%s takes all back and says which request it was',
    async (_what, request, code, loc) => {
      using shop = await openShop();
      await shop.batch([
        post('customers', { name: 'Ann', code: 'A' }, { id: taken }),
        post('orders', { customer: taken }),
      ]);
      const before = await shop.counts();
      const error = await refusal(() =>
        shop.batch([
          post('orders', { n: 1 }),
          { method: 'PATCH', collection: 'customers', id: taken, data: { name: 'changed' } },
          request,
          post('orders', { n: 2 }),
        ]),
      );
      expect(error.code).toBe(code as typeof error.code);
      if (loc) expect(error.faults).toMatchObject([{ loc: ['body', 'requests', 2, ...loc] }]);
      else expect(error.message).toStartWith('requests[2]: ');
      expect(await shop.counts()).toEqual(before);
      expect(shop.records.get(SYSTEM, 'customers', taken).text).toContain('"name":"Ann"');
    },
  );

  test('the faults of all requests come at once, each with its place', async () => {
    using shop = await openShop();
    const { faults } = await refusal(() =>
      shop.batch([post('orders', { n: -1 }), 7, post('orders', {}), post('customers', { nam: 1 })]),
    );
    expect(faults?.map(({ loc }) => loc.slice(2))).toEqual([
      [0, 'data', 'n'],
      [1],
      [3, 'data', 'nam'],
      [3, 'data', 'name'],
    ]);
  });

  test('a change that fits alone but not with what an earlier step left is refused', async () => {
    using shop = await openShop();
    const id = newId();
    const error = await refusal(() =>
      shop.batch([
        post('customers', { name: 'x', code: 'A' }, { id }),
        { method: 'DELETE', collection: 'customers', id },
        { method: 'PATCH', collection: 'customers', id, data: { name: 'y' } },
      ]),
    );
    expect([error.code, error.message.slice(0, 13)]).toEqual(['not_found', 'requests[2]: ']);
    expect(await shop.counts()).toEqual([0, 0, 0]);
  });
});

describe('attacks through a batch', () => {
  test("a stranger changes or deletes nobody's record, and learns of none", async () => {
    using shop = await openShop();
    const { id } = (await shop.records.create(ANN, 'diary', { text: 'mine' })).record;
    for (const request of [
      { method: 'PATCH', collection: 'diary', id, data: { text: 'yours' } },
      { method: 'DELETE', collection: 'diary', id },
    ]) {
      const error = await refusal(() => shop.batch([post('orders', {}), request], BOB));
      const absent = await refusal(() =>
        shop.batch([post('orders', {}), { ...request, id: ANN.id }], BOB),
      );
      expect(error.code).toBe('not_found');
      expect(error.message.replace(id, ANN.id)).toBe(absent.message);
    }
    expect(shop.records.get(ANN, 'diary', id).text).toContain('"mine"');
    expect(await shop.counts()).toEqual([0, 0, 1]);
  });

  test('nobody signs a record with the name of another', async () => {
    using shop = await openShop();
    const asked = post('orders', {}, { owner_id: ANN.id });
    expect((await refusal(() => shop.batch([asked], BOB))).code).toBe('forbidden');
    const inside = post('orders', { owner_id: ANN.id });
    expect((await refusal(() => shop.batch([inside], BOB))).code).toBe('invalid_input');
    expect(await shop.counts()).toEqual([0, 0, 0]);
  });

  test('an anonymous caller is stopped where signing in is asked for', async () => {
    using shop = await openShop();
    const error = await refusal(() =>
      shop.batch([post('orders', {}), post('diary', { text: 'x' })], ANONYMOUS),
    );
    expect([error.code, error.message]).toEqual([
      'unauthenticated',
      expect.stringMatching(/^requests\[1\]: /),
    ]);
    expect(await shop.counts()).toEqual([0, 0, 0]);
  });

  test('what a function sends is checked like what comes over HTTP', async () => {
    using shop = await openShop();
    for (const request of [
      null,
      'POST',
      [],
      post('orders', null),
      post('orders', {}, { id: 7 }),
      post('orders', {}, { owner_id: {} }),
      { method: 'DELETE', collection: 'orders', id: ['x'] },
      { method: 'PATCH', collection: 'orders', id: 'x', data: {}, if_match: 3 },
      { method: { toString: () => 'POST' }, collection: 'orders', data: {} },
      { method: 'POST', collection: { toString: () => 'orders' }, data: {} },
    ])
      expect((await refusal(() => shop.batch([request]))).code).toBe('invalid_input');
    expect(await shop.counts()).toEqual([0, 0, 0]);
  });
});
