import { expect, setDefaultTimeout, test } from 'bun:test';
import { functionRoutes } from '../../../src/features/functions/routes.ts';
import { createHttpApp } from '../../http/http-app.ts';
import { type FunctionApp, withApp } from './function-app.ts';

setDefaultTimeout(600_000);

const FILES = { 'echo.ts': `register({ auth: 'public' }, (_ctx, payload) => payload);` };

/** The body goes to the worker as text: these tests say that nobody can tell. */
async function open(app: FunctionApp) {
  const http = await createHttpApp({
    routes: (guard) => functionRoutes(app.service, guard, { maxBodyBytes: 1024 * 1024 }),
  });
  return (body: string) =>
    http.call('POST', '/api/functions/echo', {
      body,
      headers: { 'content-type': 'application/json' },
    });
}

test('a body that is no JSON, nests too deep or holds a lone surrogate is 422, and no call', () =>
  withApp(FILES, {}, async (app) => {
    const post = await open(app);
    const seen: unknown[] = [];
    for (const body of ['{"x":', '{} {}', 'NaN', `${'['.repeat(65)}`, '["\\ud800"]']) {
      const { status, body: answer } = await post(body);
      const [{ loc, msg, type }] = answer.detail;
      seen.push([status, loc, type, msg]);
    }
    expect(seen).toEqual([
      [422, ['body'], 'json_invalid', expect.stringMatching(/^is not valid JSON: ./)],
      [422, ['body'], 'json_invalid', expect.stringMatching(/^is not valid JSON: ./)],
      [422, ['body'], 'json_invalid', expect.stringMatching(/^is not valid JSON: ./)],
      [422, ['body'], 'json_too_deep', 'must not nest deeper than 64 levels'],
      [422, ['body', 0], 'value_error', expect.stringContaining('lone surrogate')],
    ]);
    expect((await app.service.listCalls({}, { limit: 1, offset: 0 })).total).toBe(0);
  }));

test.each([
  ['a byte order mark and spaces', '\ufeff \n{"a":1}\t', { a: 1 }],
  ['a key twice', '{"a":1,"a":2}', { a: 2 }],
  ['escapes', '["\\u0000\\ud83d\\ude00\\"\\\\"]', ['\0😀"\\']],
  ['text that is null', 'null', null],
  ['more than fits a small frame', JSON.stringify('"\n'.repeat(50_000)), '"\n'.repeat(50_000)],
])('%s: the function gets the value that it says', (_name, body, value) =>
  withApp(FILES, {}, async (app) => {
    const post = await open(app);
    const payloads: unknown[] = [];
    app.onCall.on(({ payload }) => payloads.push(payload));
    expect((await post(body)).body.result).toEqual(value);
    expect(payloads).toEqual([value]);
  }),
);

test('a key __proto__ is a key like others', () =>
  withApp(FILES, {}, async (app) => {
    const post = await open(app);
    const { text } = await post('{"__proto__":{"x":1}}');
    expect(text).toContain('"result":{"__proto__":{"x":1}}');
  }));
