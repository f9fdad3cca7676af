import { describe, expect, test } from 'bun:test';
import { client, createAdmin, createUser, startBinary } from '../support/binary.ts';
import { expectTooMany, PASSWORD } from './limits-attacker.ts';

const LIMIT = 30;
const ENV = { TINYBASE_RATE_LIMIT_REQUESTS_PER_MINUTE: String(LIMIT) };

async function serve() {
  const server = await startBinary({ env: ENV });
  const admin = await createAdmin(server);
  const ann = await createUser(server.url, 'ann@example.com');
  return {
    server,
    admin,
    ann,
    anonymous: client(server.url),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Asks until it is refused; answers how often it was not. */
async function useUp(ask: () => Promise<{ readonly status: number }>): Promise<number> {
  for (let n = 0; n <= LIMIT; n++) if ((await ask()).status === 429) return n;
  throw new Error(`${LIMIT} requests and one more were all let through`);
}

describe('the general limit of requests', () => {
  test('says what is left, then 429; whoever shows another token, and what watches the server, get through', async () => {
    await using app = await serve();
    const first = await app.ann.get('/api/auth/me');
    expect(first.status).toBe(200);
    expect(first.headers.get('x-ratelimit-limit')).toBe(String(LIMIT));
    expect(first.headers.get('x-ratelimit-remaining')).toBe(String(LIMIT - 1));
    expect(Number(first.headers.get('x-ratelimit-reset'))).toBeLessThanOrEqual(60);
    expect(await useUp(() => app.ann.get('/api/auth/me'))).toBe(LIMIT - 1);
    const refused = await app.ann.post('/api/collections', { name: 'x' });
    expectTooMany(refused);
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    expect((await app.admin.get('/api/auth/me')).status).toBe(200);
    for (const path of ['/health', '/api/health', '/ready', '/docs'])
      expect((await app.ann.get(path)).status).toBe(200);
    expect((await app.admin.get('/metrics')).status).toBe(200);
  });

  test('signing in again and inventing tokens start no new count (key under attacker control)', async () => {
    await using app = await serve();
    const again = await app.anonymous.post('/api/auth/login', {
      email: 'ann@example.com',
      password: PASSWORD,
    });
    await useUp(() => app.ann.get('/api/auth/me'));
    expectTooMany(await app.ann.as(again.body.token).get('/api/auth/me'));
    let guesses = 0;
    await useUp(() =>
      app.anonymous.as(`tb_${String(guesses++).padStart(43, '0')}`).get('/api/collections'),
    );
    expectTooMany(await app.anonymous.get('/api/collections'));
    expectTooMany(
      await app.anonymous.request('GET', '/api/collections', undefined, {
        'x-forwarded-for': '6.6.6.6',
      }),
    );
  });

  test('an API token counts for itself', async () => {
    await using app = await serve();
    const made = await app.admin.post('/api/admin/api-tokens', {
      name: 'reports',
      scopes: ['admin'],
    });
    expect(made.status).toBe(201);
    await useUp(() => app.admin.get('/api/auth/me'));
    expect((await app.admin.as(made.body.token).get('/api/auth/me')).status).toBe(200);
  });
});

test('without the setting there is neither limit nor header', async () => {
  await using server = await startBinary();
  const anonymous = client(server.url);
  for (let n = 0; n < 200; n++) {
    const { status, headers } = await anonymous.get('/');
    expect(status).toBe(200);
    expect(headers.get('x-ratelimit-limit')).toBeNull();
  }
});
