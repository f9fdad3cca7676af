import { describe, expect, test } from 'bun:test';
import { Elysia } from 'elysia';
import { jsonAnswer } from '../../src/http/answer.ts';
import { createRateLimit } from '../../src/http/rate-limit.ts';
import { createHttpApp, exampleRoutes, type HttpAppOptions } from './http-app.ts';

const MINUTE_MS = 60_000;

/** The example routes and a few exempt ones behind a limit, with a clock to set. */
async function limitedApp(perMinute: number, options: Omit<HttpAppOptions, 'routes'> = {}) {
  const clock = { ms: Date.UTC(2030, 0, 1), now: () => clock.ms };
  const seen: string[] = [];
  const app = await createHttpApp({
    ...options,
    routes: (guard) => {
      const limit = createRateLimit({
        perMinute,
        clock,
        identify: (request) => {
          const header = request.headers.get('authorization');
          return header === 'Bearer ann' || header === 'Bearer admin' ? header : undefined;
        },
      });
      const routes = new Elysia().use(limit).use(exampleRoutes(guard));
      for (const path of ['/health', '/api/health', '/ready', '/metrics', '/admin/*', '/docs'])
        routes.get(path, ({ request }) => {
          seen.push(path);
          return jsonAnswer(request, '{}');
        });
      return routes;
    },
  });
  return { ...app, clock, seen };
}

function headersOf({ headers }: { readonly headers: Headers }) {
  return ['limit', 'remaining', 'reset'].map((name) => headers.get(`x-ratelimit-${name}`));
}

