import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAdmin, makeTemporaryFolder, runBinary, startBinary } from '../support/binary.ts';
import { openCollection, POSTS, writeFiles } from '../support/fixtures.ts';
import { findTypeFaults } from '../support/type-check.ts';
import { until } from '../support/until.ts';
import { checkFolder, inFunctions } from './functions-tools.ts';

setDefaultTimeout(600_000);

/** Every TypeScript file of a functions folder, for a check at the compiler's strictest. */
function readSources(dir: string): Record<string, string> {
  const names = readdirSync(inFunctions(dir)).filter((name) => name.endsWith('.ts'));
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(inFunctions(dir, name), 'utf8')]),
  );
}

/** A function's file around one line of its code. */
const using = (line: string) =>
  `import { register } from 'tinybase';\nregister({ name: 'uses' }, async (ctx) => {\n  ${line}\n});\n`;

const ADD = `import { register, t } from 'tinybase';
register({ name: 'add_numbers', auth: 'public', input: t.Object({ x: t.Integer(), y: t.Integer() }),
  output: t.Object({ sum: t.Integer() }) }, (_ctx, { x, y }) => ({ sum: x + y }));
`;

test('the templates of init and functions new type-check in an editor without anything installed', async () => {
  const dir = makeTemporaryFolder();
  await runBinary(['init', '--yes'], { dir });
  const odd = 'It\'s a "test" */ `y`\\\u2028';
  await runBinary(['functions', 'new', 'send_invoice', '-d', odd, '--auth', 'public'], { dir });
  expect(readdirSync(inFunctions(dir)).sort()).toEqual([
    'add_numbers.ts',
    'package.json',
    'send_invoice.ts',
    'tinybase.d.ts',
    'tsconfig.json',
  ]);
  // With the tsconfig.json that lies there, and at its strictest.
  expect(await checkFolder(inFunctions(dir))).toBe('');
  expect(findTypeFaults(readSources(dir))).toEqual([]);
});

describe('with a collection and a function', () => {
  test('after tinybase types, ctx.db.collection("posts") is typed: a wrong field name is a type error', async () => {
    await using server = await startBinary();
    const admin = await createAdmin(server);
    const { dir } = server;
    await runBinary(['functions', 'new', 'first'], { dir });
    writeFiles(dir, { 'functions/add_numbers.ts': ADD });
    expect((await admin.post('/api/collections', POSTS)).status).toBe(201);
    await server.stop();
    const types = await runBinary(['types', '--out', 'api.ts'], { dir });
    expect(types.code, types.stderr).toBe(0);

    const good = [
      "const { data } = await ctx.db.collection('posts').create({ title: 'a', rating: 3 });\n  data.title.trim();",
      "const found = await ctx.db.collection('posts').list({ filter: 'rating > 3', sort: '-rating' });\n  for (const { data } of found.items) data.meta?.source.trim();",
      "await ctx.db.as_caller().collection('posts').update('id', { status: 'done', body: null });",
      "const { sum } = await ctx.functions.call('add_numbers', { x: 1, y: 2 });\n  sum.toFixed();",
    ];
    const bad = [
      "await ctx.db.collection('posts').create({ titel: 'a' });",
      "await ctx.db.collection('posts').create({ title: 1 });",
      'await ctx.db.collection("posts").create({ rating: 3 });',
      "await ctx.db.collection('posts').update('id', { status: 'gone' });",
      "(await ctx.db.collection('posts').get('id'))?.data.titel;",
      "await ctx.db.collection('posts').list({ fields: ['titel'] });",
      "await ctx.functions.call('add_numbers', { x: 1 });",
      "(await ctx.functions.call('add_numbers', { x: 1, y: 2 })).product;",
    ];
    const files = {
      ...Object.fromEntries(good.map((line, index) => [`good_${index}.ts`, using(line)])),
      ...Object.fromEntries(bad.map((line, index) => [`bad_${index}.ts`, using(line)])),
    };
    const faults = findTypeFaults({ ...readSources(dir), ...files });
    const places = [...new Set(faults.map((fault) => fault.split(' ')[0]))];
    expect(places.sort()).toEqual(bad.map((_, index) => `bad_${index}.ts:3`));
    expect(faults.join('\n')).toContain("Did you mean to write 'title'");
  });

  test('serve keeps tinybase.d.ts fresh when a collection or a function changes', async () => {
    const dir = makeTemporaryFolder();
    await runBinary(['functions', 'new', 'first'], { dir });
    await using server = await startBinary({ dir });
    const admin = await createAdmin(server);
    const read = () => readSources(dir)['tinybase.d.ts'] ?? '';
    const saying = (word: string) => () => new RegExp(`\\b${word}\\b`).test(read());
    const notes = '/api/collections/notes';
    await until(saying('FirstInput'), 'the first function is known');
    expect(saying('notes')()).toBe(false);
    await admin.post('/api/collections', openCollection('notes'));
    await until(saying('notes'), 'the collection is known');
    const { schema } = openCollection('notes');
    const fields = [...schema.fields, { name: 'stars', type: 'integer' }];
    expect((await admin.patch(notes, { schema: { fields } })).status).toBe(200);
    await until(saying('stars'), 'the new field is known');
    writeFiles(dir, { 'functions/add_numbers.ts': ADD });
    await until(saying('add_numbers'), 'the new function is known');
    writeFiles(dir, { 'functions/add_numbers.ts': ADD.replaceAll('sum', 'added') });
    await until(saying('added'), 'the changed function is known');
    const uses = using(`await ctx.db.collection('notes').create({ title: 'a', stars: 3 });
  (await ctx.functions.call('add_numbers', { x: 1, y: 2 })).added.toFixed();
  (await ctx.functions.call('first', { name: 'Ann' })).message.trim();`);
    expect(findTypeFaults({ 'tinybase.d.ts': read(), 'uses.ts': uses })).toEqual([]);
    rmSync(inFunctions(dir, 'add_numbers.ts'));
    await until(() => !saying('add_numbers')(), 'the deleted function is gone');
    expect((await admin.delete(`${notes}?confirm=notes`)).status).toBeLessThan(300);
    await until(() => !saying('notes')(), 'the deleted collection is gone');
    expect(saying('FirstInput')()).toBe(true);
  });

  test('serve makes no tinybase.d.ts in a folder that was not made for it', async () => {
    await using bare = await startBinary();
    writeFiles(bare.dir, { 'functions/add_numbers.ts': ADD });
    const other = await createAdmin(bare);
    await until(
      async () => (await other.get('/api/functions')).body.items.length === 1,
      'it is loaded',
    );
    await other.post('/api/collections', openCollection('notes'));
    await bare.stop();
    expect(existsSync(inFunctions(bare.dir, 'tinybase.d.ts'))).toBe(false);
  });
});

