import { expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { client, createAdmin, startBinary } from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { until } from '../support/until.ts';
import { answering, makeDeveloper, resultOf } from './functions-tools.ts';

setDefaultTimeout(600_000);

/** Two functions that say which version they are of, and files enough for every step to take a while. */
const version = (text: string) => ({
  'functions/a.ts': answering(text),
  'functions/b.ts': answering(text),
  ...Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`functions/lib/${index}.txt`, text.repeat(50)]),
  ),
});
const both = async (url: string) => Promise.all(['a', 'b'].map((name) => resultOf(url, name)));

test('the last five deployments are kept, listed newest first, and every one of them can be activated, and the local folder', async () => {
  await using server = await startBinary();
  const admin = await createAdmin(server);
  const developer = await makeDeveloper(server, admin);
  const { functions, write, deployments } = developer;
  writeFiles(server.dir, { 'functions/a.ts': answering('local') });
  await until(
    async () => (await resultOf(server.url, 'a')) === 'local',
    'the local folder answers',
  );
  for (const at of [1, 2, 3, 4, 5, 6, 7]) {
    write({ 'functions/a.ts': answering(`v${at}`) });
    expect((await functions('deploy', '-m', `v${at}`)).code).toBe(0);
  }
  const kept = await deployments();
  expect(kept.map(({ message }) => message)).toEqual(['v7', 'v6', 'v5', 'v4', 'v3']);
  expect(kept.map((one) => one.is_active)).toEqual([true, false, false, false, false]);
  const folders = () => readdirSync(join(server.dir, 'deployments')).length;
  await until(() => folders() === 5, 'the folders of the others are gone');
  const table = await functions('deployments');
  expect(table.stdout.split('\n')[1]).toMatch(/ active .* v7$/);

  for (const { id, message } of kept.toReversed()) {
    expect(await functions('activate', id)).toMatchObject({ code: 0, stderr: '' });
    expect(await resultOf(server.url, 'a')).toBe(String(message));
  }
  const none = await functions('activate', '0199c2f0-0000-7000-8000-000000000000');
  expect(none).toMatchObject({ code: 1, stdout: '' });
  expect(none.stderr).toMatch(/deployment/i);

  // While one is active an edit of the local folder does nothing; after local/activate it does again.
  writeFiles(server.dir, { 'functions/a.ts': answering('edited') });
  expect(await functions('activate', 'local')).toMatchObject({ code: 0 });
  expect(await resultOf(server.url, 'a')).toBe('edited');
  writeFiles(server.dir, { 'functions/a.ts': answering('edited again') });
  await until(async () => (await resultOf(server.url, 'a')) === 'edited again', 'it is watched');
  expect((await deployments()).some((one) => one.is_active)).toBe(false);
  await server.stop();
  await using again = await server.restart();
  expect(await resultOf(again.url, 'a')).toBe('edited again');
  expect(again.stderr()).not.toContain('the local folder is not loaded');
});

test('two deploys at once are serialised: both succeed, each compared with the one before, and the last is what answers', async () => {
  await using server = await startBinary();
  const admin = await createAdmin(server);
  const texts = ['one', 'two', 'three'];
  const developers = await Promise.all(
    texts.map(async (text) => {
      const developer = await makeDeveloper(server, admin);
      developer.write({ ...version(text), [`functions/only_${text}.ts`]: answering(text) });
      return developer;
    }),
  );
  const results = await Promise.all(
    developers.map(({ functions }) => functions('deploy', '--json')),
  );
  expect(results.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
    texts.map(() => ({ code: 0, stderr: '' })),
  );
  const answers = results.map(({ stdout }) => JSON.parse(stdout));
  const listed = (await developers[0]?.deployments()) ?? [];
  const inOrder = listed.toReversed().map(({ id }) => answers.find((answer) => answer.id === id));
  const wordOf = (at: number) => texts[answers.indexOf(inOrder[at])];
  for (const at of [1, 2]) {
    const { added, changed, removed } = inOrder[at].changes.functions;
    expect([added, changed, removed]).toEqual([
      [`only_${wordOf(at)}`],
      ['a', 'b'],
      [`only_${wordOf(at - 1)}`],
    ]);
  }
  expect(await both(server.url)).toEqual([wordOf(2), wordOf(2)]);
});

test('calls are answered by one whole version while others are deployed, and none fails', async () => {
  await using server = await startBinary();
  const admin = await createAdmin(server);
  const { functions, write } = await makeDeveloper(server, admin);
  write(version('0'));
  expect((await functions('deploy')).code).toBe(0);
  let isOver = false;
  const seen: number[][] = [];
  const callers = Array.from({ length: 4 }, async () => {
    const own: number[] = [];
    seen.push(own);
    while (!isOver) {
      const { status, body } = await client(server.url).post('/api/functions/a');
      expect(status).toBe(200);
      own.push(Number(body.result));
    }
  });
  for (const at of [1, 2, 3]) {
    write(version(String(at)));
    expect((await functions('deploy')).code).toBe(0);
    // From the answer on, nobody gets the one before.
    expect(await both(server.url)).toEqual([String(at), String(at)]);
  }
  isOver = true;
  await Promise.all(callers);
  for (const own of seen) {
    expect(own).toEqual(own.toSorted());
    expect(new Set(own).size).toBeGreaterThan(1);
  }
});

test('kill -9 at several moments of a deploy leaves one whole version, listed, with its folder and no other', async () => {
  let server = await startBinary();
  const { dir } = server;
  try {
    const admin = await createAdmin(server);
    const { functions, write, deployments } = await makeDeveloper(server, admin);
    write(version('0'));
    expect((await functions('deploy')).code).toBe(0);
    const begin = performance.now();
    expect((await functions('deploy')).code).toBe(0);
    const usualMs = performance.now() - begin;
    let current = '0';
    const ROUNDS = 5;
    for (let round = 1; round <= ROUNDS; round++) {
      const text = String(round);
      write(version(text));
      const deploying = functions('deploy');
      await Bun.sleep((usualMs * 1.1 * round) / ROUNDS);
      await server.kill9();
      const { code, stderr } = await deploying;
      // The developer hears of it.
      if (code !== 0)
        expect(stderr).toMatch(/broke the connection off|Nothing answers|cannot be reached/);
      server = await server.restart();
      const [one, other] = await both(server.url);
      expect(one).toBe(other);
      expect(code === 0 ? [text] : [current, text]).toContain(String(one));
      current = String(one);
      const listed = (await deployments()).map(({ id }) => id).sort();
      const folders = () => readdirSync(join(dir, 'deployments')).sort();
      await until(() => Bun.deepEquals(folders(), listed), 'what is left is what is listed');
    }
    expect(await resultOf(server.url, 'a')).toBe(current);
  } finally {
    await server[Symbol.asyncDispose]();
  }
});