describe('the general limit', () => {
  test('answers say what is left until when, the one too many is 429, and a minute later all is well', async () => {
    const { call, clock } = await limitedApp(2);
    expect(headersOf(await call('GET', '/api/posts/'))).toEqual(['2', '1', '60']);
    clock.ms += 10_500;
    const second = await call('GET', '/api/posts/');
    expect(second.status).toBe(200);
    expect(headersOf(second)).toEqual(['2', '0', '50']);
    const third = await call('GET', '/api/posts/');
    expect(third.status).toBe(429);
    expect(third.body).toEqual({
      code: 'too_many_requests',
      detail: 'More than 2 requests a minute. Try again in 50 seconds.',
    });
    expect(third.headers.get('retry-after')).toBe('50');
    expect(headersOf(third)).toEqual(['2', '0', '50']);
    expect(third.headers.get('x-request-id')).not.toBeNull();
    clock.ms += 49_500;
    expect((await call('GET', '/api/posts/')).status).toBe(200);
  });

  test('it counts whatever comes of a request: created, refused, unknown, HEAD', async () => {
    const { call } = await limitedApp(6);
    const made = await call('POST', '/api/posts/', { body: { title: 'ab' }, as: 'ann' });
    expect(made.status).toBe(201);
    expect(headersOf(made)).toEqual(['6', '5', '60']);
    const invalid = await call('POST', '/api/posts/', { body: {}, as: 'ann' });
    expect(invalid.status).toBe(422);
    expect(headersOf(invalid)).toEqual(['6', '4', '60']);
    const unknown = await call('GET', '/nothing', { as: 'ann' });
    expect(unknown.status).toBe(404);
    expect(headersOf(unknown)).toEqual(['6', '3', '60']);
    const wrongMethod = await call('PUT', '/api/posts/', { as: 'ann' });
    expect(wrongMethod.status).toBe(405);
    expect(headersOf(wrongMethod)).toEqual(['6', '2', '60']);
    expect(headersOf(await call('HEAD', '/api/posts/', { as: 'ann' }))).toEqual(['6', '1', '60']);
    const gone = await call('DELETE', '/api/posts/1', { as: 'ann' });
    expect(gone.status).toBe(403);
    expect(headersOf(gone)).toEqual(['6', '0', '60']);
    expect((await call('GET', '/nothing', { as: 'ann' })).status).toBe(429);
  });

  test('those who show a good token count for themselves', async () => {
    const { call } = await limitedApp(1);
    for (const as of ['ann', 'admin', undefined]) {
      const extra = as === undefined ? {} : { as };
      expect((await call('GET', '/api/posts/', extra)).status).toBe(200);
      expect((await call('GET', '/api/posts/', extra)).status).toBe(429);
    }
  });

  test('invented tokens do not start new counts (key under attacker control)', async () => {
    const { call } = await limitedApp(3);
    const statuses: number[] = [];
    for (let n = 0; n < 5; n++)
      statuses.push((await call('GET', '/api/posts/', { as: `guess-${n}` })).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
  });

  test('no other header, query or body starts a new count (key under attacker control)', async () => {
    const { call } = await limitedApp(1);
    await call('GET', '/api/posts/');
    for (const extra of [
      { headers: { 'x-forwarded-for': '6.6.6.6' } },
      { headers: { 'x-real-ip': '6.6.6.6' } },
      { headers: { forwarded: 'for=6.6.6.6' } },
      { headers: { 'cf-connecting-ip': '6.6.6.6' } },
      { headers: { 'user-agent': 'other' } },
      { headers: { 'x-request-id': 'other' } },
      { headers: { cookie: 'tb_session=other' } },
    ])
      expect((await call('GET', '/api/posts/', extra)).status).toBe(429);
    expect((await call('GET', '/api/posts/?limit=2')).status).toBe(429);
    expect((await call('GET', '/%61pi/posts/')).status).toBe(429);
  });

  test('what watches the server, the pages and preflights get through, and count for nothing', async () => {
    const { call, seen } = await limitedApp(1);
    await call('GET', '/api/posts/');
    expect((await call('GET', '/api/posts/')).status).toBe(429);
    for (const path of ['/health', '/api/health', '/ready', '/metrics?x=1', '/admin/', '/docs']) {
      const answer = await call('GET', path);
      expect({ path, status: answer.status }).toEqual({ path, status: 200 });
      expect(headersOf(answer)).toEqual([null, null, null]);
    }
    expect(seen).toHaveLength(6);
    expect((await call('OPTIONS', '/api/posts/')).status).toBe(204);
  });

  for (const path of [
    '/healthy',
    '/api/posts/health',
    '/api/posts/?path=/health',
    '/x/admin/',
    '/administrator',
    '//health',
    '/api/posts/#/health',
  ])
    test(`${path} is no way around it`, async () => {
      const { call } = await limitedApp(1);
      await call('GET', '/api/posts/');
      expect((await call('GET', path)).status).toBe(429);
    });

  test('a page of an allowed origin can read the 429 and its headers', async () => {
    const { call } = await limitedApp(1, { origins: ['https://app.example.com'] });
    const headers = { origin: 'https://app.example.com' };
    await call('GET', '/api/posts/', { headers });
    const refused = await call('GET', '/api/posts/', { headers });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    expect(refused.headers.get('access-control-expose-headers')).toContain('Retry-After');
  });

  test('a clock that jumps back a year locks nobody', async () => {
    const { call, clock } = await limitedApp(1);
    await call('GET', '/api/posts/');
    clock.ms -= 365 * 24 * 3_600_000;
    const after = await call('GET', '/api/posts/');
    expect(after.status).toBe(200);
    expect(headersOf(after)).toEqual(['1', '0', '60']);
    expect((await call('GET', '/api/posts/')).status).toBe(429);
    clock.ms += MINUTE_MS;
    expect((await call('GET', '/api/posts/')).status).toBe(200);
  });

  test('the body of a request that is refused is not read (flood of uploads)', async () => {
    const { call } = await limitedApp(1);
    await call('GET', '/api/posts/any');
    let pulled = 0;
    const body = new ReadableStream(
      {
        pull(controller) {
          pulled++;
          controller.enqueue(new Uint8Array(1024));
        },
      },
      { highWaterMark: 0 },
    );
    const answer = await call('POST', '/api/posts/any', { body });
    expect(answer.status).toBe(429);
    expect(pulled).toBe(0);
  });

  test('with 0 it is off: no header, no hook', async () => {
    const { call, app } = await limitedApp(0);
    for (let n = 0; n < 20; n++) {
      const answer = await call('GET', '/api/posts/');
      expect(answer.status).toBe(200);
      expect(headersOf(answer)).toEqual([null, null, null]);
    }
    expect(app.event.request ?? []).toEqual([]);
  });
});

describe('over the network', () => {
  async function listening(perMinute: number, isProxyTrusted: boolean) {
    const { server } = await limitedApp(perMinute, { isProxyTrusted });
    const { url } = await server.listen();
    const get = async (forwarded?: string) => {
      const headers: Record<string, string> =
        forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
      return (await fetch(`${url}/api/posts/`, { headers })).status;
    };
    return { get, [Symbol.asyncDispose]: () => server.stop() };
  }

  test('X-Forwarded-For of a stranger changes nothing (header spoofing)', async () => {
    await using app = await listening(2, false);
    expect([await app.get('1.1.1.1'), await app.get('2.2.2.2'), await app.get('3.3.3.3')]).toEqual([
      200, 200, 429,
    ]);
  });

  test('behind a trusted proxy only what the proxy added counts (header spoofing)', async () => {
    await using app = await listening(1, true);
    expect(await app.get('1.1.1.1, 203.0.113.7')).toBe(200);
    expect(await app.get('2.2.2.2, 203.0.113.7')).toBe(429);
    expect(await app.get('203.0.113.7:4711')).toBe(429);
    expect(await app.get('::ffff:203.0.113.7')).toBe(429);
    expect(await app.get('203.0.113.7, 203.0.113.8')).toBe(200);
  });

  test('a /64 of IPv6 is one address (rotating addresses)', async () => {
    await using app = await listening(1, true);
    expect(await app.get('2001:db8:1:2::1')).toBe(200);
    expect(await app.get('2001:db8:1:2:dead:beef::')).toBe(429);
    expect(await app.get('2001:db8:1:3::1')).toBe(200);
  });
});
