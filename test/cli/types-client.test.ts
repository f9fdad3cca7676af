import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../scripts/support/command.ts';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/core/config.ts';
import { createLogger } from '../../src/core/logger.ts';
import { findTypeFaults } from '../support/type-check.ts';
import { until } from '../support/until.ts';
import { makeFolder } from './temporary-folder.ts';

const FUNCTIONS = `import { register, t, FunctionError, HttpAnswer } from 'tinybase';
register({ name: 'add_numbers', auth: 'public', input: t.Object({ x: t.Integer(), y: t.Integer() }),
  output: t.Object({ sum: t.Integer() }) }, async (_ctx, { x, y }) => ({ sum: x + y }));
register({ name: 'refuses', auth: 'public' }, () => { throw new FunctionError(402, 'Pay first', { price: 3 }); });
register({ name: 'answers', auth: 'public' }, () => new HttpAnswer(200, { 'content-type': 'text/plain' }, 'plain'));
register({ name: 'who', output: t.Union([t.String(), t.Null()]) }, (ctx) => ctx.user_id);
`;

const POSTS = {
  name: 'posts',
  label: 'Posts',
  schema: {
    fields: [
      { name: 'title', type: 'string', required: true },
      { name: 'stars', type: 'integer', nullable: true },
      { name: 'state', type: 'string', enum: ['draft', 'live'], required: true, default: 'draft' },
      { name: 'author', type: 'reference', collection: 'authors' },
    ],
  },
  options: { access: { list: 'public', read: 'public' } },
};
const AUTHORS = {
  name: 'authors',
  label: 'Authors',
  schema: { fields: [{ name: 'name', type: 'string', required: true }] },
  options: { access: { list: 'public', read: 'public' } },
};

// What a front end would write. It is type-checked and run.
const FRONT_END = `
import { createClient, TinyBaseError } from './api.ts';

export async function run(url: string, email: string) {
  const client = createClient(url + '/');
  const seen: Record<string, unknown> = {};
  const account = { email, password: 'a long password' };
  seen['registered'] = (await client.auth.register(account)).email;
  const refused = await client.collection('posts').create({ title: 'a' }).catch((error: unknown) => error);
  if (refused instanceof TinyBaseError)
    seen['refused'] = [refused.name, refused.status, refused.code, refused.call_id, typeof refused.detail];
  await client.auth.login(account);
  seen['token'] = client.token?.slice(0, 3);
  seen['me'] = (await client.auth.me()).is_admin;

  const authors = client.collection('authors');
  const posts = client.collection('posts');
  const author = await authors.create({ name: "O'Hara && 1 = 1" });
  const post = await posts.create({ title: "it's = 'a'", stars: 3, author: author.id });
  seen['state'] = post.data.state satisfies 'draft' | 'live';
  const found = await posts.list({ where: { title: "it's = 'a'" }, expand: ['author'], count: 'exact' });
  seen['total'] = found.total;
  seen['author'] = found.items[0]?.expanded?.author?.data.name;
  seen['narrow'] = (await posts.list({ fields: ['title'], filter: 'stars >= 3', sort: '-stars,title', limit: 1, count: false })).items[0]?.data;
  seen['got'] = (await posts.get(post.id, { fields: ['stars'] }))?.data;
  seen['cleared'] = (await posts.update(post.id, { stars: null })).data.stars === undefined;
  seen['batch'] = (await client.batch([
    { method: 'POST', collection: 'authors', data: { name: 'Bob' } },
    { method: 'PATCH', collection: 'posts', id: post.id, data: { title: 'b' } },
  ])).map(({ status }) => status);
  const first = await authors.list({ limit: 1 });
  const second = await authors.list({ limit: 1, cursor: first.next_cursor ?? '' });
  seen['pages'] = [first.items.length, second.items.length];
  await posts.delete(post.id);
  seen['gone'] = await posts.get(post.id);

  const { sum } = await client.functions.add_numbers({ x: 2, y: 3 });
  seen['sum'] = sum satisfies number;
  seen['who'] = typeof (await client.functions.who());
  seen['answer'] = await client.functions.answers();
  try {
    await client.functions.refuses();
  } catch (error) {
    if (!(error instanceof TinyBaseError)) throw error;
    seen['failed'] = [error.status, error.code, error.call_id?.length, error.detail, error.data];
  }
  // @ts-expect-error a whole number is wanted
  const wrong = await client.functions.add_numbers({ x: 'two', y: 3 }).catch((error: unknown) => error);
  if (wrong instanceof TinyBaseError) seen['wrong'] = [wrong.status, wrong.code, wrong.message, typeof wrong.detail];
  const aborted = await client.functions.add_numbers({ x: 1, y: 1 }, { signal: AbortSignal.abort() }).catch((error: unknown) => error);
  seen['aborted'] = aborted instanceof DOMException;
  // Whoever awaits the functions themselves does not call one named then.
  seen['awaited'] = typeof (await client.functions);
  seen['raw'] = (await client.request('/health')).status;

  const other = createClient(url, { token: client.token, fetch: (input, init) => fetch(input, init) });
  seen['other'] = (await other.auth.me()).email;
  await client.auth.logout();
  seen['out'] = [client.token, await other.auth.me().catch((error: unknown) => error instanceof TinyBaseError && error.status)];
  return seen;
}
`;

