import { describe, expect, test } from 'bun:test';
import { FUNCTIONS, openCollection, POSTS } from '../support/fixtures.ts';
import { type Scenario, scenarios } from '../support/scenario.ts';
import { problem, serveForFile, UUID_V7 } from '../support/served.ts';

const served = serveForFile(
  { 'functions/add_numbers.ts': FUNCTIONS['functions/add_numbers.ts'] },
  async ({ admin }) => {
    await admin.post('/api/collections', POSTS);
    await admin.post('/api/collections', openCollection('open_notes'));
  },
);

const SAFE = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': /frame-ancestors 'none'/,
  'x-request-id': /^[A-Za-z0-9._-]{1,64}$/,
} as const;

/** Strict: no inline script and nothing from another host. */
const STRICT = {
  ...SAFE,
  'content-security-policy': /^(?!.*script-src[^;]*unsafe)(?!.*https?:).*frame-ancestors 'none'/,
  'content-type': /^text\/html/,
} as const;

const TABLE: readonly Scenario[] = [
  {
    name: 'the root names the version and where everything is',
    request: ['GET', '/'],
    status: 200,
    headers: SAFE,
    body: (body: unknown) => {
      expect(body).toMatchObject({ name: expect.any(String), version: expect.any(String) });
      const text = JSON.stringify(body);
      for (const link of ['/docs', '/openapi.json', '/admin']) expect(text).toContain(link);
    },
  },
  ...['/health', '/api/health'].map(
    (path): Scenario => ({
      name: `${path} says ok and the version`,
      request: ['GET', path],
      status: 200,
      headers: SAFE,
      body: { status: 'ok', version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    }),
  ),
  { name: '/ready is 200 when all is up', request: ['GET', '/ready'], status: 200 },
  {
    name: '/metrics is not for everybody',
    request: ['GET', '/metrics'],
    status: 401,
    body: problem('unauthenticated'),
  },
  {
    name: '/metrics is not for users',
    request: ['GET', '/metrics'],
    as: 'ann',
    status: 403,
    body: problem('forbidden'),
  },
  {
    name: '/metrics speaks Prometheus to an admin',
    request: ['GET', '/metrics'],
    as: 'admin',
    status: 200,
    headers: { 'content-type': /^text\/plain/ },
    body: (body: string) => {
      expect(body).toMatch(/^# TYPE \w+ (counter|histogram|gauge)$/m);
      expect(body).toMatch(/request/);
      expect(body).toMatch(/commit/);
    },
  },
  {
    name: "a caller's request id comes back",
    request: ['GET', '/health', undefined, { 'x-request-id': 'Abc.1_2-3' }],
    status: 200,
    headers: { 'x-request-id': 'Abc.1_2-3' },
  },
  {
    name: 'a request id that is none is replaced',
    request: ['GET', '/health', undefined, { 'x-request-id': 'with spaces and <tags>' }],
    status: 200,
    headers: { 'x-request-id': UUID_V7 },
  },
  {
    name: 'an unknown route is missing',
    request: ['GET', '/api/nothing'],
    status: 404,
    body: problem('not_found'),
    headers: SAFE,
  },
  {
    name: 'a method that a route has not is refused',
    request: ['PUT', '/api/collections', {}],
    as: 'admin',
    status: 405,
    body: problem('method_not_allowed'),
  },
  { name: 'HEAD works', request: ['HEAD', '/health'], status: 200, body: undefined },
  {
    name: 'the OpenAPI document is 3.1 and names what its caller may use',
    request: ['GET', '/openapi.json'],
    as: 'admin',
    status: 200,
    body: (body: {
      openapi: string;
      paths: Record<string, unknown>;
      components: { schemas: Record<string, unknown> };
    }) => {
      expect(body.openapi).toMatch(/^3\.1\./);
      expect(Object.keys(body.paths)).toContain('/api/auth/login');
      expect(Object.keys(body.paths)).toContain('/api/functions/add_numbers');
      for (const name of ['Posts', 'PostsCreate', 'OpenNotes']) {
        expect(Object.keys(body.components.schemas)).toContain(name);
      }
    },
  },
  {
    name: 'the OpenAPI document hides what its caller may not use',
    request: ['GET', '/openapi.json'],
    status: 200,
    body: (body: { paths: object; components: { schemas: object } }) => {
      expect(Object.keys(body.paths)).not.toContain('/api/functions/add_numbers');
      expect(Object.keys(body.components.schemas)).not.toContain('Posts');
      expect(Object.keys(body.components.schemas)).toContain('OpenNotes');
    },
  },
  {
    name: 'the docs are a page of our own',
    request: ['GET', '/docs'],
    status: 200,
    headers: STRICT,
    body: (body: string) => expect(body).not.toMatch(/(src|href)="https?:/),
  },
  {
    name: 'the admin app is a page of our own',
    request: ['GET', '/admin/'],
    status: 200,
    headers: { ...STRICT, etag: /^(W\/)?"/ },
    body: (body: string) => {
      expect(body).not.toMatch(/(src|href)="https?:/);
      expect(body).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/);
    },
  },
  {
    name: 'a script that is not there is missing, not a page',
    request: ['GET', '/admin/assets/nothing-12345678.js'],
    status: 404,
  },
];

describe("SPEC's answers and errors to the letter: pages and conventions", () => {
  scenarios(() => served().target, TABLE);

  test('the admin app leads from /admin to /admin/', async () => {
    const answer = await served().anonymous.get('/admin');
    expect([200, 301, 302, 307, 308]).toContain(answer.status);
    if (answer.status !== 200) expect(answer.headers.get('location')).toMatch(/\/admin\/$/);
  });

  test('the admin app is known by its ETag', async () => {
    const { anonymous } = served();
    const first = await anonymous.get('/admin/');
    const etag = first.headers.get('etag') ?? '';
    const again = await anonymous.request('GET', '/admin/', undefined, { 'if-none-match': etag });
    expect(again.status).toBe(304);
    expect(again.body).toBeUndefined();
  });

  test('hashed files are immutable and come compressed', async () => {
    const { anonymous, server } = served();
    const page = await anonymous.get('/admin/');
    const script = /src="(\/admin\/assets\/[^"]+\.js)"/.exec(page.body)?.[1];
    expect(script).toBeString();
    const response = await fetch(`${server.url}${script}`, {
      headers: { 'accept-encoding': 'br' },
      decompress: false,
    });
    await response.arrayBuffer();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-encoding')).toBe('br');
    expect(response.headers.get('cache-control')).toMatch(/immutable/);
    expect(response.headers.get('content-type')).toMatch(/javascript/);
    expect(response.headers.get('vary') ?? '').toMatch(/accept-encoding/i);
  });

  test('a long JSON answer is compressed for who accepts it, never under /api/auth', async () => {
    const { admin, anonymous, server } = served();
    for (let index = 0; index < 100; index++) {
      await admin.post('/api/collections/open_notes/records', {
        title: `note ${index} `.repeat(5),
      });
    }
    const encodingOf = async (path: string, accept: string) => {
      const response = await fetch(`${anonymous.url}${path}`, {
        headers: { 'accept-encoding': accept, authorization: `Bearer ${admin.token}` },
        decompress: false,
      });
      await response.arrayBuffer();
      expect(response.status).toBe(200);
      return response.headers.get('content-encoding');
    };
    expect(await encodingOf('/api/collections/open_notes/records', 'gzip')).toBe('gzip');
    expect(await encodingOf('/api/collections/open_notes/records', 'identity')).toBeNull();
    expect(await encodingOf('/api/auth/me', 'gzip')).toBeNull();
    expect(server.url).toBe(anonymous.url);
  });

  test('no other origin is allowed unless the configuration says so', async () => {
    const { anonymous } = served();
    const answer = await anonymous.request('GET', '/health', undefined, {
      origin: 'https://evil.example',
    });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });
});
