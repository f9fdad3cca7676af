import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { Elysia, t } from 'elysia';
import { AppError } from '../../src/core/errors.ts';
import { readQuery } from '../../src/http/query.ts';
import { createHttpApp, exampleRoutes } from './http-app.ts';

const app = createHttpApp({ routes: exampleRoutes });
const get = async (search: string) => (await app).call('GET', `/api/posts/${search}`);
const first = async (search: string) => (await get(search)).body.detail[0];

describe('queries', () => {
  test('values get their types, defaults fill in', async () => {
    const { body } = await get('?offset=5&is_draft=true&sort_order=asc&search=a+b%21');
    expect(body.query).toEqual({
      limit: 100,
      offset: 5,
      is_draft: true,
      sort_order: 'asc',
      search: 'a b!',
    });
    expect((await get('')).body.query).toEqual({ limit: 100 });
    expect((await get('?')).body.query).toEqual({ limit: 100 });
  });

  test('a limit out of range is 422, not clipped', async () => {
    expect(await first('?limit=5000')).toEqual({
      loc: ['query', 'limit'],
      msg: 'must be at most 1000, got 5000',
      type: 'less_than_equal',
    });
  });

  test.each([
    ['limit=1.5', 'int_type'],
    ['limit=0x10', 'int_type'],
    ['limit=', 'int_type'],
    ['limit=1e2', 'int_type'],
    ['offset=99999999999999999999', 'int_type'],
    ['offset=9007199254740993', 'int_type'],
    ['is_draft=1', 'bool_type'],
    ['is_draft', 'bool_type'],
    ['sort_order=up', 'enum'],
    ['search=toolong', 'string_too_long'],
    ['search=%zz', 'value_error'],
    ['search=%ff', 'value_error'],
  ])('%s is 422', async (search, type) => {
    expect((await first(`?${search}`)).type).toBe(type);
  });

  test('an unknown parameter is 422 and names the nearest', async () => {
    expect(await first('?limt=5')).toEqual({
      loc: ['query', 'limt'],
      msg: 'is not a known parameter; did you mean limit?',
      type: 'extra_forbidden',
    });
  });

  test('a repeated parameter is 422: two readers of it could disagree', async () => {
    expect((await first('?limit=5&limit=6')).type).toBe('repeated');
    expect((await first('?limit=5&%6cimit=6')).type).toBe('repeated');
  });

  test('all faults come at once', async () => {
    expect((await get('?limit=0&nope=1&offset=x')).body.detail).toHaveLength(3);
  });

  test('names of a group are allowed and stay as they are', async () => {
    expect((await get('?filter[title]=x&filter%5Bn%5D=1')).body.query).toEqual({
      limit: 100,
      'filter[title]': 'x',
      'filter[n]': '1',
    });
    expect((await first('?filter[TITLE]=x')).type).toBe('extra_forbidden');
  });

  test('names of Object.prototype are unknown parameters like any other', async () => {
    for (const name of ['__proto__', 'constructor', 'toString'])
      expect((await first(`?${name}=1`)).type).toBe('extra_forbidden');
  });

  test('a route without a query takes none', async () => {
    const { call } = await app;
    expect((await call('GET', '/api/posts/1?x=1')).body.detail[0].msg).toBe(
      'is not a known parameter; no parameter is allowed here',
    );
    expect((await call('GET', '/api/posts/1?')).status).toBe(200);
  });

  test('a route may leave its query to the handler', async () => {
    const { call } = await createHttpApp({
      routes: (guard) =>
        new Elysia().use(guard).get('/api/call', ({ request }) => ({ url: request.url }), {
          access: 'public',
          anyQuery: true,
        }),
    });
    expect((await call('GET', '/api/call?a=1&a=2')).status).toBe(200);
  });

  test("Elysia's own types mean the plain value", () => {
    const schema = t.Object({
      limit: t.Optional(t.Integer({ minimum: 1, maximum: 10 })),
      ratio: t.Optional(t.Number()),
      force: t.Optional(t.Boolean()),
      order: t.Optional(t.UnionEnum(['asc', 'desc'])),
      count: t.Optional(t.BooleanString()),
    });
    expect(
      readQuery('http://x/?limit=5&ratio=-1.5e2&force=false&order=asc&count=true', schema),
    ).toEqual({
      limit: 5,
      ratio: -150,
      force: false,
      order: 'asc',
      count: true,
    });
    expect(() => readQuery('http://x/?limit=11', schema)).toThrow(AppError);
    // Elysia makes the first choice the default, unasked.
    expect(readQuery('http://x/', schema)).toEqual({});
  });

  test('a required parameter is asked for', () => {
    const schema = Type.Object({ confirm: Type.String() });
    expect(() => readQuery('http://x/', schema)).toThrow('query.confirm: is required');
  });
});
