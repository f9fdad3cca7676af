import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import {
  client,
  createUser,
  findFreePort,
  makeTemporaryFolder,
  runBinary,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { read } from '../support/guide-pages.ts';

/** The messages of the page, as patterns: `…` is whatever stands there. */
const messages = [...read('docs/guide/troubleshooting.md').matchAll(/\*\*`([^`]+)`\*\*/g)].map(
  ([, text = '']) => text,
);
const HEAD = `import { register, t } from 'tinybase';\n`;
const said: string[] = [];
let server: ServerProcess;
let second: Promise<void>;

const run = async (dir: string, ...words: string[]) => {
  const { stdout, stderr } = await runBinary(words, { dir });
  said.push(stdout, stderr);
};
const say = ({ body }: { readonly body: { readonly detail: string } }) =>
  void said.push(body.detail);
const folderWith = (files: Readonly<Record<string, string>>) => {
  const dir = makeTemporaryFolder('trouble');
  writeFiles(dir, files);
  return dir;
};

beforeAll(async () => {
  server = await startBinary();
  // It gives the other one ten seconds to stop: the other tests run meanwhile.
  second = run(server.dir, 'serve', '--host', '127.0.0.1', '--port', String(findFreePort()));
});
afterAll(() => server?.[Symbol.asyncDispose]());

test('a start that fails: the port, the folder and the configuration', async () => {
  const { port } = new URL(server.url);
  await run(folderWith({}), 'serve', '--host', '127.0.0.1', '--port', port);
  await run(folderWith({ 'tinybase.toml': '[server]\nprot = 1\nport = "x"\n' }), 'serve');
  await run(folderWith({ 'tinybase.toml': '[server\n' }), 'serve');
});

test('functions that do not load', async () => {
  const dir = folderWith({
    'functions/helper.ts': 'export const x = 1;\n',
    'functions/package.ts': `${HEAD}import { x } from 'not-installed';\nexport default register({ input: t.Object({}) }, async () => x);\n`,
    'functions/half.ts': `${HEAD}export default register({ input: t.Object({}) }, async () => {\n`,
  });
  await run(dir, 'functions', 'list');
});

test('a database that is none, that of another program, and one of a newer version', async () => {
  const serve = (dir: string) => run(dir, 'serve', '--port', String(findFreePort()));
  await serve(folderWith({ 'tinybase.db': 'hello' }));
  for (const sql of ['CREATE TABLE x (y)', 'PRAGMA user_version = 99']) {
    const dir = folderWith({});
    const isOurs = sql.startsWith('PRAGMA');
    if (isOurs) await runBinary(['db', 'upgrade'], { dir });
    const db = new Database(join(dir, 'tinybase.db'));
    db.run(sql);
    db.close();
    await serve(dir);
  }
});

test('what a caller is told about signing in, and about a function', async () => {
  const anonymous = client(server.url);
  say(await anonymous.get('/api/auth/me'));
  say(await client(server.url, 'wrong').get('/api/auth/me'));
  const basic = await fetch(`${server.url}/api/auth/me`, { headers: { authorization: 'Basic x' } });
  said.push(await basic.text());
  say(await anonymous.post('/api/auth/login', { email: 'a@example.com', password: 'wrong' }));
  const ann = await createUser(server.url, 'ann@example.com');
  say(await ann.get('/api/admin/users'));
  say(await ann.post('/api/functions/nothing', {}));
  writeFiles(server.dir, {
    'functions/fails.ts': `${HEAD}export default register({ auth: 'public', input: t.Object({}) }, async () => { throw new Error('inside'); });\n`,
  });
  for (;;) {
    const answer = await anonymous.post('/api/functions/fails', {});
    if (answer.status !== 404) {
      say(answer);
      break;
    }
    await Bun.sleep(50);
  }
});

test('every message of the page is what the program says, and nothing else is', async () => {
  await second;
  expect(messages.length).toBeGreaterThan(15);
  const all = said.join('\n');
  const unheard = messages.filter((message) => {
    const pattern = message
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*');
    return !new RegExp(pattern).test(all);
  });
  expect(unheard).toEqual([]);
});

test('debug mode puts the reason of a failure into the answer', async () => {
  const dir = folderWith({
    'functions/fails.ts': `${HEAD}export default register({ auth: 'public', input: t.Object({}) }, async () => { throw new Error('inside'); });\n`,
  });
  await using debugged = await startBinary({
    dir,
    env: { TINYBASE_DEBUG: 'true', TINYBASE_LOG_LEVEL: 'debug' },
  });
  const { body } = await client(debugged.url).post('/api/functions/fails', {});
  expect(body).toMatchObject({ detail: 'inside', stack: expect.stringContaining('fails.ts') });
  expect(`${debugged.stdout()}${debugged.stderr()}`).toContain(' debug ');
});
