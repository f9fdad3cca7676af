import { afterEach, describe, expect, test } from 'bun:test';
import { Elysia } from 'elysia';
import { AppError } from '../../src/core/errors.ts';
import { jsonAnswer } from '../../src/http/answer.ts';
import { readBytes } from '../../src/http/json-body.ts';
import { requestContext } from '../../src/http/request-context.ts';
import { until } from '../support/until.ts';
import { createHttpApp, exampleRoutes, type HttpAppOptions } from './http-app.ts';
import { sendRaw } from './raw-request.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LONG = JSON.stringify({ text: 'abc '.repeat(2000) });
const HUGE = JSON.stringify({ text: 'abc '.repeat(200_000) });

const opened: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server.stop();
});

async function start(options: HttpAppOptions) {
  const app = await createHttpApp(options);
  const { url } = await app.server.listen();
  opened.push(app.server);
  return { ...app, url };
}

/** A request to /held, until it is resolved. */
let held: PromiseWithResolvers<void> | undefined;

const variety = () =>
  new Elysia()
    .get('/x/:id', ({ request, params }) => jsonAnswer(request, `{"id":"${params.id}"}`))
    .get('/object', () => ({ a: 1 }))
    .get('/text', () => 'plain')
    .get('/cookies', ({ set }) => {
      set.headers['set-cookie'] = 'a=1; HttpOnly';
      return { a: 1 };
    })
    .get('/csp', () => new Response('x', { headers: { 'content-security-policy': 'sandbox' } }))
    .get('/moved', () => Response.redirect('http://localhost/x/1', 302))
    .get('/long', ({ request }) => jsonAnswer(request, LONG, { headers: { etag: '"1"' } }))
    .get('/huge', ({ request }) => jsonAnswer(request, HUGE))
    .get('/api/auth/long', ({ request }) => jsonAnswer(request, LONG))
    .get('/wait', async () => {
      await Bun.sleep(3000);
      return {};
    })
    .get('/patient', async ({ request }) => {
      requestContext(request).setTimeout(0);
      await Bun.sleep(1700);
      return { done: true };
    })
    .get('/held', async () => {
      held = Promise.withResolvers();
      await held.promise;
      return { done: true };
    })
    .get('/stream', ({ request }) => {
      requestContext(request).expectStream();
      let count = 0;
      const stream = new ReadableStream({
        async pull(controller) {
          await Bun.sleep(300);
          if (++count > 6) controller.close();
          else controller.enqueue(`${count} `);
        },
      });
      return new Response(stream);
    })
    .post('/receive', async ({ request }) => ({ size: (await readBytes(request, 1e6)).length }))
    .get('/context', ({ request }) => {
      const { id, ip, isHttps, origin } = requestContext(request);
      return { id, ip, isHttps, origin };
    })
    .get('/fails', () => {
      throw new AppError('internal', 'No.');
    });

describe('request ids', () => {
  test("the caller's is kept, in the answer and for handlers", async () => {
    const { call } = await createHttpApp({ routes: variety });
    const { headers, body } = await call('GET', '/context', {
      headers: { 'x-request-id': 'a.B_c-1' },
    });
    expect([headers.get('x-request-id'), body.id]).toEqual(['a.B_c-1', 'a.B_c-1']);
  });

  test.each(['', 'a b', 'a'.repeat(65), '<script>', 'a"b', 'x;y'])(
    '%p is replaced: an id that is not plain could forge a log line',
    async (id) => {
      const { call } = await createHttpApp({ routes: variety });
      const { headers } = await call('GET', '/object', { headers: { 'x-request-id': id } });
      expect(headers.get('x-request-id')).toMatch(UUID);
    },
  );

  test('answers of every kind carry one', async () => {
    const { call } = await createHttpApp({ routes: variety });
    for (const path of ['/x/1', '/object', '/text', '/moved', '/fails', '/nothing', '/huge'])
      expect((await call('GET', path)).headers.get('x-request-id'), path).toMatch(UUID);
  });
});

describe('security headers', () => {
  test('stand on every answer, whatever made it', async () => {
    const { call } = await createHttpApp({ routes: variety });
    for (const path of ['/x/1', '/object', '/text', '/moved', '/fails', '/nothing', '/huge']) {
      const { headers } = await call('GET', path);
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.get('referrer-policy'), path).toBe('no-referrer');
      expect(headers.get('content-security-policy'), path).toBe("frame-ancestors 'none'");
      expect(headers.get('x-frame-options'), path).toBe('DENY');
    }
  });

  test("a route's own policy stays", async () => {
    const { call } = await createHttpApp({ routes: variety });
    expect((await call('GET', '/csp')).headers.get('content-security-policy')).toBe('sandbox');
  });

  test('headers of one answer never turn up in the next', async () => {
    const { call } = await createHttpApp({ routes: variety });
    expect((await call('GET', '/long')).headers.get('etag')).toBe('"1"');
    expect((await call('GET', '/x/1')).headers.get('etag')).toBeNull();
    expect((await call('GET', '/cookies')).headers.getSetCookie()).toEqual(['a=1; HttpOnly']);
    expect((await call('GET', '/object')).headers.getSetCookie()).toEqual([]);
  });
});

