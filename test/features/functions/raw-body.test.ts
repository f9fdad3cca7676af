import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { functionRoutes } from '../../../src/features/functions/routes.ts';
import { createHttpApp } from '../../http/http-app.ts';
import { createFolder, createFunctionApp, type FunctionApp } from './function-app.ts';

setDefaultTimeout(600_000);

const MAX_BYTES = 64 * 1024;
const FILES = {
  'hook.ts': `register({ auth: 'public', raw_body: true }, (ctx, payload) => ({
    isBytes: ctx.request.body.constructor === Uint8Array,
    hasOnlyItself: ctx.request.body.buffer.byteLength === ctx.request.body.length,
    length: ctx.request.body.length,
    text: new TextDecoder().decode(ctx.request.body).slice(0, 20),
    type: ctx.request.headers['content-type'] ?? null,
    payload: payload === undefined,
  }));`,
  'members.ts': `register({ raw_body: true }, () => 1);`,
  'plain.ts': `register({ auth: 'public' }, (ctx, payload) => [ctx.request.body, payload]);`,
  'parent.ts': `register({ auth: 'public' }, (ctx, payload) => ctx.functions.call('hook', payload));`,
  'both.ts': `register({ raw_body: true, input: t.Object({}) }, () => 1);`,
  'odd.ts': `register({ raw_body: 'yes' }, () => 1);`,
};

describe('raw_body', () => {
  const folder = createFolder(FILES);
  let app: FunctionApp;
  let http: Awaited<ReturnType<typeof createHttpApp>>;
  beforeAll(async () => {
    app = createFunctionApp(folder);
    http = await createHttpApp({
      routes: (guard) => functionRoutes(app.service, guard, { maxBodyBytes: MAX_BYTES }),
    });
    await app.service.start();
  });
  afterAll(async () => {
    await app.stop();
    folder.dispose();
  });
  const post = (name: string, body?: unknown, type?: string) =>
    http.call('POST', `/api/functions/${name}`, {
      body,
      headers: type === undefined ? {} : { 'content-type': type },
    });

  test.each([
    ['a form', 'a=1&b=2', 'application/x-www-form-urlencoded', 7],
    ['bytes that are no text', Uint8Array.of(0, 255, 254, 0), 'application/octet-stream', 4],
    ['JSON that is broken', '{"a":', 'application/json', 5],
    ['XML', '<a/>', 'text/xml', 4],
    ['an empty body', '', 'text/plain', 0],
  ])('takes %s as it is', async (_name, body, type, length) => {
    const { status, body: answer } = await post('hook', body, type);
    expect(status).toBe(200);
    expect(answer.result).toMatchObject({
      isBytes: true,
      hasOnlyItself: true,
      length,
      payload: true,
      type,
    });
  });

  test('takes no body at all, and none of a declared type', async () => {
    const { status, body } = await post('hook');
    expect(status).toBe(200);
    expect(body.result).toMatchObject({ length: 0, type: null });
  });

  test('takes a body of unknown length', async () => {
    const stream = new Blob(['one', 'two']).stream();
    const { body } = await post('hook', stream, 'text/plain');
    expect(body.result).toMatchObject({ text: 'onetwo', hasOnlyItself: true });
  });

  test('a body over the limit is a 413, whether its length was declared or not', async () => {
    const big = new Uint8Array(MAX_BYTES + 1);
    expect((await post('hook', big, 'image/png')).status).toBe(413);
    expect((await post('hook', new Blob([big]).stream(), 'image/png')).status).toBe(413);
    const fits = await post('hook', new Uint8Array(MAX_BYTES), 'image/png');
    expect(fits.body.result).toMatchObject({ length: MAX_BYTES });
  });

  test('a function without it keeps to JSON, and has no body in its request', async () => {
    expect((await post('plain', 'a=1', 'application/x-www-form-urlencoded')).status).toBe(415);
    expect((await post('plain', { a: 1 })).body.result).toEqual([null, { a: 1 }]);
  });

  test('who may not call is told so before the body is read', async () => {
    const big = new Uint8Array(MAX_BYTES + 1);
    expect((await post('members', big, 'image/png')).status).toBe(401);
    expect((await post('missing', big, 'image/png')).status).toBe(404);
  });

  test('called by another function, the bytes are the JSON of the payload', async () => {
    expect((await post('parent', { a: 1 })).body.result).toMatchObject({ text: '{"a":1}' });
  });

  test('called without a request, on a schedule, there is an empty one', async () => {
    expect(await app.result('hook')).toMatchObject({ length: 0, type: null });
  });

  test('with an input, or with a value that is no switch, the file does not load and says why', () => {
    const messages = app.service.loadErrors().map(({ message }) => message);
    expect(messages).toEqual([
      expect.stringContaining('leave out input or raw_body'),
      expect.stringContaining('raw_body must be true or false'),
    ]);
  });

  test('a call before the workers are ready waits, whatever its content type', async () => {
    const early = createFunctionApp(folder);
    const routes = functionRoutes.bind(null, early.service);
    const fresh = await createHttpApp({
      routes: (guard) => routes(guard, { maxBodyBytes: MAX_BYTES }),
    });
    const starting = early.service.start();
    const options = { body: 'a=1', headers: { 'content-type': 'text/plain' } };
    const { status } = await fresh.call('POST', '/api/functions/hook', options);
    expect(status).toBe(200);
    await starting;
    await early.stop();
  });
});
