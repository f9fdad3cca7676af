import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { openScopedApp, type ScopedApp } from '../../http/scoped-app.ts';

setDefaultTimeout(600_000);

const AS_CALLER = `async (ctx, { what }) => {
  const posts = ctx.db.as_caller().collection('posts');
  switch (what) {
    case 'list': return (await posts.list()).total;
    case 'count': return await posts.count();
    case 'get': return (await posts.list({ limit: 1 })).items.length;
    case 'create': return (await posts.create({ title: 'new' })).data.title;
    case 'batch': return (await ctx.db.as_caller().batch([{ method: 'POST', collection: 'posts', data: { title: 'b' } }])).length;
    default: return await ctx.functions.call('as_caller', { what: 'list' });
  }
}`;

let app: ScopedApp;
beforeAll(async () => {
  app = await openScopedApp({
    'as_caller.ts': `register({ auth: 'auth' }, ${AS_CALLER});`,
    'trusted.ts': `register({ auth: 'auth' }, async (ctx) => (await ctx.db.collection('posts').list()).total);`,
    'who.ts': `register({ auth: 'admin' }, (ctx) => ({ user_id: ctx.user_id, is_admin: ctx.is_admin }));`,
    'boom.ts': `register({ auth: 'auth' }, () => { console.log('a line of the log'); throw new Error('an inner secret'); });`,
    'seen.ts': `register({ auth: 'auth' }, (ctx) => ctx.request);`,
  });
  await app.parts.functions.start();
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const run = async (name: string, token: string, body: unknown = {}) =>
  app.call('POST', `/api/functions/${name}`, { token, body });

describe('a function called with an API token', () => {
  test('runs for the maker, also one that is for admins', async () => {
    const token = await app.tokenOf('functions:call');
    const me = (await app.call('GET', '/api/auth/me', { token })).body;
    const { status, body } = await run('who', token);
    expect(status).toBe(200);
    expect(body.result).toEqual({ user_id: me.id, is_admin: true });
  });

  test('is trusted code: its own rights are whole', async () => {
    expect((await run('trusted', await app.tokenOf('functions:call'))).body.result).toBeGreaterThan(
      0,
    );
  });

  test('reads nothing as the caller when the token only calls', async () => {
    const token = await app.tokenOf('functions:call');
    for (const what of ['list', 'count', 'get', 'create', 'batch', 'nested']) {
      const { status } = await run('as_caller', token, { what });
      expect(status, what).not.toBe(200);
    }
  });

  test('reads as the caller with records:read, and writes with records:write alone', async () => {
    const reader = await app.tokenOf('functions:call', 'records:read');
    const writer = await app.tokenOf('functions:call', 'records:write');
    for (const [what, reads, writes] of [
      ['list', 200, 500],
      ['count', 200, 500],
      ['nested', 200, 500],
      ['create', 500, 200],
      ['batch', 500, 200],
    ] as const) {
      expect((await run('as_caller', reader, { what })).status, what).toBe(reads);
      expect((await run('as_caller', writer, { what })).status, what).toBe(writes);
    }
  });

  test('as the caller from a session, all is as before', async () => {
    for (const what of ['list', 'create', 'batch'])
      expect((await run('as_caller', app.boss, { what })).status).toBe(200);
  });

  test('shows its inner errors and its console to the scope admin only', async () => {
    const caller = await run('boom?logs=true', await app.tokenOf('functions:call'));
    expect(caller.status).toBe(500);
    expect(caller.text).not.toContain('an inner secret');
    expect(caller.text).not.toContain('a line of the log');
    const admin = await run('boom?logs=true', await app.tokenOf('admin'));
    expect(admin.text).toContain('an inner secret');
    expect(admin.text).toContain('a line of the log');
  });

  test('never sees the token', async () => {
    const token = await app.tokenOf('functions:call');
    const { text } = await run('seen', token);
    expect(text).not.toContain(token);
    expect(text.toLowerCase()).not.toContain('authorization');
  });

  test('a token in the query is just a parameter: the caller is nobody', async () => {
    const token = await app.tokenOf('admin');
    for (const key of ['token', 'access_token', 'api_token'])
      expect((await app.call('POST', `/api/functions/seen?${key}=${token}`)).status).toBe(401);
  });
});

test('who only reads records sees no function in the document', async () => {
  const read = async (token: string) =>
    (await app.call('GET', '/openapi.json', { token })).body.paths;
  expect((await read(await app.tokenOf('records:read')))['/api/functions/who']).toBeUndefined();
  const both = await read(await app.tokenOf('records:read', 'functions:call'));
  expect(both['/api/functions/who'].post['x-scope']).toBe('functions:call');
});
