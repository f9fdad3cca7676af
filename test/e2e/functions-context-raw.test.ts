import { describe, expect, test } from 'bun:test';
import { createHmac } from 'node:crypto';
import { readAnswer } from '../../scripts/support/http-client.ts';
import { publicFunction } from '../support/function-source.ts';
import { problem, serveForFile, UUID_V7 } from '../support/served.ts';

/** Every byte there is, so that anything that takes a body for text is found out. */
const BYTES = Uint8Array.from({ length: 1024 }, (_, n) => n % 256);
const SECRET = 'whsec_of_the_test';

const served = serveForFile(
  {
    'functions/echoes.ts': publicFunction(
      `(ctx, payload) => new HttpAnswer(200, { 'content-type': 'application/octet-stream', 'x-payload': String(payload) }, ctx.request.body)`,
      'raw_body: true',
    ),
    'functions/describes.ts': publicFunction(
      `(ctx) => ({ is_bytes: ctx.request.body instanceof Uint8Array, length: ctx.request.body.length,
      type: ctx.request.headers['content-type'] ?? null, text: Buffer.from(ctx.request.body).toString() })`,
      'raw_body: true',
    ),
    'functions/for_users.ts': publicFunction('(ctx) => 1', "raw_body: true, auth: 'auth'"),
    // As the guide has it: what came is signed, byte by byte, and compared in constant time.
    'functions/webhook.ts': `import { createHmac, timingSafeEqual } from 'node:crypto';
import { FunctionError, HttpAnswer, register } from 'tinybase';
export default register({ auth: 'public', raw_body: true }, async (ctx) => {
  const given = Buffer.from(ctx.request.headers['x-signature'] ?? '', 'hex');
  const expected = createHmac('sha256', '${SECRET}').update(ctx.request.body).digest();
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new FunctionError(401, 'The signature is wrong.');
  const event = JSON.parse(new TextDecoder().decode(ctx.request.body));
  await ctx.db.collection('events').create({ title: event.type });
  return new HttpAnswer(202, { 'content-type': 'application/json' }, JSON.stringify({ received: event.type }));
});
`,
    'functions/answers.ts': `import { HttpAnswer, register, t } from 'tinybase';
const WAYS: Record<string, () => HttpAnswer> = {
  text: () => new HttpAnswer(200, {}, 'Grüße'),
  html: () => new HttpAnswer(200, { 'content-type': 'text/html; charset=utf-8' }, '<h1>Hi</h1>'),
  bytes: () => new HttpAnswer(200, { 'content-type': 'image/png', etag: '"1"' }, Uint8Array.from([137, 80, 78, 71, 0, 255])),
  buffer: () => new HttpAnswer(200, {}, Uint8Array.from([0, 1, 254, 255]).buffer),
  teapot: () => new HttpAnswer(418, {}, 'short and stout'),
  broken: () => new HttpAnswer(503, { 'retry-after': '7' }, 'later'),
  nothing: () => new HttpAnswer(204),
  redirect: () => new HttpAnswer(303, { location: 'https://example.com/there?x=1' }),
  cookies: () => new HttpAnswer(200, { 'set-cookie': ['a=1; Path=/', 'b=2; HttpOnly'] }, 'ok'),
  splits: () => new HttpAnswer(200, { 'x-own': 'a\\r\\nset-cookie: tb_session=evil' }, 'ok'),
  session: () => new HttpAnswer(200, { 'set-cookie': 'tb_session=evil' }, 'ok'),
  length: () => new HttpAnswer(200, { 'content-length': '1' }, 'much longer'),
  bare_response: () => new Response('ok') as any,
};
export default register({ auth: 'public', input: t.Object({ way: t.String() }), output: t.Object({}) }, (_ctx, { way }) => WAYS[way]?.() as any);
`,
    'functions/calls_answers.ts': publicFunction(
      `(ctx) => ctx.functions.call('answers', { way: 'text' })`,
    ),
  },
  async ({ admin }) => {
    await admin.post('/api/collections', {
      name: 'events',
      schema: { fields: [{ name: 'title', type: 'string' }] },
    });
  },
);

const send = (
  name: string,
  body: string | Uint8Array<ArrayBuffer> | FormData | null,
  headers: Record<string, string> = {},
) =>
  fetch(`${served().server.url}/api/functions/${name}`, {
    method: 'POST',
    body,
    headers,
    redirect: 'manual',
  });
const answer = (way: string) =>
  send('answers', JSON.stringify({ way }), { 'content-type': 'application/json' });

