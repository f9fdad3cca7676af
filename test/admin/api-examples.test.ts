// Every example of the API pages is run as it stands: curl through bash, TypeScript through bun.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdminFunction, Collection, JsonSchema } from '../../admin/src/api/types.ts';
import { literal, quote } from '../../admin/src/views/api/api-request.ts';
import {
  API_OPERATIONS,
  type ApiOperation,
  example,
} from '../../admin/src/views/collections/api-examples.ts';
import { parametersOf } from '../../admin/src/views/collections/api-words.ts';
import {
  callErrors,
  callExample,
  exampleOf,
} from '../../admin/src/views/functions/function-examples.ts';
import { expectStatus } from '../../scripts/support/http-client.ts';
import { type DeployApp, openDeployApp } from '../features/deployments/deploy-app.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(600_000);

const BOOKS = {
  name: 'books',
  schema: {
    fields: [
      { name: 'title', type: 'string', required: true, min_length: 3, max_length: 40 },
      { name: 'kind', type: 'string', enum: ["it's", 'plain'] },
      { name: 'price', type: 'float', min: 20 },
      { name: 'tags', type: 'list', items: { type: 'string' } },
      { name: 'size', type: 'dict', properties: [{ name: 'w', type: 'integer', max: 0 }] },
      { name: 'day', type: 'date' },
    ],
  },
};

const HEAD = `import { register, t } from 'tinybase';\n`;
const FILES = {
  'functions/order-books.ts': `${HEAD}register({
  description: 'Orders', input: t.Object({
    isbn: t.String({ pattern: '^[0-9]{13}$' }), copies: t.Integer({ minimum: 2 }),
    how: t.Union([t.Literal('mail'), t.Literal('van')]), to: t.Object({ town: t.String() }),
    notes: t.Array(t.String(), { minItems: 2 }), at: t.Optional(t.String({ format: 'date-time' })),
  }) }, (_ctx, input) => ({ copies: input.copies, notes: input.notes.length }));`,
  'functions/open.ts': `${HEAD}register({ auth: 'public' }, () => 'wide open');`,
  'functions/hook.ts': `${HEAD}register({ auth: 'public', raw_body: true }, async (ctx) => (ctx.request?.body as Uint8Array).length);`,
};

let app: DeployApp;
let dir: string;
let collection: Collection;
let functions: readonly AdminFunction[];

beforeAll(async () => {
  app = await openDeployApp({ files: FILES });
  dir = mkdtempSync(join(tmpdir(), 'tinybase-examples-'));
  collection = expectStatus(await app.admin.post('/api/collections', BOOKS), 201, 'making books');
  await until(async () => {
    functions = (await app.admin.get('/api/admin/functions')).body.items;
    return functions.length === Object.keys(FILES).length;
  });
  const types = await fetch(`${app.url}/api/admin/types`, {
    headers: { authorization: `Bearer ${app.token}` },
  });
  writeFileSync(join(dir, 'tinybase.ts'), await types.text());
});

afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

