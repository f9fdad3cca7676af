// Runs alone: it measures.
import { describe, expect, test } from 'bun:test';
import { createHttpApp, exampleRoutes } from './http-app.ts';

const app = createHttpApp({ routes: exampleRoutes, maxBodyBytes: 4096 });
const post = async (body: unknown, headers: Record<string, string> = {}) =>
  (await app).call('POST', '/api/posts/', { as: 'ann', body, headers });
const any = async (body: unknown, headers: Record<string, string> = {}) =>
  (await app).call('POST', '/api/posts/any', { body, headers });
const faultsOf = async (body: unknown) => (await post(body)).body.detail;
const nest = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('bodies', () => {
  test('a good one arrives, and what the handler sets comes back', async () => {
    const { status, body, headers } = await post({ title: 'abc' });
    expect([status, headers.get('x-made')]).toEqual([201, 'yes']);
    expect(body).toEqual({ title: 'abc' });
  });

  test('every fault is told at once', async () => {
    const wrong = {
      title: 'a',
      count: 5000,
      is_draft: 'yes',
      status: 'drafd',
      tags: ['ok', 'toolong', 5],
      note: 'long!',
      titel: 'x',
    };
    expect(await faultsOf(wrong)).toEqual([
      {
        loc: ['body', 'titel'],
        msg: 'is not a known key; did you mean title?',
        type: 'extra_forbidden',
      },
      {
        loc: ['body', 'title'],
        msg: 'must have at least 2 characters, got 1',
        type: 'string_too_short',
      },
      { loc: ['body', 'count'], msg: 'must be at most 1000, got 5000', type: 'less_than_equal' },
      { loc: ['body', 'is_draft'], msg: 'must be true or false, got "yes"', type: 'bool_type' },
      {
        loc: ['body', 'status'],
        msg: 'must be one of "draft", "published", got "drafd"; did you mean draft?',
        type: 'enum',
      },
      {
        loc: ['body', 'tags', 1],
        msg: 'must have at most 3 characters, got 7',
        type: 'string_too_long',
      },
      { loc: ['body', 'tags', 2], msg: 'must be a string, got 5', type: 'string_type' },
      {
        loc: ['body', 'note'],
        msg: 'must have at most 3 characters, got 5',
        type: 'string_too_long',
      },
    ]);
  });

  test('a required key that is missing is one fault', async () => {
    expect(await faultsOf({})).toEqual([
      { loc: ['body', 'title'], msg: 'is required', type: 'missing' },
    ]);
  });

  test.each([
    ['a list instead of an object', '[]', 'object_type'],
    ['null', 'null', 'object_type'],
    ['text that is no JSON', '{"title":', 'json_invalid'],
    ['two values', '{} {}', 'json_invalid'],
    ['NaN', '{"count": NaN}', 'json_invalid'],
  ])('%s is 422', async (_name, text, type) => {
    const { status, body } = await post(text);
    expect([status, body.detail[0].loc, body.detail[0].type]).toEqual([422, ['body'], type]);
  });

  test('no body at all is 422, type missing', async () => {
    const { call } = await app;
    const { status, body } = await call('POST', '/api/posts/', { as: 'ann' });
    expect([status, body.detail[0].type]).toEqual([422, 'missing']);
    expect((await post('')).body.detail[0].type).toBe('missing');
  });

  test('a body that may be left out may be', async () => {
    const { call } = await app;
    expect((await call('POST', '/api/posts/maybe')).body).toEqual({ got: 'nothing' });
    expect((await call('POST', '/api/posts/maybe', { body: { a: 1 } })).body).toEqual({
      got: { a: 1 },
    });
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'text/json',
  ])('%s is 415: a form of another site cannot send JSON without a preflight', async (type) => {
    expect((await post('{"title":"abc"}', { 'content-type': type })).status).toBe(415);
  });

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset=x'])(
    '%s is taken',
    async (type) => {
      expect((await post('{"title":"abc"}', { 'content-type': type })).status).toBe(201);
    },
  );

  test('a body without a type is 415', async () => {
    const bytes = new TextEncoder().encode('{"title":"abc"}');
    const { server } = await app;
    const request = new Request('http://localhost/api/posts/any', { method: 'POST', body: bytes });
    expect((await server.fetch(request)).status).toBe(415);
  });

  test('bytes that are no UTF-8 are refused instead of being replaced silently', async () => {
    const bytes = new Uint8Array([...new TextEncoder().encode('{"a":"'), 0xc3, 0x28, 0x22, 0x7d]);
    expect((await any(bytes)).body.detail[0]).toEqual({
      loc: ['body'],
      msg: 'is not valid UTF-8',
      type: 'json_invalid',
    });
  });

  test('64 levels pass, 65 do not, and brackets in strings do not count', async () => {
    expect((await any(nest(64))).status).toBe(200);
    expect((await any(nest(65))).body.detail[0].type).toBe('json_too_deep');
    expect((await any(JSON.stringify(['[{'.repeat(500), '"\\'.repeat(40)]))).status).toBe(200);
    expect((await any(JSON.stringify(Array.from({ length: 200 }, () => [])))).status).toBe(200);
  });

  test('a megabyte of brackets is refused without being parsed', async () => {
    const deep = await createHttpApp({ routes: exampleRoutes });
    // The best of some, as anything else on the machine only ever adds to it.
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 5; round++) {
      const begin = performance.now();
      const { body } = await deep.call('POST', '/api/posts/any', { body: '['.repeat(1_000_000) });
      best = Math.min(best, performance.now() - begin);
      expect(body.detail[0].type).toBe('json_too_deep');
    }
    expect(best).toBeLessThan(200);
  });

  test.each([
    ['a value', '{"a":["\\ud800"]}', ['body', 'a', 0]],
    ['a key', '{"a":{"\\uDC00x":1}}', ['body', 'a']],
  ])('a lone surrogate in %s is refused', async (_name, text, loc) => {
    const { status, body } = await any(text);
    expect([status, body.detail[0].loc]).toEqual([422, loc]);
  });

  test('an escaped pair and an escaped backslash before ud800 are fine', async () => {
    expect((await any('{"a":"\\ud83d\\ude00","b":"\\\\ud800"}')).body.body).toEqual({
      a: '😀',
      b: '\\ud800',
    });
  });

  test('a key __proto__ pollutes nothing and is unknown where keys are fixed', async () => {
    expect((await post('{"title":"abc","__proto__":{"is_admin":true}}')).body.detail[0].type).toBe(
      'extra_forbidden',
    );
    expect((await any('{"__proto__":{"polluted":1}}')).text).toBe(
      '{"body":{"__proto__":{"polluted":1}}}',
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('a body over the limit is 413 by its declared length, before a byte is read', async () => {
    const { status, body } = await any('"x"', { 'content-length': '4097' });
    expect([status, body.code]).toEqual([413, 'too_large']);
  });

  test('a body of unknown length is counted while it comes: an endless one is cut off', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent++;
        controller.enqueue(new Uint8Array(1000).fill(0x20));
      },
    });
    expect((await any(endless)).status).toBe(413);
    expect(sent).toBeLessThan(20);
  });

  test('ten thousand faults are answered with a hundred', async () => {
    const wide = await createHttpApp({ routes: exampleRoutes });
    const body = { title: 'abc', tags: Array.from({ length: 10_000 }, () => 'toolong') };
    const answer = await wide.call('POST', '/api/posts/', { as: 'ann', body });
    expect(answer.body.detail).toHaveLength(100);
  });
});
