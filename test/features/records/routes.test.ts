import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Elysia } from 'elysia';
import { SYSTEM } from '../../../src/core/actor.ts';
import { batchRoutes, recordRoutes } from '../../../src/features/records/routes.ts';
import { createHttpApp } from '../../http/http-app.ts';
import { createOpenCollection, type DataApp, openDataApp } from './data-app.ts';

const BOOKS = '/api/collections/books/records';
let data: DataApp;
let http: Awaited<ReturnType<typeof createHttpApp>>;
let id: string;
let cursor: string;

beforeAll(async () => {
  data = openDataApp();
  http = await createHttpApp({
    routes: (guard) =>
      new Elysia().use(recordRoutes(data.records, guard)).use(batchRoutes(data.records, guard)),
  });
  await createOpenCollection(data, 'authors', [{ name: 'name', type: 'str' }]);
  await createOpenCollection(data, 'books', [
    { name: 'title', type: 'str' },
    { name: 'n', type: 'int' },
    { name: 'secret', type: 'str', read: 'admin' },
    { name: 'author', type: 'reference', collection: 'authors' },
  ]);
  const author = (await data.records.create(SYSTEM, 'authors', { name: 'Ann' })).record.id;
  for (const n of [1, 2, 3]) {
    const { record } = await data.records.create(SYSTEM, 'books', { title: `t${n}`, n, author });
    id = record.id;
  }
  cursor = JSON.parse(await data.records.list(SYSTEM, 'books', { limit: 1 })).next_cursor;
});
afterAll(() => data.close());

const titles = ({ items }: { items: { data: { title: string } }[] }) =>
  items.map((item) => item.data.title);

