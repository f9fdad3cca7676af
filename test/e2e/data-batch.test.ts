import { Database } from 'bun:sqlite';
import { beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { expectStatus } from '../../scripts/support/http-client.ts';
import { client, createAdmin, startBinary } from '../support/binary.ts';
import { serveForFile, UUID_V7 } from '../support/served.ts';
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
const MAX = 500;
const served = serveForFile();
type Who = ReturnType<typeof served>['admin'];

const post = (data: object, collection = 'items', more: object = {}) => ({
  method: 'POST',
  collection,
  data,
  ...more,
});
const patch = ({ id }: { readonly id: string }, data: object, more: object = {}) => ({
  method: 'PATCH',
  collection: 'items',
  id,
  data,
  ...more,
});
const remove = ({ id }: { readonly id: string }, more: object = {}) => ({
  method: 'DELETE',
  collection: 'items',
  id,
  ...more,
});
const send = (requests: unknown, who: Who = served().admin) => who.post('/api/batch', { requests });
const at = (index: number, ...rest: readonly (string | number)[]) => [
  'body',
  'requests',
  index,
  ...rest,
];

/** All that is stored. */
async function readState(): Promise<unknown> {
  const { admin } = served();
  const answers = await Promise.all(
    ['items', 'others', 'owned'].map((name) =>
      admin.get(listOf(name, { limit: 1000, count: 'exact' })),
    ),
  );
  return answers.map(({ body }) => body);
}

beforeAll(async () => {
  const { admin } = served();
  await define(admin, 'items', [
    { name: 'n', type: 'integer', required: true, min: 0 },
    { name: 'code', type: 'string', unique: true },
  ]);
  await define(admin, 'others', [{ name: 'text', type: 'string', max_length: 5 }]);
  await define(admin, 'owned', [{ name: 'text', type: 'string' }], { access: accessOf('owner') });
  await define(admin, 'closed', [{ name: 'text', type: 'string' }], { access: accessOf('admin') });
});

describe('a batch', () => {
  test('answers one result for each request, in their order', async () => {
    const { admin } = served();
    const [one, two] = [
      await add(admin, 'items', { n: 1, code: 'x' }),
      await add(admin, 'items', { n: 2 }),
    ];
    const id = Bun.randomUUIDv7();
    const answer = await send([
      post({ n: 3 }),
      patch(one, { n: 10 }),
      post({ text: 'mixed' }, 'others'),
      remove(two),
      post({ n: 0 }, 'items', { id }),
    ]);
    const { results } = expectStatus(answer, 200, 'a batch');
    expect(Object.keys(answer.body)).toEqual(['results']);
    expect(results.map(({ status }: { status: number }) => status)).toEqual([
      201, 200, 201, 204, 201,
    ]);
    expect(results[0].record.id).toMatch(UUID_V7);
    expect(results[0].record.data).toEqual({ n: 3 });
    expect(results[1].record.id).toBe(one.id);
    expect(results[1].record.data).toEqual({ n: 10, code: 'x' });
    expect(results[3].record).toBeNull();
    expect(results[4].record.id).toBe(id);
    for (const [index, collection] of [
      [0, 'items'],
      [1, 'items'],
      [2, 'others'],
      [4, 'items'],
    ] as const) {
      const { record } = results[index];
      expect((await admin.get(`${recordsOf(collection)}/${record.id}`)).body).toEqual(record);
    }
    expectProblem(await admin.get(`${recordsOf('items')}/${two.id}`), 404, 'not_found');
  });

  test('later requests see what earlier ones did', async () => {
    const { admin } = served();
    const id = Bun.randomUUIDv7();
    const old = await add(admin, 'items', { n: 1, code: 'taken' });
    const answer = await send([
      post({ n: 1 }, 'items', { id }),
      patch({ id }, { n: 2 }),
      remove(old),
      patch({ id }, { code: 'taken' }),
      post({ n: 5, code: 'soon gone' }),
    ]);
    expectStatus(answer, 200, 'a batch');
    expect((await admin.get(`${recordsOf('items')}/${id}`)).body.data).toEqual({
      n: 2,
      code: 'taken',
    });
  });

  test('what it has deleted itself is missing for what stands behind, and not forbidden', async () => {
    const { admin, ann } = served();
    const item = await add(admin, 'items', { n: 1 });
    const own = await add(ann, 'owned', { text: 'mine' });
    for (const [who, first, second] of [
      [admin, remove(item), remove(item)],
      [admin, remove(item), patch(item, { n: 2 })],
      [
        ann,
        { ...remove(own), collection: 'owned' },
        { ...patch(own, { text: 'x' }), collection: 'owned' },
      ],
    ] as const)
      expect(expectProblem(await send([first, second], who), 404, 'not_found')).toContain(
        'requests[1]',
      );
    expect((await admin.get(`${recordsOf('items')}/${item.id}`)).body.data).toEqual({ n: 1 });
  });

  test('of nothing changes nothing', async () => {
    const before = await readState();
    expect(expectStatus(await send([]), 200, 'nothing')).toEqual({ results: [] });
    expect(await readState()).toEqual(before);
  });

  test('belongs to its sender', async () => {
    const { ann, admin, bob, anonymous } = served();
    const made = expectStatus(await send([post({ text: 'a' }, 'owned')], ann), 200, 'ann');
    expect(made.results[0].record.owner_id).toBe(ann.id);
    const chosen = await send([post({ text: 'b' }, 'owned', { owner_id: ann.id })], admin);
    expect(expectStatus(chosen, 200, 'admin').results[0].record.owner_id).toBe(ann.id);
    expectProblem(await send([post({}, 'owned', { owner_id: ann.id })], bob), 403, 'forbidden');
    const free = await send([post({ n: 1 })], anonymous);
    expect(expectStatus(free, 200, 'anonymous').results[0].record.owner_id).toBeNull();
  });
});

describe('all or none', () => {
  test('a fault anywhere writes nothing, and answers its status with its place', async () => {
    const { admin, ann, bob } = served();
    const item = await add(admin, 'items', { n: 1, code: 'here' });
    const own = await add(ann, 'owned', { text: 'mine' });
    const before = await readState();
    const good: readonly object[] = [
      post({ n: 7 }),
      patch(item, { n: 8 }),
      post({ text: 'ok' }, 'others'),
    ];
    const refuse = async (bad: object, status: number, code: string, who: Who = admin) => {
      for (const place of [0, 1, good.length]) {
        const answer = await send(good.toSpliced(place, 0, bad), who);
        const detail = expectProblem(answer, status, code, JSON.stringify(bad));
        expect(detail).toContain(`requests[${place}]`);
      }
    };
    await refuse(post({ n: 1, code: 'here' }), 409, 'conflict');
    await refuse(post({ n: 1 }, 'items', { id: item.id }), 409, 'conflict');
    await refuse(patch({ id: NOBODY }, { n: 1 }), 404, 'not_found');
    await refuse(remove({ id: NOBODY }), 404, 'not_found');
    await refuse(post({}, 'nothing'), 404, 'not_found');
    await refuse(remove(item, { if_match: '"999"' }), 412, 'precondition_failed');
    await refuse({ ...remove(own), collection: 'owned' }, 404, 'not_found', bob);
    await refuse(post({}, 'closed'), 404, 'not_found', bob);
    await refuse(post({}, 'owned'), 401, 'unauthenticated', served().anonymous);
    expect(await readState()).toEqual(before);
  });

  test('wrong input is 422 with loc, all of it at once', async () => {
    const { admin } = served();
    const item = await add(admin, 'items', { n: 1 });
    const before = await readState();
    const answer = await send([
      post({ n: 1 }),
      post({ n: -1, m: 2 }),
      patch(item, { n: null }),
      post({ text: 'too long' }, 'others'),
      post({}),
    ]);
    expectFaults(
      answer,
      'many faults',
      at(1, 'data', 'n'),
      at(1, 'data', 'm'),
      at(2, 'data', 'n'),
      at(3, 'data', 'text'),
      at(4, 'data', 'n'),
    );
    expect(await readState()).toEqual(before);
  });

  test.each([
    ['no method', { collection: 'items', data: {} }, [at(0, 'method')]],
    ['an unknown method', { method: 'PUT', collection: 'items', data: {} }, [at(0, 'method')]],
    ['GET', { method: 'GET', collection: 'items', id: NOBODY }, [at(0, 'method')]],
    ['no collection', { method: 'POST', data: {} }, [at(0, 'collection')]],
    ['POST without data', { method: 'POST', collection: 'items' }, [at(0, 'data')]],
    ['PATCH without id', { method: 'PATCH', collection: 'items', data: {} }, [at(0, 'id')]],
    ['PATCH without data', { method: 'PATCH', collection: 'items', id: NOBODY }, [at(0, 'data')]],
    ['DELETE without id', { method: 'DELETE', collection: 'items' }, [at(0, 'id')]],
    [
      'DELETE with data',
      { method: 'DELETE', collection: 'items', id: NOBODY, data: {} },
      [at(0, 'data')],
    ],
    ['POST with if_match', post({ n: 1 }, 'items', { if_match: '"1"' }), [at(0, 'if_match')]],
    ['an unknown key', post({ n: 1 }, 'items', { path: '/' }), [at(0, 'path')]],
    [
      'an id of version 4',
      post({ n: 1 }, 'items', { id: 'a8b47c1e-7c1e-4d3a-9f52-1c2d3e4f5a6b' }),
      [at(0, 'id')],
    ],
    ['an owner who is no user', post({ n: 1 }, 'items', { owner_id: NOBODY }), [at(0, 'owner_id')]],
    ['data that is a list', { method: 'POST', collection: 'items', data: [] }, [at(0, 'data')]],
    ['an id that is a number', { method: 'DELETE', collection: 'items', id: 5 }, [at(0, 'id')]],
    ['a request that is text', 'POST', [at(0)]],
    ['a request that is null', null, [at(0)]],
  ] as readonly (readonly [string, unknown, readonly (readonly (string | number)[])[]])[])(
    '%s is 422 at its place',
    async (what, request, locs) => {
      const before = await readState();
      expectFaults(await send([request]), what, ...locs);
      expect(await readState()).toEqual(before);
    },
  );

  test('a body that is no batch', async () => {
    const { admin } = served();
    for (const [body, ...loc] of [
      [{}, 'requests'],
      [{ requests: {} }, 'requests'],
      [{ requests: [], more: 1 }, 'more'],
    ] as const)
      expectFaults(await admin.post('/api/batch', body), JSON.stringify(body), ['body', ...loc]);
    for (const body of [[], null, 5])
      expect((await admin.post('/api/batch', body)).status).toBe(422);
  });

  test('500 requests, not 501', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, n) => post({ n }));
    const before = await readState();
    expectFaults(await send(many(MAX + 1)), '501', ['body', 'requests']);
    expect(await readState()).toEqual(before);
    const { results } = expectStatus(await send(many(MAX)), 200, '500');
    expect(results.map(({ record }: { record: { data: { n: number } } }) => record.data.n)).toEqual(
      Array.from({ length: MAX }, (_, n) => n),
    );
    // The last of them fails: none is there.
    const counted = (await served().admin.get(listOf('items', { count: 'exact', limit: 1 }))).body
      .total;
    const failing = many(MAX).with(MAX - 1, post({ n: 1, code: 'here' }));
    expectProblem(await send(failing), 409, 'conflict');
    const after = (await served().admin.get(listOf('items', { count: 'exact', limit: 1 }))).body
      .total;
    expect(after).toBe(counted);
    const gone = results.map(({ record }: { record: { id: string } }) => remove(record));
    expectStatus(await send(gone), 200, 'deleting them');
  });

  test('a value that two of its own requests want is 409', async () => {
    const before = await readState();
    const answer = await send([post({ n: 1, code: 'twice' }), post({ n: 2, code: 'twice' })]);
    const detail = expectProblem(answer, 409, 'conflict');
    expect(detail).toContain('requests[1]');
    expect(detail).toContain('code');
    expect(await readState()).toEqual(before);
  });
});

