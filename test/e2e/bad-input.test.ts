import { describe, expect, test } from 'bun:test';
import type { Answer, Client } from '../../scripts/support/http-client.ts';
import { FUNCTIONS, openCollection, POSTS } from '../support/fixtures.ts';
import { problem, serveForFile } from '../support/served.ts';

const CODES = [
  'invalid_input',
  'unauthenticated',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'timeout',
  'conflict',
  'precondition_failed',
  'too_large',
  'unsupported_media_type',
  'too_many_requests',
];

const served = serveForFile(FUNCTIONS, async ({ admin }) => {
  await admin.post('/api/collections', POSTS);
  await admin.post('/api/collections', openCollection('notes'));
  await admin.post('/api/collections/notes/records', { title: 'the only one' });
});

/** A refusal: a 4xx with the error body of SPEC 3, and nothing of the inside. */
function expectRefusal(answer: Answer, what: string): void {
  const text = `${what}: ${answer.status} ${JSON.stringify(answer.body)?.slice(0, 400)}`;
  expect(answer.status, text).toBeGreaterThanOrEqual(400);
  expect(answer.status, text).toBeLessThan(500);
  expect(CODES, text).toContain(answer.body?.code);
  expect(answer.body.detail, text).toBeTruthy();
  expect(JSON.stringify(answer.body), text).not.toMatch(
    /SQLITE|\$bunfs|node_modules|\bat .+:\d+:\d+/,
  );
}

function nest(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

const BODIES: readonly (readonly [name: string, body: unknown])[] = [
  ['a number', 5],
  ['null', null],
  ['a list', []],
  ['a list of a list', [[]]],
  ['text', '"text"'],
  ['an empty body', ''],
  ['half an object', '{"title":'],
  ['two objects', '{"title":"a"}{"title":"b"}'],
  ['a trailing comma', '{"title":"a",}'],
  ['binary', new Uint8Array([0, 255, 254, 128, 13, 10, 0])],
  ['invalid UTF-8', new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])],
  ['nesting of 65', nest(65)],
  ['nesting of 100,000', nest(100_000)],
  ['a lone surrogate', '{"title":"\\ud800"}'],
  ['__proto__', '{"__proto__":{"is_admin":true}}'],
  ['constructor', '{"constructor":{"prototype":{"x":1}}}'],
  ['NaN', '{"title":NaN}'],
  ['a huge number', '{"title":1e999}'],
  ['wrong types', { email: 1, password: [], token: {}, name: 5, schema: 'x', title: {}, x: {} }],
  ['injection', { title: { $ne: null }, email: "' OR 1=1 --", password: { length: 9 } }],
];

const ROUTES: readonly (readonly [method: 'POST' | 'PATCH', path: string])[] = [
  ['POST', '/api/auth/register'],
  ['POST', '/api/auth/login'],
  ['POST', '/api/auth/setup'],
  ['POST', '/api/collections'],
  ['PATCH', '/api/collections/posts'],
  ['POST', '/api/collections/posts/records'],
  ['POST', '/api/collections/notes/records'],
  ['POST', '/api/functions/add_numbers'],
];

/** All that may not change by anything that was refused. */
async function readState(admin: Client): Promise<unknown> {
  const [collections, posts, notes, users, calls] = await Promise.all([
    admin.get('/api/collections'),
    admin.get('/api/collections/posts/records'),
    admin.get('/api/collections/notes/records'),
    admin.get('/api/admin/users'),
    admin.get('/api/admin/functions/calls'),
  ]);
  return {
    collections: collections.body,
    posts: posts.body,
    notes: notes.body,
    users: users.body.total,
    calls: calls.body.total,
  };
}