describe('the query of a list', () => {
  test.each([
    ['filter=n%20%3E%201', ['t3', 't2']],
    ['filter=n+%3E+1&sort=n', ['t2', 't3']],
    ['filter[n]=2', ['t2']],
    ['filter%5Bn%5D=2', ['t2']],
    ['filter[n]=2&filter[title]=t2', ['t2']],
    ['filter[n]=2&filter[title]=t3', []],
    ['filter[n]=2&filter=title=%27t2%27', ['t2']],
    ['sort_by=n&sort_order=asc&count=exact', ['t1', 't2', 't3']],
    ['limit=1&offset=1&count=true', ['t2']],
    ['fields=title&expand=author', ['t3', 't2', 't1']],
  ])('?%s', async (query, found) => {
    const { status, body } = await http.call('GET', `${BOOKS}?${query}`);
    expect([status, body.detail ?? titles(body)]).toEqual([200, found]);
  });

  test('answers pages that a cursor leads through', async () => {
    const first = await http.call('GET', `${BOOKS}?limit=2`);
    expect([titles(first.body), first.body.page, first.body.total]).toEqual([['t3', 't2'], 1, 3]);
    const cursor = encodeURIComponent(first.body.next_cursor);
    const rest = await http.call('GET', `${BOOKS}?limit=2&count=false&cursor=${cursor}`);
    expect(titles(rest.body)).toEqual(['t1']);
    expect(rest.body).toMatchObject({ page: null, total: null, page_size: 2, next_cursor: null });
  });

  test.each([
    ['filtr=n%3D1', 'filtr'],
    ['filter[]=1', 'filter[]'],
    ['filter[n]=1&filter[n]=2', 'filter[n]'],
    ['filter[n]=x', 'filter[n]'],
    ['filter[nope]=1', 'filter[nope]'],
    ['filter[__proto__]=1', 'filter[__proto__]'],
    ['filter[n', 'filter[n'],
    ['filter=n%20%3D', 'filter'],
    ['filter=', 'filter'],
    ['sort=nope', 'sort'],
    ['sort_order=up', 'sort_order'],
    ['count=1', 'count'],
    ['count=', 'count'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=2.0', 'limit'],
    ['offset=-1', 'offset'],
    ['cursor=', 'cursor'],
    ['cursor=eyJ9', 'cursor'],
    ['fields=nope', 'fields'],
    ['expand=title', 'expand'],
  ])('?%s is refused at its place', async (query, name) => {
    const { status, body } = await http.call('GET', `${BOOKS}?${query}`);
    expect(status).toBe(422);
    expect(body.detail.map(({ loc }: { loc: unknown }) => loc)).toEqual([['query', name]]);
  });

  test.each(['filter=secret%3D%27x%27', 'filter[secret]=x', 'sort=secret', 'fields=secret'])(
    'attack: ?%s by somebody who may not read the field is 403',
    async (query) => {
      for (const as of [undefined, 'ann'])
        expect((await http.call('GET', `${BOOKS}?${query}`, as ? { as } : {})).status).toBe(403);
      expect((await http.call('GET', `${BOOKS}?${query}`, { as: 'admin' })).status).toBe(200);
    },
  );
});

describe('a single record', () => {
  test('takes fields and expand, with the same ETag', async () => {
    const plain = await http.call('GET', `${BOOKS}/${id}`);
    const chosen = await http.call('GET', `${BOOKS}/${id}?fields=n&expand=author`);
    expect(chosen.body).toMatchObject({ id, data: { n: 3 }, expanded: { author: {} } });
    expect(Object.keys(chosen.body.data)).toEqual(['n']);
    expect(chosen.body.expanded.author.data).toEqual({ name: 'Ann' });
    expect(plain.body).not.toHaveProperty('expanded');
    expect([plain.status, chosen.status]).toEqual([200, 200]);
    expect(chosen.headers.get('etag')).toBe(plain.headers.get('etag'));
    expect((await http.call('GET', `${BOOKS}/nope?fields=n`)).status).toBe(404);
    expect((await http.call('GET', `${BOOKS}/${id}?fields=secret`, { as: 'ann' })).status).toBe(
      403,
    );
    expect((await http.call('GET', `${BOOKS}/${id}?field=n`)).status).toBe(422);
  });
});

describe('what needs no waiting', () => {
  test.each([
    ['a record', () => `/${id}`],
    ['a list with filter, sort and total', () => '?filter=n%20%3E%201&sort=-n'],
    ['the page behind a cursor', () => `?limit=1&cursor=${cursor}`],
  ])(
    '%s is answered at once: a promise would cost each a turn through the time-outs',
    (_, path) => {
      const answer = http.app.fetch(new Request(`http://localhost${BOOKS}${path()}`));
      expect(answer).toBeInstanceOf(Response);
      expect((answer as Response).status).toBe(200);
    },
  );

  test('what needs waiting is answered all the same, and so is its failure', async () => {
    const expanded = http.app.fetch(
      new Request(`http://localhost${BOOKS}/${id}?expand=author`, {
        headers: { authorization: 'Bearer admin' },
      }),
    );
    expect(expanded).toBeInstanceOf(Promise);
    expect((await expanded).status).toBe(200);
    const unknown = await http.app.fetch(
      new Request(`http://localhost${BOOKS}/${id}?expand=nothing`),
    );
    expect(unknown.status).toBe(422);
    expect(await unknown.json()).toMatchObject({ code: 'invalid_input' });
  });
});

describe('POST /api/batch', () => {
  const post = (title: string) => ({ method: 'POST', collection: 'books', data: { title } });

  test('answers each result in its order', async () => {
    const { status, body } = await http.call('POST', '/api/batch', {
      body: {
        requests: [post('x'), { method: 'PATCH', collection: 'books', id, data: { n: 4 } }],
      },
    });
    expect(status).toBe(200);
    expect(body.results).toMatchObject([
      { status: 201, record: { data: { title: 'x' } } },
      { status: 200, record: { id, data: { n: 4 } } },
    ]);
  });

  test.each([
    [{ requests: [post('a'), { ...post('b'), data: { n: 'x' } }] }, [1, 'data', 'n']],
    [{ requests: [post('a'), { ...post('b'), methd: 1 }] }, [1, 'methd']],
    [{ requests: [{ ...post('a'), method: 'PUT' }] }, [0, 'method']],
    [{ requests: [{ ...post('a'), method: 'post' }] }, [0, 'method']],
    [{ requests: [{ ...post('a'), data: [] }] }, [0, 'data']],
    [{ requests: [{ ...post('a'), id: 7 }] }, [0, 'id']],
    [{ requests: {} }, []],
    [{ requests: Array(501).fill(post('a')) }, []],
  ])('%# a fault is 422 at its place, and nothing is written', async (body, loc) => {
    const before = await data.records.count(SYSTEM, 'books');
    const answer = await http.call('POST', '/api/batch', { body });
    expect(answer.status).toBe(422);
    expect(answer.body.detail[0].loc).toEqual(['body', 'requests', ...loc]);
    expect(await data.records.count(SYSTEM, 'books')).toBe(before);
  });

  test('any other fault answers its own status and says which request it was', async () => {
    for (const [request, status] of [
      [{ method: 'DELETE', collection: 'books', id: 'nope' }, 404],
      [{ method: 'PATCH', collection: 'books', id, data: {}, if_match: '"99"' }, 412],
      [{ ...post('x'), owner_id: id }, 403],
    ] as const) {
      const answer = await http.call('POST', '/api/batch', {
        body: { requests: [post('a'), request] },
      });
      expect([answer.status, answer.body.detail]).toEqual([
        status,
        expect.stringMatching(/^requests\[1\]: /),
      ]);
    }
  });

  test('a body larger than the server takes is 413', async () => {
    const small = await createHttpApp({
      maxBodyBytes: 100,
      routes: (guard) => batchRoutes(data.records, guard),
    });
    const body = { requests: Array(10).fill(post('a')) };
    expect((await small.call('POST', '/api/batch', { body })).status).toBe(413);
  });
});
