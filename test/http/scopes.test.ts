import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { SCOPES, type Scope } from '../../src/core/actor.ts';
import { SCOPE_RULES, scopeRuleOf } from '../../src/http/scopes.ts';
import { openScopedApp, type ScopedApp, type ScopedRoute } from './scoped-app.ts';

let app: ScopedApp;
beforeAll(async () => {
  app = await openScopedApp();
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

const UNKNOWN_ID = '01900000-0000-7000-8000-000000000000';
/** Pages and files, the same for everybody: these never look at who asks. */
const OPEN_FILES = /^\/(docs|admin)(\/|$)/;
/** Answers whoever it is: no token is looked at. */
const IGNORES_TOKENS = new Set([
  'register',
  'login',
  'setUp',
  'requestPasswordReset',
  'confirmPasswordReset',
  'confirmEmail',
]);

/** A path with something real in each place. */
function fill({ path }: ScopedRoute): string {
  return path
    .replace(':collection', 'posts')
    .replace('/api/collections/:name', '/api/collections/posts')
    .replace('records/:id', `records/${app.record.id}`)
    .replace('users/:id', `users/${app.ann.id}`)
    .replace(/:name/, 'nothing')
    .replace(/:\w+/, UNKNOWN_ID);
}

const isGuarded = ({ path }: ScopedRoute) => !OPEN_FILES.test(path);
const guarded = () => app.routes.filter(isGuarded);
const send = (route: ScopedRoute, token: string) => {
  const hasBody = !['GET', 'HEAD', 'DELETE'].includes(route.method);
  return app.call(route.method, fill(route), hasBody ? { token, body: {} } : { token });
};

describe('the table of scopes', () => {
  test('has a line for every operation, and no line without one', () => {
    const operations = guarded().map(
      ({ operationId, method, path }) => operationId ?? `${method} ${path}`,
    );
    expect(new Set(operations).size).toBe(operations.length);
    expect(operations.toSorted()).toEqual([...SCOPE_RULES.keys()].toSorted());
    expect(operations.length).toBeGreaterThan(35);
  });

  test('an operation without a line needs admin, whatever it is called', () => {
    for (const name of [
      'newOperation',
      'constructor',
      '__proto__',
      'toString',
      '',
      undefined,
      null,
      7,
    ])
      expect(scopeRuleOf(name)).toBe('admin');
  });

  test('only these are open to any token', () => {
    const open = [...SCOPE_RULES].flatMap(([name, rule]) => (rule === 'any' ? [name] : []));
    expect(open).toEqual([
      'getHome',
      'getHealth',
      'getApiHealth',
      'getReady',
      'register',
      'login',
      'setUp',
      'getMe',
      'requestPasswordReset',
      'confirmPasswordReset',
      'confirmEmail',
    ]);
  });
});

for (const scope of SCOPES)
  describe(`a token with ${scope} alone`, () => {
    const isOpen = (route: ScopedRoute) => {
      const rule = scopeRuleOf(route.operationId);
      return rule === 'any' || rule === scope || (scope === 'admin' && rule !== 'session');
    };

    test('is let to what the table opens to it, and to nothing else', async () => {
      const token = await app.tokenOf(scope);
      for (const route of guarded()) {
        const { status, text } = await send(route, token);
        const where = `${route.method} ${route.path} answered ${status} ${text.slice(0, 300)}`;
        if (route.method === 'GET')
          expect((await send({ ...route, method: 'HEAD' }, token)).status, where).toBe(status);
        if (isOpen(route)) expect(status, where).not.toBe(403);
        else {
          expect(status, where).toBe(403);
          expect(text, where).toContain('API token');
        }
      }
      // What it deleted, if it may, the next one needs again.
      Object.assign(app, { record: await app.addRecord() });
      if (scope === 'admin') await restart();
    });
  });

/** An admin's walk leaves nothing in its place. */
async function restart(): Promise<void> {
  await app[Symbol.asyncDispose]();
  app = await openScopedApp();
}

describe('a stolen token that only reads', () => {
  for (const scopes of [
    ['records:read'],
    ['functions:call'],
    ['records:read', 'functions:call'],
  ] as Scope[][])
    test(`writes by no route and no method: ${scopes.join(' and ')}`, async () => {
      const token = await app.tokenOf(...scopes);
      const before = await app.dump();
      for (const route of guarded()) {
        if (IGNORES_TOKENS.has(route.operationId ?? '')) continue;
        for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
          const answer = await send({ ...route, method }, token);
          const where = `${method} ${route.path} answered ${answer.status}`;
          const isCall = route.path === '/api/functions/:name' && scopes.includes('functions:call');
          expect(isCall ? [404, 405] : [403, 405], where).toContain(answer.status);
        }
      }
      expect(await app.dump()).toBe(before);
    });

  test('a method in a header, a query or a body changes nothing', async () => {
    const token = await app.tokenOf('records:read');
    const path = `/api/collections/posts/records/${app.record.id}`;
    const before = await app.dump();
    for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override'])
      for (const method of ['DELETE', 'PATCH'])
        expect((await app.call('GET', path, { token, headers: { [name]: method } })).status).toBe(
          200,
        );
    expect((await app.call('GET', `${path}?_method=DELETE`, { token })).status).toBe(422);
    expect(await app.dump()).toBe(before);
  });

  test('reads what its maker may: all records, of whoever they are', async () => {
    const token = await app.tokenOf('records:read');
    for (const path of ['', `/${app.record.id}`, '/export'])
      expect(
        (await app.call('GET', `/api/collections/posts/records${path}`, { token })).text,
      ).toContain('hers');
  });

  test('sees no account, not even by expanding a reference to one', async () => {
    const token = await app.tokenOf('records:read', 'records:write');
    const path = `/api/collections/posts/records/${app.record.id}?expand=by`;
    const { body } = await app.call('GET', path, { token });
    expect(body.expanded).toEqual({ by: null });
    const whole = await app.call('GET', path, { token: await app.tokenOf('admin') });
    expect(whole.body.expanded.by.email).toBe('ann@example.com');
  });

  test('with writing, but not reading, it cannot list or read', async () => {
    const token = await app.tokenOf('records:write');
    const path = '/api/collections/posts/records';
    const made = await app.call('POST', path, { token, body: { title: 'mine' } });
    expect(made.status).toBe(201);
    expect((await app.call('GET', path, { token })).status).toBe(403);
    expect((await app.call('GET', `${path}/${made.body.id}`, { token })).status).toBe(403);
    expect((await app.call('GET', `${path}/export`, { token })).status).toBe(403);
  });

  test('makes no reading of a batch, an import or an upsert without writing', async () => {
    const token = await app.tokenOf('records:read');
    const requests = [{ method: 'DELETE', collection: 'posts', id: app.record.id }];
    expect((await app.call('POST', '/api/batch', { token, body: { requests } })).status).toBe(403);
    const path = '/api/collections/posts/records/import?dry_run=true';
    expect(
      (await app.call('POST', path, { token, headers: { 'content-type': 'text/csv' } })).status,
    ).toBe(403);
  });
});

describe('who is told what', () => {
  test('the missing scope is named before a byte of the body is read', async () => {
    const token = await app.tokenOf('records:read');
    const { status, body } = await app.call('POST', '/api/collections/posts/records', {
      token,
      body: { no_such_field: 1 },
    });
    expect(status).toBe(403);
    expect(body).toEqual({
      detail:
        'This needs an API token with the scope records:write; the scopes of this one: records:read.',
      code: 'forbidden',
    });
  });

  test('scopes limit tokens alone: everybody else sees what they did', async () => {
    const ann = await app.signIn('ann@example.com');
    const path = `/api/collections/posts/records/${app.record.id}`;
    expect((await app.call('GET', path, { token: ann })).status).toBe(200);
    expect((await app.call('GET', path)).status).toBe(401);
    expect((await app.call('PATCH', path, { token: ann, body: { title: 'new' } })).status).toBe(
      200,
    );
  });

  test('metrics are for the scope admin', async () => {
    expect(
      (await app.call('GET', '/metrics', { token: await app.tokenOf('records:read') })).status,
    ).toBe(403);
    expect((await app.call('GET', '/metrics', { token: await app.tokenOf('admin') })).status).toBe(
      200,
    );
  });

  test('the document says of each operation what a token needs', async () => {
    const { body } = await app.call('GET', '/openapi.json', {
      token: await app.tokenOf('records:read'),
    });
    const { paths } = body;
    expect(paths['/api/admin/api-tokens'].post['x-scope']).toBe('admin');
    expect(paths['/api/collections/{collection}/records'].get['x-scope']).toBe('records:read');
    expect(paths['/api/collections/posts/records'].post['x-scope']).toBe('records:write');
    expect(paths['/api/collections/posts/records/{id}'].delete['x-scope']).toBe('records:write');
    expect(paths['/api/collections/posts/records'].get.description).toEndWith(
      'An API token needs the scope records:read.',
    );
    expect(paths['/api/auth/me'].get['x-scope']).toBeUndefined();
    expect(paths['/api/auth/logout'].post.description).toBe('Not for API tokens.');
  });

  test('a new token is answered with no-store', async () => {
    const body = { name: 'x', scopes: ['admin'] };
    const answer = await app.call('POST', '/api/admin/api-tokens', { token: app.boss, body });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});

test('no token stands in any log line, or in any answer but its own', async () => {
  const tokens = await Promise.all(SCOPES.map((scope) => app.tokenOf(scope)));
  const from = app.answers.length;
  for (const token of tokens)
    for (const path of [
      '/api/auth/me',
      '/api/admin/api-tokens',
      '/api/nothing',
      `/api/x/${UNKNOWN_ID}`,
    ])
      await app.call('GET', path, { token });
  const answered = app.answers.slice(from).join('\n');
  const hashes = tokens.map((token) => Bun.SHA256.hash(token, 'hex'));
  expect(app.lines.length).toBeGreaterThan(tokens.length);
  for (const secret of [...tokens, ...hashes]) {
    expect(app.lines.join('\n')).not.toContain(secret);
    expect(answered).not.toContain(secret);
  }
});