describe('bad input everywhere: a clear error, nothing lost, nothing half-made', () => {
  for (const [method, path] of ROUTES) {
    test(`${method} ${path}`, async () => {
      const { admin } = served();
      const before = await readState(admin);
      for (const [name, body] of BODIES) {
        const answer = await admin.request(method, path, body, {
          'content-type': 'application/json',
        });
        expectRefusal(answer, `${method} ${path} with ${name}`);
      }
      expect(await readState(admin)).toEqual(before);
    });
  }

  test('names and ids in the path', async () => {
    const { admin } = served();
    const names = [
      '%00',
      '%27%3B%20DROP%20TABLE%20user%3B--',
      '..%2f..%2fetc%2fpasswd',
      '%F0%9F%92%A9',
      'x'.repeat(4000),
      '__proto__',
      'constructor',
      '%',
      '%C3%28',
    ];
    const before = await readState(admin);
    for (const name of names) {
      for (const path of [
        `/api/collections/${name}`,
        `/api/collections/${name}/records`,
        `/api/collections/notes/records/${name}`,
        `/api/functions/${name}/schema`,
        `/api/admin/functions/calls/${name}`,
        `/admin/assets/${name}.js`,
      ]) {
        const answer = await admin.get(path);
        expect(answer.status, path).toBeGreaterThanOrEqual(400);
        expect(answer.status, path).toBeLessThan(500);
      }
      expectRefusal(await admin.delete(`/api/collections/${name}`), `DELETE ${name}`);
      expectRefusal(await admin.post(`/api/functions/${name}`, {}), `call ${name}`);
    }
    expect(await readState(admin)).toEqual(before);
  });

  test('values in the query', async () => {
    const { admin } = served();
    const queries = [
      'limit=99999999999999999999',
      'limit=-1',
      'limit=1e3',
      'limit=0x10',
      'limit=',
      'limit=%00',
      'offset=9007199254740993',
      'sort=id;DROP TABLE user',
      'sort=title)--',
      'sort=data',
      'sort=__proto__',
      'sort=-',
      'sort=,',
      'sort_order=sideways&sort_by=title',
      'sort_by=title%22',
      '__proto__=1',
      'limit[]=1',
    ];
    for (const query of queries) {
      const answer = await admin.get(`/api/collections/notes/records?${query}`);
      expect(answer.status, query).toBe(422);
      expectRefusal(answer, query);
    }
  });

  test('text comes back as it went in, whatever stands in it', async () => {
    const { admin } = served();
    const texts = [
      "Robert'); DROP TABLE user;--",
      '" OR ""="',
      '<script>alert(1)</script>',
      '\u0000\u0001\u001f\u007f',
      '\u2028\u2029',
      '💩 नमस्ते ‮right to left',
      'é vs é',
      '{"json":"in text"}',
      '\\u0041 \\n',
      ' '.repeat(50),
    ];
    for (const title of texts) {
      const made = await admin.post('/api/collections/notes/records', { title });
      expect(made.status, title).toBe(201);
      expect(made.body.data.title).toBe(title);
      const path = `/api/collections/notes/records/${made.body.id}`;
      expect((await admin.get(path)).body).toEqual(made.body);
      expect((await admin.delete(path)).status).toBe(204);
    }
  });

  test('a body that is too long is 413 with the JSON error', async () => {
    const { admin } = served();
    const title = 'x'.repeat(11 * 1024 * 1024);
    const answer = await admin.post('/api/collections/notes/records', { title });
    expect(answer.status).toBe(413);
    expect(answer.body).toMatchObject(problem('too_large'));
  });

  test('reserved and taken names make no collection', async () => {
    const { admin } = served();
    const before = await readState(admin);
    for (const name of ['users', 'tb_things', '1st', 'with space', '', 'x'.repeat(64), 'select"']) {
      expectRefusal(await admin.post('/api/collections', { name, schema: { fields: [] } }), name);
    }
    expect(await readState(admin)).toEqual(before);
  });

  test('numbers beyond what a safe integer holds are refused', async () => {
    const { admin } = served();
    for (const rating of ['9007199254740993', '1.5', '1e400', '-1']) {
      const answer = await admin.post(
        '/api/collections/posts/records',
        `{"title":"a","rating":${rating}}`,
      );
      expect(answer.status).toBe(415);
      const typed = await admin.request(
        'POST',
        '/api/collections/posts/records',
        `{"title":"a","rating":${rating}}`,
        { 'content-type': 'application/json' },
      );
      expectRefusal(typed, rating);
    }
  });

  test('the server is well after all of it', async () => {
    const { anonymous, server } = served();
    expect((await anonymous.get('/health')).status).toBe(200);
    expect((await anonymous.get('/ready')).status).toBe(200);
    expect(server.stdout() + server.stderr()).not.toMatch(/\b(internal|unhandled)\b.*\berror\b/i);
  });
});