describe('compression', () => {
  const gzip = { headers: { 'accept-encoding': 'br, gzip' } };

  test.each(['/long', '/huge'])('%s is compressed for those who read gzip', async (path) => {
    const { server } = await createHttpApp({ routes: variety });
    const request = new Request(`http://localhost${path}`, gzip);
    const answer = await server.fetch(request);
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(answer.headers.get('vary')).toBe('Accept-Encoding');
    const text = new TextDecoder().decode(Bun.gunzipSync(await answer.arrayBuffer()));
    expect(text).toBe(path === '/long' ? LONG : HUGE);
  });

  test('not for others, who learn that it depends on that', async () => {
    const { call } = await createHttpApp({ routes: variety });
    for (const accepted of ['br', 'gzip;q=0', '']) {
      const { headers, text } = await call('GET', '/long', {
        headers: { 'accept-encoding': accepted },
      });
      expect(headers.get('content-encoding')).toBeNull();
      expect(headers.get('vary')).toBe('Accept-Encoding');
      expect(text).toBe(LONG);
    }
  });

  test('not when short, and the ETag is that of the record either way', async () => {
    const { server, call } = await createHttpApp({ routes: variety });
    expect((await call('GET', '/x/1', gzip)).headers.get('content-encoding')).toBeNull();
    expect((await call('GET', '/x/1', gzip)).headers.get('vary')).toBeNull();
    const { headers } = await server.fetch(new Request('http://localhost/long', gzip));
    expect([headers.get('content-encoding'), headers.get('etag')]).toEqual(['gzip', '"1"']);
  });

  test('never under /api/auth, where the length could tell about a secret (BREACH)', async () => {
    const { call } = await createHttpApp({ routes: variety });
    expect((await call('GET', '/api/auth/long', gzip)).headers.get('content-encoding')).toBeNull();
  });
});