const BAD = [
  "await client.collection('psots').list();",
  "await client.collection('posts').create({ stars: 1 });",
  "await client.collection('posts').create({ title: 'a', state: 'gone' });",
  "await client.collection('posts').update('id', { title: null });",
  "await client.collection('posts').list({ fields: ['titel'] });",
  "await client.collection('posts').list({ expand: ['title'] });",
  "await client.collection('posts').list({ where: { titel: 'a' } });",
  "(await client.collection('posts').list({ fields: ['title'] })).items[0]?.data.stars;",
  'await client.functions.add_numbers({ x: 1 });',
  'await client.functions.add_numbers();',
  'await client.functions.subtract({ x: 1, y: 1 });',
  '(await client.functions.add_numbers({ x: 1, y: 1 })).product;',
  "await client.batch([{ method: 'POST', collection: 'posts', data: { name: 'a' } }]);",
  'createClient(1);',
];

const dir = makeFolder();
let url = '';
let generated = '';
const logged: string[] = [];
let app: Awaited<ReturnType<typeof createApp>> | undefined;

beforeAll(async () => {
  mkdirSync(join(dir, 'functions'));
  writeFileSync(join(dir, 'functions', 'all.ts'), FUNCTIONS);
  writeFileSync(
    join(dir, 'functions', 'tsconfig.json'),
    readFileSync(join(import.meta.dir, '../../functions-template/tsconfig.json')),
  );
  const env = {
    TINYBASE_SERVER_HOST: '127.0.0.1',
    TINYBASE_SERVER_PORT: '0',
    TINYBASE_FUNCTIONS_WORKERS: '1',
  };
  const { config } = loadConfig({ dir, env });
  const logger = createLogger({
    level: 'info',
    format: 'text',
    write: (line) => void logged.push(line),
  });
  app = await createApp({ config, dir, logger, version: '0.0.0' });
  ({ url } = await app.listen());
  await app.services.users.addAdmin('root@example.com', 'a long password');
  const token = await signIn();
  for (const collection of [AUTHORS, POSTS]) await createCollection(collection, token);
  generated = await app.types.forClients();
}, 600_000);
afterAll(async () => {
  await app?.stop();
});

async function post(path: string, body: unknown, token?: string) {
  const authorization: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify(body),
  });
  expect(response.ok).toBe(true);
  return response.json() as Promise<{ token: string }>;
}

async function signIn(): Promise<string> {
  const account = { email: 'root@example.com', password: 'a long password' };
  return (await post('/api/auth/login', account)).token;
}

