import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { functionRoutes } from '../../../src/features/functions/routes.ts';
import { createHttpApp } from '../../http/http-app.ts';
import { createFolder, createFunctionApp, type FunctionApp } from './function-app.ts';

setDefaultTimeout(600_000);

/** Returns what the test says, so that each case is one line. */
const FILES = {
  'answers.ts': `register({ auth: 'public' }, (_ctx, { status = 200, headers = {}, body = null }) =>
    new HttpAnswer(status, headers, body));`,
  'kinds.ts': `const bytes = Buffer.from('a secret beside, and the answer').subarray(25);
    const values = {
      text: 'grüße', bytes: Uint8Array.of(0, 255), buffer: new Uint8Array([1, 2]).buffer,
      view: bytes, none: null, missing: undefined, object: { a: 1 }, number: 5, list: ['a'],
      huge: 'x'.repeat(64 * 1024 * 1024 + 1), wide: 'ü'.repeat(33 * 1024 * 1024),
    };
    register({ auth: 'public' }, (_ctx, { kind }) => new HttpAnswer(200, {}, values[kind]));`,
  'own_headers.ts': `register({ auth: 'public' }, () =>
    new HttpAnswer(200, new Headers([['x-a', '1'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2; Path=/']])));`,
  'lists.ts': `register({ auth: 'public' }, () => new HttpAnswer(200, { 'Set-Cookie': ['a=1', 'b=2'] }));`,
  'strict.ts': `register({ auth: 'public', output: t.Object({ n: t.Integer() }) }, () => new HttpAnswer(201, {}, 'made'));`,
  'response.ts': `register({ auth: 'public' }, () => new Response('x'));`,
  'outer.ts': `register({ auth: 'public' }, (ctx) => ctx.functions.call('answers', {}).catch((e) => [e.code, e.message]));`,
  'raw.ts': `register({ auth: 'public', raw_body: true }, (ctx) =>
    new HttpAnswer(200, { 'content-type': 'text/html' }, ctx.request.body));`,
};