describe('HEAD', () => {
  test.each(['/x/1', '/object', '/long'])('%s is GET without the body', async (path) => {
    const { call } = await createHttpApp({ routes: variety });
    const get = await call('GET', path);
    const head = await call('HEAD', path);
    expect([head.status, head.text]).toEqual([200, '']);
    expect(head.headers.get('content-length')).toBe(String(get.text.length));
    expect(head.headers.get('content-type')).toBe('application/json');
  });

  test('errors and unknown routes have theirs', async () => {
    const { call } = await createHttpApp({ routes: exampleRoutes });
    expect((await call('HEAD', '/nothing')).status).toBe(404);
    expect((await call('HEAD', '/api/posts/?nope=1')).status).toBe(422);
    expect((await call('HEAD', '/api/posts/maybe')).status).toBe(200);
  });

  test('over the network the length comes and the body does not', async () => {
    const { url } = await start({ routes: variety });
    const raw = await sendRaw(url, 'HEAD /x/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(raw.toLowerCase()).toContain('content-length: 10\r\n');
    expect(raw.endsWith('\r\n\r\n')).toBe(true);
  });
});

describe('time-outs', () => {
  test('a built-in route that takes too long is 408, and its late answer is dropped', async () => {
    const { call } = await createHttpApp({ routes: variety, timeoutSeconds: 1 });
    const { status, body } = await call('GET', '/wait');
    expect([status, body.code]).toEqual([408, 'timeout']);
  });

  test('a handler with a time-out of its own is left alone', async () => {
    const { call } = await createHttpApp({ routes: variety, timeoutSeconds: 1 });
    expect((await call('GET', '/patient')).body).toEqual({ done: true });
  });

  test('a stream that makes progress is left alone', async () => {
    const { url } = await start({ routes: variety, timeoutSeconds: 1 });
    expect(await (await fetch(`${url}/stream`)).text()).toBe('1 2 3 4 5 6 ');
  });

  test('a body that trickles in for ever is 408 and the connection ends (slow loris)', async () => {
    const { url } = await start({ routes: variety, timeoutSeconds: 1 });
    const head = 'POST /receive HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc';
    // It comes back before that only because the server ends the connection.
    const raw = await sendRaw(url, head);
    expect(raw).toStartWith('HTTP/1.1 408');
    expect(raw).toContain('"code":"timeout"');
  });
});

describe('requests as the network brings them', () => {
  test('a one-letter host is a host', async () => {
    const { url } = await start({ routes: variety });
    const raw = await sendRaw(url, 'GET /x/7 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(raw).toContain('{"id":"7"}');
  });

  test('HTTP/1.0 without a host works and reaches the same route', async () => {
    const { url } = await start({ routes: variety });
    const get = (path: string, end: string) => sendRaw(url, `GET ${path} HTTP/1.0\r\n\r\n`, end);
    expect(await get('/x/7', '{"id":"7"}')).toContain('{"id":"7"}');
    expect(await get('/health-or-not/x/7', 'not_found')).toContain('not_found');
  });

  test('a body over every limit is 413 with JSON, not cut off by Bun', async () => {
    const { url } = await start({ routes: variety });
    const head = 'POST /receive HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\nabc';
    const raw = await sendRaw(url, head, '"code":"too_large"');
    expect(raw).toStartWith('HTTP/1.1 413');
    expect(raw).toContain('"code":"too_large"');
  });

  test('X-Forwarded headers of a stranger are ignored (address spoofing)', async () => {
    const { url } = await start({ routes: variety });
    const headers = {
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil',
    };
    const seen = await (await fetch(`${url}/context`, { headers })).json();
    expect(seen).toMatchObject({ ip: '127.0.0.1', isHttps: false, origin: url });
  });

  test("behind a trusted proxy the proxy's own entry counts, not what the caller put before it", async () => {
    const { url } = await start({ routes: variety, isProxyTrusted: true });
    const headers = {
      'x-forwarded-for': '6.6.6.6, 10.1.2.3',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'api.example.com',
    };
    const seen = await (await fetch(`${url}/context`, { headers })).json();
    expect(seen).toMatchObject({
      ip: '10.1.2.3',
      isHttps: true,
      origin: 'https://api.example.com',
    });
    const odd = await fetch(`${url}/context`, { headers: { 'x-forwarded-for': 'not an address' } });
    expect(await odd.json()).toMatchObject({ ip: '127.0.0.1' });
  });
});

describe('the request log', () => {
  test('has one line at debug, without query or headers', async () => {
    const { call, lines } = await createHttpApp({ routes: variety, logLevel: 'debug' });
    await call('GET', '/object?token=secret', { headers: { authorization: 'Bearer hidden' } });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      method: 'GET',
      path: '/object',
      status: 200,
    });
    expect(lines[0]).not.toMatch(/secret|hidden/);
  });

  test('is silent at info but for failures of ours', async () => {
    const { call, lines } = await createHttpApp({ routes: variety });
    await call('GET', '/object');
    await call('GET', '/nothing');
    expect(lines).toEqual([]);
    await call('GET', '/fails');
    expect(lines).toHaveLength(1);
  });
});

describe('start and stop', () => {
  test('a stop lets what runs finish, takes nothing new and does not wait for idle connections', async () => {
    const { server, url } = await start({ routes: variety });
    await (await fetch(`${url}/object`)).text();
    const running = fetch(`${url}/held`);
    await until(() => held !== undefined);
    expect(server.pending()).toBe(1);
    // Bun ends idle connections after four minutes.
    const stopped = server.stop().then(() => 'stopped');
    expect(await Promise.race([stopped, Bun.sleep(100)])).toBeUndefined();
    held?.resolve();
    expect(await Promise.race([stopped, Bun.sleep(30_000)])).toBe('stopped');
    expect(await (await running).json()).toEqual({ done: true });
    await expect(fetch(`${url}/object`)).rejects.toThrow();
    expect(server.pending()).toBe(0);
  });

  test('a port in use is a conflict that says what to do', async () => {
    const { url } = await start({ routes: variety });
    const second = await createHttpApp({ routes: variety, port: Number(new URL(url).port) });
    const failure = await second.server.listen().then(
      () => undefined,
      (error) => error,
    );
    expect(failure).toBeInstanceOf(AppError);
    expect(failure.code).toBe('conflict');
    expect(failure.message).toMatch(/^Port \d+ is already in use\. Choose another with --port/);
  });

  test.each(['203.0.113.9', 'no.such.host.invalid'])(
    '%s cannot be bound, and that is said',
    async (host) => {
      const { server } = await createHttpApp({ routes: variety, host });
      const failure = await server.listen().then(
        () => undefined,
        (error) => error,
      );
      expect([failure.code, failure.message.includes('--host')]).toEqual(['conflict', true]);
    },
  );
});