/** What a program printed; it must end well. */
async function run(command: readonly string[]): Promise<string> {
  const env = { ...process.env, TOKEN: app.token };
  const child = Bun.spawn([...command], { cwd: dir, env, stdout: 'pipe', stderr: 'pipe' });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${err}${out}`);
  return out;
}

const runCurl = (curl: string) =>
  run(['bash', '-c', curl.replace(/^curl/, 'curl -sS --fail-with-body')]);

async function runTypeScript(code: string): Promise<string> {
  const file = join(dir, `${crypto.randomUUID()}.ts`);
  writeFileSync(file, code.replaceAll('$TOKEN', app.token));
  return await run([process.execPath, file]);
}

async function newBook(): Promise<{ id: string; data: Record<string, never> }> {
  const made = await app.admin.post('/api/collections/books/records', { title: 'A first book' });
  return expectStatus(made, 201, 'a book');
}

/** What the answer of each says when it worked. */
const SAYS: Record<ApiOperation, readonly [curl: RegExp, typescript: RegExp]> = {
  list: [/"total":\d/, /A first book/],
  read: [/"title":"A first book"/, /A first book/],
  create: [/"title":"A title"/, /^[0-9a-f-]{36}\n$/],
  update: [/"title":"A title"/, /A title/],
  delete: [/^$/, /^$/],
  export: [/^id,|title/, /title/],
  batch: [/"status":201.*"status":200/s, /status: 201/],
};

describe('a collection', () => {
  for (const operation of API_OPERATIONS)
    test(`${operation}: both examples do it`, async () => {
      for (const [index, start] of [runCurl, runTypeScript].entries()) {
        const { id, data } = await newBook();
        const found = example(operation, { origin: app.url, collection, id, stored: data });
        const said = await start(index === 0 ? found.curl : found.typescript);
        expect(said).toMatch(SAYS[operation][index] ?? /never/);
        const { status } = await app.admin.get(`/api/collections/books/records/${id}`);
        expect(status).toBe(operation === 'delete' ? 404 : 200);
      }
    });

  test('a list with every parameter', async () => {
    await newBook();
    const query = {
      filter: "title ~ 'first' && price = null",
      sort: '-created_at,title',
      limit: '1',
      offset: '0',
      fields: 'title',
      count: 'exact',
    };
    const names = parametersOf(collection).map(({ name }) => name);
    expect(Object.keys(query).sort()).toEqual(names.sort());
    const found = example('list', { origin: app.url, collection, id: '', query });
    expect(await runCurl(found.curl)).toContain('"items":[{');
    expect(await runTypeScript(found.typescript)).toContain('A first book');
  });
});

describe('a function', () => {
  const find = (name: string) => {
    const item = functions.find((each) => each.name === name);
    if (!item) throw new Error(`${name} did not load`);
    return item;
  };

  test('its example fits its input, whatever its name is', async () => {
    const { curl, typescript } = callExample(app.url, find('order-books'));
    expect(await runCurl(curl)).toContain('"result":{"copies":2,"notes":2}');
    expect(await runTypeScript(typescript)).toContain('copies: 2');
  });

  test('one that is public, and one that takes any body, need no token', async () => {
    const open = callExample(app.url, find('open'));
    expect(open.curl + open.typescript).not.toContain('$TOKEN');
    expect(await runCurl(open.curl)).toContain('wide open');
    expect(await runTypeScript(open.typescript)).toContain('wide open');
    const raw = callExample(app.url, find('hook'));
    expect(await runCurl(raw.curl)).toContain('"result":9');
    expect(await runTypeScript(raw.typescript)).toContain('"result":9');
  });

  test('its errors are those that it can give', () => {
    const statuses = (name: string) => callErrors(find(name)).map(({ status }) => status);
    expect(statuses('order-books')).toEqual([401, 404, 422, 429, 500, 503, 504]);
    expect(statuses('open')).not.toContain(422);
  });
});

describe('values', () => {
  test('keep to a schema as far as it can be read', () => {
    const schema: JsonSchema = {
      type: 'object',
      required: ['a'],
      properties: {
        a: { $ref: '#/$defs/positive' },
        b: { type: ['string', 'null'], maxLength: 2 },
        c: {
          allOf: [{ properties: { x: { const: 1 } } }, { properties: { y: { type: 'null' } } }],
        },
        d: { anyOf: [{ type: 'null' }, { type: 'number', multipleOf: 4, exclusiveMinimum: 9 }] },
        e: {},
      },
      $defs: { positive: { type: 'integer', exclusiveMinimum: 6 } },
    };
    expect(exampleOf(schema)).toEqual({
      a: 7,
      b: 'A ',
      c: { x: 1, y: null },
      d: 12,
      e: 'anything',
    });
    const endless: JsonSchema = { properties: { self: { $ref: '#' } } };
    expect(JSON.stringify(exampleOf(endless)).length).toBeLessThan(200);
  });

  test('a text that ends a literal or a line stays one text', () => {
    for (const text of ["it's", 'a\nb', '\\', '`$', '"', '</script>'])
      expect(new Function(`return ${quote(text)}`)()).toBe(text);
    expect(literal({ a: [1, "x'y"], 'b-c': {} })).toBe(`{ a: [1, "x'y"], 'b-c': {} }`);
  });
});