describe('an HttpAnswer', () => {
  const folder = createFolder(FILES);
  let app: FunctionApp;
  let http: Awaited<ReturnType<typeof createHttpApp>>;
  beforeAll(async () => {
    app = createFunctionApp(folder, { isDebug: true });
    http = await createHttpApp({
      routes: (guard) => functionRoutes(app.service, guard, { maxBodyBytes: 1024 * 1024 }),
    });
    await app.service.start();
  });
  afterAll(async () => {
    await app.stop();
    folder.dispose();
  });
  const post = (name: string, body?: unknown) =>
    http.call('POST', `/api/functions/${name}`, { body });
  const answer = (given: object) => post('answers', given);
  const reasonOf = async (given: object): Promise<string> => {
    const { status, body } = await answer(given);
    expect(status).toBe(500);
    expect(body).toMatchObject({ code: 'function_failed', error_type: 'OutputValidationError' });
    return body.error;
  };

  test('is sent as it is, without the envelope', async () => {
    const given = {
      status: 418,
      headers: { 'content-type': 'text/csv', 'X-Own': 'ü' },
      body: 'a,b',
    };
    const { status, headers, text } = await answer(given);
    expect([status, text]).toEqual([418, 'a,b']);
    expect(headers.get('content-type')).toBe('text/csv');
    expect(headers.get('x-own')).toBe('ü');
  });

  test.each([
    ['text', 'text/plain; charset=utf-8', 'grüße'],
    ['bytes', 'application/octet-stream', '\0\uFFFD'],
    ['buffer', 'application/octet-stream', '\x01\x02'],
    ['view', 'application/octet-stream', 'answer'],
    ['none', null, ''],
    ['missing', null, ''],
  ])('may have a body that is %s', async (kind, type, text) => {
    const found = await post('kinds', { kind });
    expect([found.status, found.headers.get('content-type'), found.text]).toEqual([
      200,
      type,
      text,
    ]);
  });

  test.each(['object', 'number', 'list'])('with a body that is %s fails', async (kind) => {
    expect((await post('kinds', { kind })).body.error).toContain('no text, Uint8Array');
  });

  test.each(['huge', 'wide'])('with a body over 64 MB (%s) fails', async (kind) => {
    expect((await post('kinds', { kind })).body.error).toContain('larger than 64 MB');
  });

  test.each([199, 600, 101, 200.5, '200', null])('with the status %p fails', async (status) => {
    expect(await reasonOf({ status })).toContain('200 to 599');
  });

  test.each([204, 205, 304])('with the status %d has no body', async (status) => {
    const { status: sent, text } = await answer({ status });
    expect([sent, text]).toEqual([status, '']);
    expect(await reasonOf({ status, body: 'x' })).toContain('cannot have');
  });

  test('may set several cookies, by a Headers object or a list', async () => {
    const own = await post('own_headers');
    expect(own.headers.getSetCookie()).toEqual(['a=1', 'b=2; Path=/']);
    expect(own.headers.get('x-a')).toBe('1');
    expect((await post('lists')).headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  test('may redirect', async () => {
    const headers = { location: 'https://example.com/' };
    const found = await answer({ status: 303, headers });
    expect([found.status, found.headers.get('location')]).toEqual([303, headers.location]);
  });

  test('is not checked against the output schema', async () => {
    const { status, text } = await post('strict');
    expect([status, text]).toEqual([201, 'made']);
  });

  test('counts as succeeded, even with the status of an error', async () => {
    await answer({ status: 503 });
    const { items } = await app.service.listCalls(
      { function_name: 'answers' },
      { limit: 1, offset: 0 },
    );
    expect(items).toMatchObject([{ status: 'succeeded', error_type: null }]);
  });

  test('cannot be given to a function that called, and says so', async () => {
    expect((await post('outer')).body.result).toEqual([
      'conflict',
      'answers returned an HttpAnswer, which only a caller over HTTP can be given.',
    ]);
  });

  test('is what is asked for when a function returns a Response', async () => {
    expect((await post('response')).body.error).toContain('return new HttpAnswer');
  });

  describe('attacks', () => {
    test.each([
      ['header injection by a line break', { 'x-a': 'b\r\nset-cookie: tb_session=x' }],
      ['header injection by a lone line feed', { 'x-a': 'b\nc: d' }],
      ['a zero byte in a value', { 'x-a': 'b\0' }],
      ['a line break in a name', { 'x-a\r\nb': 'c' }],
      ['a colon in a name', { 'x-a:b': 'c' }],
      ['an empty name', { '': 'c' }],
      ['text beyond Latin-1', { 'x-a': '日本' }],
      ['a value that is no text', { 'x-a': 5 }],
      ['headers that are a text', 'x-a: b'],
      ['request smuggling by length', { 'Content-Length': '0' }],
      ['request smuggling by transfer encoding', { 'transfer-encoding': 'chunked' }],
      ['breaking the connection', { connection: 'upgrade' }],
      ['an upgrade', { upgrade: 'websocket' }],
      ['session fixation', { 'set-cookie': 'tb_session=stolen; Path=/' }],
      ['session fixation in capitals', { 'Set-Cookie': 'TB_SESSION=x' }],
      ['session fixation in a list', { 'set-cookie': ['a=1', 'tb_session=x'] }],
      ['session fixation by a cookie without a name', { 'set-cookie': '=tb_session=x' }],
      ['session fixation by a cookie without =', { 'set-cookie': 'tb_session' }],
      ['session fixation behind a space', { 'set-cookie': ' tb_session=x' }],
      ['signing the admin out', { 'clear-site-data': '"cookies"' }],
      [
        'parts that are pages of their own',
        { 'content-type': 'multipart/x-mixed-replace; boundary=a' },
      ],
      ['moving the whole origin elsewhere', { 'alt-svc': 'h3="evil.example:443"' }],
      ['locking the origin to https', { 'strict-transport-security': 'max-age=1' }],
      ['letting other sites read', { 'Access-Control-Allow-Origin': '*' }],
      ['switching off nosniff', { 'x-content-type-options': '' }],
      ['letting others frame it', { 'x-frame-options': 'ALLOWALL' }],
      ['forging the id of the request', { 'x-request-id': 'forged' }],
      ['two content types', { 'content-type': 'application/pdf', 'Content-Type': 'text/html' }],
      [
        'a hundred and one headers',
        Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`x-${n}`, ''])),
      ],
      ['headers longer than a proxy takes', { 'x-a': 'x'.repeat(17_000) }],
    ])('%s is refused', async (_name, headers) => {
      const reason = await reasonOf({ headers });
      expect(reason).toStartWith('What the function returned is an HttpAnswer that has ');
    });

    test.each([
      [{ 'content-type': 'text/html' }],
      [{ 'content-type': 'image/svg+xml' }],
      [{ 'content-type': 'application/xhtml+xml' }],
      [{ 'content-type': 'application/pdf, text/html' }],
      [{ 'content-type': 'application/pdf;,text/html' }],
      [{ 'content-type': 'application/pdfx' }],
      [{ 'content-security-policy': "script-src 'unsafe-inline'", 'content-type': 'text/html' }],
      [{}],
    ])('a page of a function (%j) cannot act as the admin who opens it', async (headers) => {
      const found = await answer({ headers, body: '<script>fetch("/api/admin/users")</script>' });
      const policies = found.headers.get('content-security-policy') ?? '';
      expect(policies).toContain('sandbox');
      expect(policies).not.toContain('allow-same-origin');
      expect(policies).toContain("frame-ancestors 'none'");
    });

    test("a page's own policy counts beside the sandbox", async () => {
      const headers = { 'content-security-policy': "default-src 'self'" };
      const found = await answer({ headers, body: 'x' });
      expect(found.headers.get('content-security-policy')).toStartWith(
        "default-src 'self', sandbox ",
      );
    });

    test('a PDF is left out of the sandbox, in which browsers do not show it', async () => {
      const found = await answer({ headers: { 'content-type': 'application/pdf' }, body: '%PDF' });
      expect(found.headers.get('content-security-policy')).toBe("frame-ancestors 'none'");
    });

    test('what a caller sent, sent back as a page, stays in the sandbox too', async () => {
      const found = await http.call('POST', '/api/functions/raw', {
        body: '<script>1</script>',
        headers: { 'content-type': 'text/plain' },
      });
      expect(found.headers.get('content-security-policy')).toContain('sandbox');
    });

    test("the server's own headers are there as on every answer", async () => {
      const { headers } = await answer({ body: 'x' });
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    });
  });
});
