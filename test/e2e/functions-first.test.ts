// Runs alone: it measures.
import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { $ } from 'bun';
import {
  client,
  createUser,
  makeTemporaryFolder,
  runBinary,
  startBinary,
} from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { makeOwnRelease } from '../support/release.ts';
import {
  describeInRootFolder,
  makeRootFolder,
  runInRoot,
  serveInRoot,
} from '../support/root-folder.ts';
import { readCommands } from '../support/shell-words.ts';
import { until } from '../support/until.ts';
import { inFunctions } from './functions-tools.ts';

setDefaultTimeout(600_000);

// Copied by hand from section 7 of the contract, as a reader does.
const ADD_NUMBERS = `// functions/add_numbers.ts
import { register, t } from "tinybase";

export default register({
  name: "add_numbers",            // default: the file's name
  description: "Add two numbers",
  auth: "auth",                   // public | auth | admin; default auth
  input: t.Object({ x: t.Integer(), y: t.Integer() }),
  output: t.Object({ sum: t.Integer() }),
  tags: ["math"],
  timeout_seconds: 5,             // optional
}, async (ctx, payload) => ({ sum: payload.x + payload.y }));
`;

/** Runs the program that lies in the folder, instead of the one of the build. */
const UNPACKED = ['sh', '-c', 'shift; exec ./tinybase "$@"', 'sh'];

/** From the archive of the release into an empty folder, as a reader does. */
async function unpackRelease(dir: string): Promise<void> {
  const { folder, archives } = await makeOwnRelease();
  await $`tar -xzf ${join(folder, archives[0]?.file ?? '')} --strip-components=1`.cwd(dir);
}

test('add_numbers as in SPEC copied into a new folder works on first try', async () => {
  await makeOwnRelease();
  const dir = makeTemporaryFolder();
  const begin = performance.now();
  await unpackRelease(dir);
  const unpackedMs = performance.now() - begin;
  writeFiles(dir, { 'functions/add_numbers.ts': ADD_NUMBERS });
  await using server = await startBinary({ dir, wrapper: UNPACKED });
  const user = await createUser(server.url, 'ann@example.com');
  const call = (body: unknown) => user.post('/api/functions/add_numbers', body);
  const first = await call({ x: 2, y: 3 });
  const firstMs = performance.now() - begin;
  expect(first.status).toBe(200);
  expect(first.body).toEqual({
    call_id: expect.any(String),
    status: 'succeeded',
    result: { sum: 5 },
  });
  console.log(
    `  from the archive to the first answer: ${firstMs.toFixed(0)} ms, ${unpackedMs.toFixed(0)} of them unpacking`,
  );
  expect(firstMs).toBeLessThan(60_000);

  // It means what it says.
  expect((await client(server.url).post('/api/functions/add_numbers', { x: 2, y: 3 })).status).toBe(
    401,
  );
  const wrong = await call({ x: 'two', z: 1 });
  expect(wrong.status).toBe(422);
  expect(wrong.body.detail.map(({ loc }: { loc: string[] }) => loc.join('.')).sort()).toEqual([
    'body.x',
    'body.y',
    'body.z',
  ]);
  const listed = (await user.get('/api/functions')).body;
  expect(listed.items).toMatchObject([
    { name: 'add_numbers', description: 'Add two numbers', auth: 'auth', tags: ['math'] },
  ]);
  expect(server.stderr()).not.toMatch(/warning|error/i);
});