test('the generated client compiles under strict and runs against the server', async () => {
  const dir = makeTemporaryFolder();
  writeFiles(dir, {
    'functions/add_numbers.ts': ADD,
    'functions/refuses.ts': `import { FunctionError, register } from 'tinybase';
      register({ auth: 'public' }, () => { throw new FunctionError(402, 'Pay first', { price: 3 }); });`,
  });
  await using server = await startBinary({ dir });
  const admin = await createAdmin(server);
  await admin.post('/api/collections', openCollection('notes'));
  // Beside the running server.
  const types = await runBinary(['types', '--out', 'api.ts'], { dir });
  expect(types.code, types.stderr).toBe(0);
  const front = `import { createClient, TinyBaseError } from './api.ts';
    const client = createClient(${JSON.stringify(server.url)});
    const notes = client.collection('notes');
    const made = await notes.create({ title: 'from the client' });
    const page = await notes.list({ filter: "title = 'from the client'" });
    const { sum } = await client.functions.add_numbers({ x: 20, y: 22 });
    const refused: unknown = await client.functions.refuses().catch((error: unknown) => error);
    const seen = refused instanceof TinyBaseError ? [refused.status, refused.code, refused.data] : [];
    console.log(JSON.stringify([page.items[0]?.id === made.id, page.items[0]?.data.title, sum, seen]));
    export {};`;
  const wrong = `import { createClient } from './api.ts';
    const client = createClient('http://localhost');
    await client.collection('notes').create({ titel: 'a' });
    await client.functions.add_numbers({ x: 'one', y: 2 });
    await client.functions.subtract_numbers({ x: 1, y: 2 });
    export {};`;
  const api = readFileSync(join(dir, 'api.ts'), 'utf8');
  const libraries = { lib: ['ES2022', 'DOM'] };
  expect(findTypeFaults({ 'api.ts': api, 'front.ts': front }, libraries)).toEqual([]);
  expect(
    findTypeFaults({ 'api.ts': api, 'wrong.ts': wrong }, libraries).map(
      (fault) => fault.split(' ')[0],
    ),
  ).toEqual(['wrong.ts:3', 'wrong.ts:4', 'wrong.ts:5']);
  writeFileSync(join(dir, 'front.ts'), front);
  const child = Bun.spawn([process.execPath, 'front.ts'], {
    cwd: dir,
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const said = await new Response(child.stderr).text();
  expect(await child.exited, said).toBe(0);
  expect(JSON.parse(await new Response(child.stdout).text())).toEqual([
    true,
    'from the client',
    42,
    [402, 'function_failed', { price: 3 }],
  ]);
});
