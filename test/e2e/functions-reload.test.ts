// Runs alone: it measures.
import { describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { client, makeTemporaryFolder, runBinary, startBinary } from '../support/binary.ts';
import { openCollection, writeFiles } from '../support/fixtures.ts';
import { publicFunction } from '../support/function-source.ts';
import { serveForFile } from '../support/served.ts';
import { until } from '../support/until.ts';
import { answering, inFunctions, listErrors, resultOf } from './functions-tools.ts';

const GOOD = answering('good');
const served = serveForFile(
  {
    'functions/naps.ts': publicFunction('async (ctx, { ms }) => { await Bun.sleep(ms); }'),
    'functions/edited.ts': answering('0'),
    'functions/uses_lib.ts': `import { register } from 'tinybase';
import { outer } from './lib/outer.ts';
register({ auth: 'public' }, () => outer());
`,
    'functions/lib/outer.ts': `import { word } from './deeper/still/word.ts';\nexport const outer = () => 'outer ' + word;\n`,
    'functions/lib/deeper/still/word.ts': `export const word = '0';\n`,
    'functions/breaks.ts': GOOD,
    'functions/lib/of_breaks.ts': 'export const helper = 1;\n',
  },
  async ({ admin }) => {
    await admin.post('/api/collections', openCollection('notes'));
  },
);

const pathOf = (...names: readonly string[]) => inFunctions(served().server.dir, ...names);
const write = (name: string, text: string) => writeFileSync(pathOf(name), text);
const result = (name: string) => resultOf(served().server.url, name);
const logged = () => served().server.stdout() + served().server.stderr();
const gate = (version: string) => `async (ctx) => {
  appendFileSync('begun-${version}', '.');
  while (!existsSync('open-${version}')) await Bun.sleep(10);
  const { total } = await ctx.db.collection('notes').list();
  return ['${version}', total, await ctx.functions.call('edited')];
}`;

const TRIES = 5;
/** Calls that began before a change, in workers that are replaced meanwhile. */
const seconds: Promise<number>[] = [];

/**
 * A call of one second, begun before the change, still runs when the change is live. A machine that is
 * busy with something else has five tries.
 */
async function isLiveWithinASecond(
  what: string,
  change: (n: number) => void,
  isLive: (n: number) => Promise<boolean>,
): Promise<void> {
  const took: string[] = [];
  for (let n = 1; n <= TRIES; n++) {
    let isOver = false;
    const second = served()
      .anonymous.post('/api/functions/naps', { ms: 1_000 })
      .then(({ status }) => {
        isOver = true;
        return status;
      });
    const began = performance.now();
    change(n);
    await until(() => isLive(n), what);
    took.push(`${(performance.now() - began).toFixed(0)} ms`);
    seconds.push(second);
    if (!isOver) break;
    expect(n, `${what}: live after ${took.join(', ')}`).toBeLessThan(TRIES);
  }
  console.log(`  ${what}: live after ${took.join(', ')}`);
}

describe('reload: live within a second', () => {
  test('an edit', () =>
    isLiveWithinASecond(
      'an edit',
      (n) => write('edited.ts', answering(`${n}`)),
      async (n) => (await result('edited')) === `${n}`,
    ));

  test('an edit as editors save it: written beside, then renamed over the old file', () =>
    isLiveWithinASecond(
      'an atomic rename',
      (n) => {
        write('.edited.ts.draft', answering(`renamed ${n}`));
        renameSync(pathOf('.edited.ts.draft'), pathOf('edited.ts'));
      },
      async (n) => (await result('edited')) === `renamed ${n}`,
    ));

  test('a new file', () =>
    isLiveWithinASecond(
      'a new file',
      (n) => write(`new_${n}.ts`, answering('new')),
      async (n) => (await result(`new_${n}`)) === 'new',
    ));

  test('a file of another name', () =>
    isLiveWithinASecond(
      'a renamed file',
      (n) =>
        renameSync(pathOf(n === 1 ? 'new_1.ts' : `moved_${n - 1}.ts`), pathOf(`moved_${n}.ts`)),
      async (n) =>
        (await result(`moved_${n}`)) === 'new' &&
        (await result(n === 1 ? 'new_1' : `moved_${n - 1}`)) === 'not_found',
    ));

  test('a deleted file: its function is not found any more', () =>
    isLiveWithinASecond(
      'a deleted file',
      (n) => {
        if (n > 1) write('moved_1.ts', answering('back'));
        rmSync(pathOf('moved_1.ts'), { force: true });
      },
      async () => (await result('moved_1')) === 'not_found',
    ));

  test('an edit of a helper file, of one in a folder below, and of one deeper still', async () => {
    await isLiveWithinASecond(
      'a helper',
      (n) =>
        write(
          'lib/outer.ts',
          `import { word } from './deeper/still/word.ts';\nexport const outer = () => 'edited ${n} ' + word;\n`,
        ),
      async (n) => (await result('uses_lib')) === `edited ${n} 0`,
    );
    await isLiveWithinASecond(
      'a helper in nested folders',
      (n) => write('lib/deeper/still/word.ts', `export const word = 'deep ${n}';\n`),
      async (n) =>
        /^edited \d deep \d$/.test(String(await result('uses_lib'))) &&
        String(await result('uses_lib')).endsWith(`${n}`),
    );
  });

  test('a folder that comes with a helper, is replaced as a whole, and goes again', async () => {
    const text = (word: string) => `export const word = '${word}';\n`;
    mkdirSync(pathOf('later'));
    write('later/word.ts', text('first'));
    write(
      'uses_later.ts',
      `import { register } from 'tinybase';\nimport { word } from './later/word.ts';\nregister({ auth: 'public' }, () => word);\n`,
    );
    await until(async () => (await result('uses_later')) === 'first', 'the new folder is used');
    mkdirSync(pathOf('.next'));
    write('.next/word.ts', text('second'));
    renameSync(pathOf('later'), pathOf('.before'));
    renameSync(pathOf('.next'), pathOf('later'));
    await until(async () => (await result('uses_later')) === 'second', 'the other folder is used');
    write('later/word.ts', text('third'));
    await until(async () => (await result('uses_later')) === 'third', 'an edit in it is used');
    rmSync(pathOf('uses_later.ts'));
    rmSync(pathOf('later'), { recursive: true });
    rmSync(pathOf('.before'), { recursive: true });
    await until(async () => (await result('uses_later')) === 'not_found', 'it is gone');
    expect(await listErrors(served().admin)).toEqual([]);
  });
});

describe('reload: in-flight calls finish on the old code', () => {
  test('every call that began before one of the changes above was answered', async () => {
    expect(seconds.length).toBeGreaterThan(0);
    expect(new Set(await Promise.all(seconds))).toEqual(new Set([200]));
  });

  test('through several reloads and the deletion of their file, with ctx.db and ctx.functions to the end', async () => {
    const { anonymous, server } = served();
    const versions = ['first', 'second', 'third'];
    const describe = async () =>
      (await anonymous.get('/api/functions/gated/schema')).body.description ?? 'none';
    const calls = [];
    for (const version of versions) {
      write('gated.ts', publicFunction(gate(version), `description: '${version}'`));
      await until(async () => (await describe()) === version, `${version} is live`);
      calls.push(anonymous.post('/api/functions/gated', {}));
      await until(() => existsSync(join(server.dir, `begun-${version}`)), `${version} has begun`);
    }
    rmSync(pathOf('gated.ts'));
    await until(async () => (await describe()) === 'none', 'it is gone');
    for (const version of [...versions].reverse())
      writeFileSync(join(server.dir, `open-${version}`), '');
    const edited = await result('edited');
    const answers = await Promise.all(calls);
    expect(answers.map(({ body }) => body.result)).toEqual(
      versions.map((version) => [version, 0, edited]),
    );
  });
});

async function loadedAt(name: string): Promise<string> {
  const { body } = await served().admin.get('/api/admin/functions?limit=1000');
  return body.items.find((item: { name: string }) => item.name === name)?.last_loaded_at ?? '';
}

describe('reload: a broken file keeps its last good version and is shown everywhere', () => {
  const BROKEN = [
    [
      'does not parse',
      `import { register } from 'tinybase';\n\nconst = 1;\n`,
      3,
      /Expected|Unexpected/,
    ],
    [
      'throws while it loads',
      `import { register } from 'tinybase';\nregister({ auth: 'public' }, () => 1);\nthrow new Error('at load');\n`,
      3,
      /at load/,
    ],
    [
      'imports what is not there',
      `import { register } from 'tinybase';\nimport nothing from 'not-installed';\nregister({}, () => nothing);\n`,
      null,
      /not-installed/,
    ],
    ['registers nothing', `export const nothing = 1;\n`, null, /registers no function/],
    [
      'takes a name that is taken',
      `import { register } from 'tinybase';\nregister({ name: 'edited' }, () => 1);\n`,
      null,
      /name edited is taken/,
    ],
    [
      'asks for an option that is none',
      `import { register } from 'tinybase';\nregister({ rate: 1 } as any, () => 1);\n`,
      null,
      /no option rate/,
    ],
  ] as const;

  for (const [what, text, line, message] of BROKEN)
    test(`one that ${what}`, async () => {
      const { admin, server } = served();
      const name = what.replaceAll(' ', '_');
      write(`${name}.ts`, GOOD);
      await until(async () => (await result(name)) === 'good', 'it is good');
      const before = await loadedAt(name);
      const told = logged().length;
      write(`${name}.ts`, text);
      await until(async () => (await listErrors(admin)).length === 1, 'it is noticed');

      expect(await result(name)).toBe('good');
      const { body } = await admin.get('/api/admin/functions?limit=1000');
      expect(body.load_errors).toEqual([
        {
          file: `functions/${name}.ts`,
          line,
          column: line === null ? null : expect.any(Number),
          message: expect.stringMatching(message),
          loaded_version: 'previous',
        },
      ]);
      const find = (wanted: string) =>
        body.items.find((item: { name: string }) => item.name === wanted);
      const kept = find(name);
      expect(kept).toMatchObject({ is_current: false });
      // The good one may have been loaded twice, as its file was made in two steps; the broken one never,
      // and the others anew with it.
      expect(kept.last_loaded_at >= before).toBe(true);
      expect(kept.last_loaded_at < find('naps').last_loaded_at).toBe(true);
      const place = line === null ? '' : `:${line}`;
      const inTheLog = new RegExp(
        `error Functions: \\S*functions/${name}\\.ts${place}.* does not load: .*Its last good version goes on answering`,
      );
      await until(() => inTheLog.test(logged().slice(told)), 'it is in the log');

      const listed = await runBinary(['functions', 'list'], { dir: server.dir });
      expect(listed.code).not.toBe(0);
      expect(listed.stderr).toMatch(
        new RegExp(`Does not load:\\n +functions/${name}\\.ts${place} `),
      );
      expect(listed.stdout).toContain('edited');

      write(`${name}.ts`, GOOD);
      await until(async () => (await listErrors(admin)).length === 0, 'it is mended');
      expect(await result(name)).toBe('good');
      rmSync(pathOf(`${name}.ts`));
    });

  test('one whose helper is broken is told with the place in the helper', async () => {
    const { admin } = served();
    write(
      'breaks.ts',
      `import { register } from 'tinybase';\nimport { helper } from './lib/of_breaks.ts';\nregister({ auth: 'public' }, () => 'with helper ' + helper);\n`,
    );
    await until(async () => (await result('breaks')) === 'with helper 1', 'it is good');
    write('lib/of_breaks.ts', '\n\nexport const helper = ;\n');
    await until(async () => (await listErrors(admin)).length === 1, 'it is noticed');
    expect(await result('breaks')).toBe('with helper 1');
    expect((await listErrors(admin))[0]).toMatchObject({
      file: 'functions/breaks.ts',
      message: expect.stringMatching(/lib\/of_breaks\.ts:3:/),
    });
    // Its last good version outlives further reloads, and the restart of its worker.
    write('edited.ts', answering('beside a broken one'));
    await until(
      async () => (await result('edited')) === 'beside a broken one',
      'the other is live',
    );
    expect(await result('breaks')).toBe('with helper 1');
    write('lib/of_breaks.ts', 'export const helper = 2;\n');
    await until(async () => (await result('breaks')) === 'with helper 2', 'it is mended');
    expect(await listErrors(admin)).toEqual([]);
  });

  test('one that is broken and then deleted is gone with its error', async () => {
    const { admin } = served();
    write('goes.ts', GOOD);
    await until(async () => (await result('goes')) === 'good', 'it is good');
    write('goes.ts', '(');
    await until(async () => (await listErrors(admin)).length === 1, 'it is noticed');
    rmSync(pathOf('goes.ts'));
    await until(async () => (await listErrors(admin)).length === 0, 'its error is gone');
    expect(await result('goes')).toBe('not_found');
  });

  test('one that is broken when the server starts has no version; all others serve', async () => {
    const dir = makeTemporaryFolder();
    writeFiles(dir, { 'functions/broken.ts': '(', 'functions/fine.ts': GOOD });
    await using server = await startBinary({ dir });
    expect(await resultOf(server.url, 'fine')).toBe('good');
    expect((await client(server.url).post('/api/functions/broken')).status).toBe(404);
    await until(
      () => /functions\/broken\.ts:1:\d+ does not load/.test(server.stdout() + server.stderr()),
      'it is in the log',
    );
    expect(server.stdout() + server.stderr()).not.toContain('last good version');
  });
});