describeInRootFolder('on a machine with nothing but the archive, and no network', () => {
  test('from unpacking to the first answer of a typed function: unpack, functions new, call', async () => {
    await makeOwnRelease();
    const begin = performance.now();
    const unpacked = makeTemporaryFolder();
    await unpackRelease(unpacked);
    // No shell, no packages, no certificates: what it links to, and the program of the archive.
    const root = makeRootFolder({ '/tinybase': join(unpacked, 'tinybase') });
    const data = makeTemporaryFolder('data');
    const inside = { data, hasNoNetwork: true };
    const made = await runInRoot(root, ['functions', 'new', 'say_hello'], inside);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const called = await runInRoot(root, findTip(made.stdout), inside);
    expect(called).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(called.stdout)).toEqual({ message: 'Hello, Ann!' });

    // The same over HTTP: whoever asks is outside, so this one has the network of the machine.
    await using server = await serveInRoot(root, { data });
    const user = await createUser(server.url, 'ann@example.com');
    expect((await user.post('/api/functions/say_hello', { name: 'Bob' })).body.result).toEqual({
      message: 'Hello, Bob!',
    });
    const firstMs = performance.now() - begin;
    console.log(`  in a root folder: ${firstMs.toFixed(0)} ms`);
    expect(firstMs).toBeLessThan(60_000);
  });
});

/** What an output tells its reader to type. */
function findTip(text: string): readonly string[] {
  const line = /Try it: (.+)/.exec(text)?.[1] ?? '';
  const [words = []] = readCommands(line, new Map());
  expect(words[0]).toBe('tinybase');
  return words.slice(1);
}

describe("from nothing to a function of one's own", () => {
  test('functions new in an empty folder: what it says to try works, beside no server and over HTTP, and an edit is live', async () => {
    const dir = makeTemporaryFolder();
    const made = await runBinary(['functions', 'new', 'say_hello'], { dir });
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const path = inFunctions(dir, 'say_hello.ts');
    const source = readFileSync(path, 'utf8');
    expect(findTip(made.stdout)).toEqual(findTip(source));
    const tried = await runBinary(findTip(made.stdout), { dir });
    expect(tried).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(tried.stdout)).toEqual({ message: 'Hello, Ann!' });

    await using server = await startBinary({ dir });
    const user = await createUser(server.url, 'ann@example.com');
    const call = async () => (await user.post('/api/functions/say_hello', { name: 'Ann' })).body;
    expect(await call()).toMatchObject({ status: 'succeeded', result: { message: 'Hello, Ann!' } });
    writeFileSync(path, source.replaceAll('Hello, ', 'Good day, '));
    await until(async () => (await call()).result.message === 'Good day, Ann!', 'the edit is live');
  });

  test('init in an empty folder: what the example says to try works, and init again leaves an edit alone', async () => {
    const dir = makeTemporaryFolder();
    expect((await runBinary(['init', '--yes'], { dir })).code).toBe(0);
    const path = inFunctions(dir, 'add_numbers.ts');
    const source = readFileSync(path, 'utf8');
    const tried = await runBinary(findTip(source), { dir });
    expect(tried).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(tried.stdout)).toEqual({ sum: 5 });
    writeFileSync(path, source.replace('x + payload.y', 'x * payload.y'));
    expect((await runBinary(['init', '--yes'], { dir })).code).toBe(0);
    const edited = await runBinary(findTip(source), { dir });
    expect(JSON.parse(edited.stdout)).toEqual({ sum: 6 });
  });

  test('several in one functions.ts, without export default, beside files of their own', async () => {
    const dir = makeTemporaryFolder();
    const numbers = ADD_NUMBERS.replace('export default ', '').split('\n').slice(1).join('\n');
    writeFiles(dir, {
      'functions.ts': `${numbers}\n${numbers.replace(/.*import.*\n/, '').replace('"add_numbers"', '"add_more"')}`,
      'functions/add_others.ts': ADD_NUMBERS.replace('  name: "add_numbers",', ''),
    });
    for (const name of ['add_numbers', 'add_more', 'add_others']) {
      const { stdout, stderr } = await runBinary(['functions', 'call', name, '{"x":1,"y":1}'], {
        dir,
      });
      expect({ name, stdout, stderr }).toEqual({ name, stdout: '{\n  "sum": 2\n}\n', stderr: '' });
    }
  });
});