describe('raw_body', () => {
  test.each([
    ['application/octet-stream'],
    ['image/png'],
    ['application/json'],
    ['text/plain; charset=latin1'],
    ['application/x-www-form-urlencoded'],
    ['nonsense'],
  ])('bytes of any content type come as they were sent, unchanged: %s', async (type) => {
    const response = await send('echoes', BYTES, { 'content-type': type });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-payload')).toBe('undefined');
    expect(await response.bytes()).toEqual(BYTES);
  });

  test('a multipart form, an empty body and none at all', async () => {
    const form = new FormData();
    form.append('file', new Blob([BYTES]), 'bytes.bin');
    const { body: sent } = await readAnswer(await send('describes', form));
    expect(sent.result).toMatchObject({ is_bytes: true });
    expect(sent.result.type).toStartWith('multipart/form-data; boundary=');
    expect(sent.result.text).toContain('filename="bytes.bin"');
    for (const body of ['', null]) {
      const answered = await send('describes', body, { 'content-type': 'text/plain' });
      const { result } = (await readAnswer(answered)).body;
      expect(result).toMatchObject({ is_bytes: true, length: 0 });
    }
  });

  test('who may not call is refused, and a body that is too large as well', async () => {
    const refused = await send('for_users', BYTES);
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject(problem('unauthenticated'));
    const large = await send('echoes', new Uint8Array(11 * 1024 * 1024));
    expect(large.status).toBe(413);
  });

  test('a webhook whose signature is right is taken; one byte more, less or other is not', async () => {
    const event = '{"type":"paid",  "amount":1.0}';
    const sign = (text: string) => createHmac('sha256', SECRET).update(text).digest('hex');
    const taken = await send('webhook', event, { 'x-signature': sign(event) });
    expect(taken.status).toBe(202);
    expect(await taken.json()).toEqual({ received: 'paid' });
    const others = [
      [`${event} `, sign(event)],
      [event.slice(0, -1), sign(event)],
      [event.replace('1.0', '9.0'), sign(event)],
      // The same to whoever parses it, but not what was signed.
      [JSON.stringify(JSON.parse(event)), sign(event)],
      [event, sign(event).replace(/^./, (digit) => (digit === '0' ? '1' : '0'))],
      [event, ''],
    ] as const;
    for (const [body, signature] of others) {
      const refused = await send('webhook', body, { 'x-signature': signature });
      expect(refused.status).toBe(401);
      expect(await refused.json()).toMatchObject({
        status: 'failed',
        error: 'The signature is wrong.',
        error_type: 'FunctionError',
      });
    }
    const stored = await served().admin.get('/api/collections/events/records');
    expect(stored.body.total).toBe(1);
  });
});

describe('HttpAnswer', () => {
  test.each([
    ['text', 200, 'text/plain; charset=utf-8', Buffer.from('Grüße')],
    ['html', 200, 'text/html; charset=utf-8', Buffer.from('<h1>Hi</h1>')],
    ['bytes', 200, 'image/png', Buffer.from([137, 80, 78, 71, 0, 255])],
    ['buffer', 200, 'application/octet-stream', Buffer.from([0, 1, 254, 255])],
    ['teapot', 418, 'text/plain; charset=utf-8', Buffer.from('short and stout')],
    ['broken', 503, 'text/plain; charset=utf-8', Buffer.from('later')],
    ['nothing', 204, null, Buffer.from('')],
    ['redirect', 303, null, Buffer.from('')],
  ] as const)(
    '%s: its status, type and body are answered without the envelope',
    async (way, status, type, body) => {
      const response = await answer(way);
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toBe(type);
      expect(Buffer.from(await response.bytes())).toEqual(body);
    },
  );

  test('its headers are answered, beside those of the server', async () => {
    expect((await answer('bytes')).headers.get('etag')).toBe('"1"');
    expect((await answer('broken')).headers.get('retry-after')).toBe('7');
    expect((await answer('redirect')).headers.get('location')).toBe(
      'https://example.com/there?x=1',
    );
    const cookies = (await answer('cookies')).headers;
    expect(cookies.getSetCookie()).toEqual(['a=1; Path=/', 'b=2; HttpOnly']);
    expect(cookies.get('x-content-type-options')).toBe('nosniff');
    expect(cookies.get('x-request-id')).toMatch(UUID_V7);
  });

  test('a page of a function runs in a sandbox, so that it cannot act as the admin who opens it', async () => {
    expect((await answer('html')).headers.get('content-security-policy')).toMatch(
      /^sandbox .*allow-scripts/,
    );
    expect((await answer('html')).headers.get('content-security-policy')).not.toContain(
      'allow-same-origin',
    );
  });

  test.each(['splits', 'session', 'length', 'bare_response'])(
    'an attack on the answer is a failed call that an admin is told of: %s',
    async (way) => {
      const { anonymous, admin } = served();
      const refused = await anonymous.post('/api/functions/answers', { way });
      expect(refused.status).toBe(500);
      expect(refused.headers.getSetCookie()).toEqual([]);
      expect(refused.body.error_type).toBe('OutputValidationError');
      const told = await admin.post('/api/functions/answers', { way });
      expect(told.body.error).toMatch(/x-own|set-cookie|content-length|Response|output/i);
    },
  );

  test('is a succeeded call in the history, whatever its status, and no result for a function that called', async () => {
    const { admin } = served();
    await answer('teapot');
    const { body } = await admin.get('/api/admin/functions/calls?function_name=answers&limit=1');
    expect(body.items).toMatchObject([{ status: 'succeeded', error_type: null }]);
    const nested = await admin.post('/api/functions/calls_answers');
    expect(nested.status).toBe(500);
    expect(nested.body.error).toContain('HttpAnswer');
  });
});