async function createCollection(collection: unknown, token: string): Promise<void> {
  await post('/api/collections', collection, token);
}

describe('the client that tinybase types writes', () => {
  test('type-checks with the browser alone, good uses and bad', () => {
    const bad = BAD.map((line, index) => [
      `bad${index}.ts`,
      `import { createClient } from './api.ts';\nexport const client = createClient('http://localhost');\n${line}\n`,
    ]);
    const faults = findTypeFaults(
      { 'api.ts': generated, 'front.ts': FRONT_END, ...Object.fromEntries(bad) },
      { lib: ['ES2022', 'DOM'] },
    );
    const places = [...new Set(faults.map((fault) => fault.split(' ')[0]))];
    expect(places.sort()).toEqual(bad.map(([name]) => `${name}:3`).sort());
  });

  test('works against the server', async () => {
    writeFileSync(join(dir, 'api.ts'), generated);
    writeFileSync(join(dir, 'front.ts'), FRONT_END);
    const front = (await import(join(dir, 'front.ts'))) as {
      run(url: string, email: string): Promise<Record<string, unknown>>;
    };
    expect(await front.run(url, 'eve@example.com')).toEqual(seenBy('eve@example.com'));
  });

  const node = findProgram('node');
  test.skipIf(node === undefined)('works in Node', async () => {
    for (const [name, text] of [
      ['api', generated],
      ['front', FRONT_END.replace('./api.ts', './api.mjs')],
    ] as const)
      writeFileSync(
        join(dir, `${name}.mjs`),
        new Bun.Transpiler({ loader: 'ts' }).transformSync(text),
      );
    const code = `import { run } from './front.mjs';
      console.log(JSON.stringify(await run(${JSON.stringify(url)}, 'nora@example.com')));`;
    const command = [node ?? '', '--input-type=module', '-e', code];
    const child = Bun.spawn(command, { cwd: dir, stderr: 'pipe' });
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    expect({ err, code: await child.exited }).toEqual({ err: '', code: 0 });
    expect(JSON.parse(out)).toEqual(seenBy('nora@example.com'));
  });

  /** What a run of the front end sees. */
  function seenBy(email: string) {
    return {
      registered: email,
      refused: ['TinyBaseError', 401, 'unauthenticated', null, 'string'],
      token: 'tb_',
      me: false,
      state: 'draft',
      total: 1,
      author: "O'Hara && 1 = 1",
      narrow: { title: "it's = 'a'" },
      got: { stars: 3 },
      cleared: true,
      batch: [201, 200],
      pages: [1, 1],
      gone: null,
      sum: 5,
      who: 'string',
      answer: 'plain',
      failed: [402, 'function_failed', 36, 'Pay first', { price: 3 }],
      wrong: [422, 'invalid_input', expect.stringContaining('body.x: '), 'object'],
      aborted: true,
      awaited: 'object',
      raw: 200,
      other: email,
      out: [null, 401],
    };
  }

  test('the server writes the types of its functions folder by itself, collections included', async () => {
    const file = join(dir, 'functions', 'tinybase.d.ts');
    let text = '';
    await until(async () => {
      text = await Bun.file(file)
        .text()
        .catch(() => '');
      return text.includes('PostsCreate');
    });
    expect(text).toContain('posts: { record: Posts; create: PostsCreate;');
    expect(text).toContain('add_numbers: { input: AddNumbersInput; output: AddNumbersOutput }');
    const use = `import { register } from 'tinybase';
      register({ name: 'use' }, async (ctx) => {
        const { items } = await ctx.db.collection('posts').list({ expand: ['author'] });
        return items.map(({ data, expanded }) => [data.title.length, expanded?.author?.data.name]);
      });`;
    expect(findTypeFaults({ 'tinybase.d.ts': text, 'use.ts': use })).toEqual([]);
    // What was written is no change of the functions.
    await Bun.sleep(700);
    expect(logged.filter((line) => line.includes('Functions:'))).toHaveLength(1);
  });
});