describe('if_match', () => {
  const etagOf = async (id: string) =>
    (await served().admin.get(`${recordsOf('items')}/${id}`)).headers.get('etag') ?? '';

  test('lets a change through while the record is as it was', async () => {
    const item = await add(served().admin, 'items', { n: 1 });
    const etag = await etagOf(item.id);
    expect(etag).toMatch(/^"/);
    expectStatus(await send([patch(item, { n: 2 }, { if_match: etag })]), 200, 'first');
    const before = await readState();
    for (const stale of [
      patch(item, { n: 3 }, { if_match: etag }),
      remove(item, { if_match: etag }),
    ])
      expect(
        expectProblem(await send([post({ n: 9 }), stale]), 412, 'precondition_failed'),
      ).toContain('requests[1]');
    expect(await readState()).toEqual(before);
    expectStatus(await send([remove(item, { if_match: await etagOf(item.id) })]), 200, 'fresh');
  });

  test('counts the changes of the batch itself', async () => {
    const item = await add(served().admin, 'items', { n: 1 });
    const etag = await etagOf(item.id);
    const twice = [
      patch(item, { n: 2 }, { if_match: etag }),
      patch(item, { n: 3 }, { if_match: etag }),
    ];
    expectProblem(await send(twice), 412, 'precondition_failed');
    expect((await served().admin.get(`${recordsOf('items')}/${item.id}`)).body.data.n).toBe(1);
  });

  test('of two batches at once that want the same one succeeds', async () => {
    for (let turn = 0; turn < 10; turn++) {
      const item = await add(served().admin, 'items', { n: 1 });
      const etag = await etagOf(item.id);
      const answers = await Promise.all(
        [2, 3].map((n) => send([post({ n }), patch(item, { n }, { if_match: etag })])),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    }
  });
});

test('readers see all of a batch or nothing of it', async () => {
  const { admin } = served();
  await define(admin, 'pairs', [{ name: 'n', type: 'integer' }]);
  const pairs = [await add(admin, 'pairs', { n: 0 }), await add(admin, 'pairs', { n: 0 })];
  let isDone = false;
  const reader = async () => {
    let reads = 0;
    while (!isDone || reads < 20) {
      const { items } = (await admin.get(recordsOf('pairs'))).body;
      const [one, two] = items.map(({ data }: { data: { n: number } }) => data.n);
      expect(one).toBe(two);
      reads++;
    }
  };
  const writer = async () => {
    for (let n = 1; n <= 100; n++) {
      const changes = pairs.map((pair) => ({ ...patch(pair, { n }), collection: 'pairs' }));
      expectStatus(await send(changes), 200, 'a pair');
    }
    isDone = true;
  };
  await Promise.all([writer(), reader(), reader()]);
});

test('an answered batch survives kill -9 as a whole, and none is there in half', async () => {
  const SIZE = 20;
  const WRITERS = 8;
  const ACKED_BEFORE_KILL = 100;
  let server = await startBinary();
  try {
    const admin = await createAdmin(server);
    await define(admin, 'notes', [
      { name: 'batch', type: 'string', index: true },
      { name: 'n', type: 'integer' },
    ]);
    const sent: string[] = [];
    const acked: string[] = [];
    for (let round = 0; round < 2; round++) {
      let killed: Promise<void> | undefined;
      const goal = acked.length + ACKED_BEFORE_KILL;
      const writer = async (number: number) => {
        const who = client(server.url);
        for (let n = 0; ; n++) {
          const batch = `${round}-${number}-${n}`;
          const requests = Array.from({ length: SIZE }, (_, index) =>
            post({ batch, n: index }, 'notes'),
          );
          sent.push(batch);
          const answer = await who.post('/api/batch', { requests }).catch(() => undefined);
          if (answer === undefined) return;
          expect(answer.status).toBe(200);
          acked.push(batch);
          if (acked.length >= goal) killed ??= server.kill9();
        }
      };
      await Promise.all(Array.from({ length: WRITERS }, (_, number) => writer(number)));
      await killed;
      server = await server.restart();
      const who = client(server.url);
      const sizes = new Map<string, number>();
      for (const batch of sent) {
        const query = { filter: `batch = '${batch}'`, count: 'exact', limit: 1 };
        sizes.set(batch, (await who.get(listOf('notes', query))).body.total);
      }
      for (const batch of acked) expect([batch, sizes.get(batch)]).toEqual([batch, SIZE]);
      for (const [batch, size] of sizes)
        expect([batch, [0, SIZE].includes(size)]).toEqual([batch, true]);
      const { total } = (await who.get(listOf('notes', { limit: 1 }))).body;
      expect(total).toBe([...sizes.values()].reduce((sum, size) => sum + size, 0));
    }
    expect(await server.stop()).toBe(0);
    const database = new Database(join(server.dir, 'tinybase.db'), { readonly: true });
    expect(database.query('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    database.close();
  } finally {
    await server[Symbol.asyncDispose]();
  }
});
