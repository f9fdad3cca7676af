import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BINARY } from '../../scripts/support/paths.ts';
import { makeArchive, makeTar } from '../features/deployments/tar-gz.ts';
import { makeTemporaryFolder, runBinary, startBinary } from '../support/binary.ts';
import { openCollection, writeFiles } from '../support/fixtures.ts';
import { hasGit, makeRepository } from '../support/git.ts';
import { canReachRegistry, describeWithRegistry, networkEnv } from '../support/registry.ts';
import { serveForFile } from '../support/served.ts';
import { until } from '../support/until.ts';
import { runInTerminal } from './functions-tools.ts';

setDefaultTimeout(600_000);

const manifest = (name: string, version: string, rest = '') =>
  `[extension]\nname = "${name}"\nversion = "${version}"\n${rest}\n`;
/** An extension that signs every note with its name, its version and its setting. */
const signs = (name: string, version: string, rest = '') => ({
  'extension.toml': manifest(name, version, rest),
  'main.ts': `import { before_record_create } from 'tinybase/extensions';
before_record_create({ collection: 'notes' }, (event, { settings }) => {
  event.data.title += ' ${name} ${version}' + (settings.mark ?? '');
});\n`,
});
const inFolder = (folder: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [join(folder, path), text]));

const served = serveForFile({}, async ({ admin }) => {
  await admin.post('/api/collections', openCollection('notes'));
});
const extensions = (...args: readonly string[]) =>
  runBinary(['extensions', ...args], { dir: served().server.dir });
const installed = (...path: readonly string[]) => join(served().server.dir, 'extensions', ...path);

/** What a new note is called once the extensions have seen it. */
async function titleOfNote(): Promise<string> {
  const { status, body } = await served().anonymous.post('/api/collections/notes/records', {
    title: 'note',
  });
  return status === 201 ? body.data.title : String(status);
}
const untilNotesAre = (title: string) =>
  until(async () => (await titleOfNote()) === title, `notes are called ${title}`);
/** Everything in the folder of extensions that is none, such as what a killed install left. */
const leftovers = () =>
  existsSync(installed('.tinybase'))
    ? readdirSync(installed('.tinybase')).filter((name) => name.startsWith('new-'))
    : [];

describe('beside a running server, which is not restarted', () => {
  test('one is installed from a folder, replaced, disabled, enabled and uninstalled', async () => {
    const { server } = served();
    const source = makeTemporaryFolder();
    writeFiles(source, signs('signs', '1.0.0', 'description = "Signs notes"'));
    const asked = await extensions('install', source);
    expect(asked.code).toBe(2);
    expect(asked.stdout).toContain('signs 1.0.0\nSigns notes\n');
    expect(asked.stdout).toContain('Hooks     before_record_create');
    expect(asked.stdout).toContain('runs with all rights of the server');
    expect(asked.stderr).toContain('-y');
    expect(existsSync(installed('signs'))).toBe(false);

    expect(await extensions('install', source, '-y')).toMatchObject({ code: 0, stderr: '' });
    await untilNotesAre('note signs 1.0.0');
    writeFiles(source, signs('signs', '1.1.0'));
    const replaced = await extensions('install', source, '-y');
    expect(replaced.stdout).toContain('signs 1.0.0, whose settings stay');
    await untilNotesAre('note signs 1.1.0');
    expect((await extensions('disable', 'signs')).stdout).toBe('signs is disabled.\n');
    await untilNotesAre('note');
    expect((await extensions('enable', 'signs')).code).toBe(0);
    await untilNotesAre('note signs 1.1.0');
    const { code, stderr } = await extensions('uninstall', 'sings', '-y');
    expect([code, stderr]).toEqual([1, 'There is no extension "sings"; did you mean signs?\n']);
    expect((await extensions('uninstall', 'signs')).code).toBe(2);
    expect((await extensions('uninstall', 'signs', '-y')).stdout).toBe(
      'Uninstalled signs 1.1.0.\n',
    );
    await untilNotesAre('note');
    expect(existsSync(installed('signs'))).toBe(false);
    expect(server.stderr().match(/Serving|restarting/)).toBeNull();
  });

  test('the admin endpoints list it, set it, disable it and uninstall it', async () => {
    const { admin, ann } = served();
    const source = makeTemporaryFolder();
    const settings =
      '[extension.settings.mark]\ntype = "string"\n[extension.settings.key]\ntype = "string"\nsecret = true';
    writeFiles(source, signs('api', '1.0.0', settings));
    expect((await extensions('install', source, '-y')).code).toBe(0);
    await untilNotesAre('note api 1.0.0');
    const one = '/api/admin/extensions/api';
    expect((await admin.get('/api/admin/extensions')).body).toMatchObject({
      items: [
        {
          name: 'api',
          version: '1.0.0',
          state: 'running',
          is_enabled: true,
          hooks: ['before_record_create'],
          source: { kind: 'folder', location: source },
          error_count: 0,
        },
      ],
      total: 1,
    });
    // The answer comes once it is done: nothing has to be waited for.
    const set = await admin.patch(`${one}/settings`, { mark: '!', key: 's3cret' });
    expect(set.body.settings).toEqual({ mark: '!' });
    expect(await titleOfNote()).toBe('note api 1.0.0!');
    expect((await admin.patch(`${one}/settings`, { makr: '!' })).body).toMatchObject({
      code: 'invalid_input',
      detail: [{ loc: ['body', 'makr'], msg: expect.stringContaining('did you mean mark?') }],
    });
    expect((await admin.patch(one, { is_enabled: false })).body.state).toBe('disabled');
    expect(await titleOfNote()).toBe('note');
    expect((await admin.patch(one, { is_enabled: true })).body.state).toBe('running');
    expect(await titleOfNote()).toBe('note api 1.0.0!');
    for (const { status } of [
      await ann.get('/api/admin/extensions'),
      await ann.patch(one, { is_enabled: false }),
      await ann.request('DELETE', one),
      await ann.get(`${one}/settings`),
      await ann.patch(`${one}/settings`, {}),
    ])
      expect(status).toBe(403);
    expect((await admin.request('DELETE', one)).status).toBe(204);
    expect(await titleOfNote()).toBe('note');
    expect((await admin.request('DELETE', one)).status).toBe(404);
    const { body } = await admin.get('/api/admin/audit?limit=5');
    expect(body.items.map(({ action }: { action: string }) => action)).toEqual([
      'extension.uninstall',
      'extension.enable',
      'extension.disable',
      'extension.settings',
      'extension.install',
    ]);
    expect(JSON.stringify(body)).not.toContain('s3cret');
  });

  test('what an extension throws is kept for the admin, and its broken successor changes nothing', async () => {
    const { admin } = served();
    const source = makeTemporaryFolder();
    writeFiles(source, {
      'extension.toml': manifest('throws', '1.0.0'),
      'main.ts': `import { on_record_create } from 'tinybase/extensions';
on_record_create(() => { throw new Error('it broke'); });`,
    });
    await extensions('install', source, '-y');
    const errors = async () => (await admin.get('/api/admin/extensions/throws/errors')).body.items;
    await until(async () => {
      await titleOfNote();
      return ((await errors()) ?? []).length > 0;
    }, 'its error is kept');
    expect((await errors())[0]).toMatchObject({
      event: 'on_record_create',
      message: expect.stringContaining('it broke'),
      stack: expect.stringContaining('main.ts'),
    });
    writeFiles(source, { 'extension.toml': '[extension]\nname = "throws"\nversion = "2"\n' });
    const { code, stderr } = await extensions('install', source, '-y');
    expect(code).toBe(1);
    expect(stderr).toContain(
      'extension.version (extension.toml:3): expected a version such as "1.2.0"',
    );
    expect(readFileSync(installed('throws/extension.toml'), 'utf8')).toContain('1.0.0');
    await extensions('uninstall', 'throws', '-y');
  });

  test('a faulty folder is shown with its fault, and the others run', async () => {
    writeFiles(served().server.dir, {
      ...inFolder('extensions/by-hand', signs('by-hand', '1.0.0')),
      'extensions/faulty/extension.toml': '[extension]\nnmae = "faulty"\nversion = "1.0.0"\n',
    });
    // A folder that is put there is found with the next change.
    expect((await extensions('disable', 'faulty')).code).toBe(0);
    await untilNotesAre('note by-hand 1.0.0');
    const { code, stdout, stderr } = await extensions('list');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^by-hand +1\.0\.0 +enabled +by hand$/m);
    expect(stderr).toContain('extension.nmae (extension.toml:2): unknown key; did you mean name?');
    for (const name of ['faulty', 'by-hand']) await extensions('uninstall', name, '-y');
    expect((await extensions('list', '--json')).stdout).toBe('[]\n');
  });
});

describe('from an archive', () => {
  const pack = (bytes: Buffer) => {
    const path = join(makeTemporaryFolder(), 'x.tar.gz');
    writeFileSync(path, bytes);
    return path;
  };

  test('by its path and by its address', async () => {
    const archive = await makeArchive(inFolder('packed-1.0.0', signs('packed', '1.0.0')));
    using server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: () => new Response(new Uint8Array(archive)),
    });
    for (const source of [pack(archive), `http://127.0.0.1:${server.port}/packed.tar.gz`]) {
      expect((await extensions('install', source, '-y')).code).toBe(0);
      await untilNotesAre('note packed 1.0.0');
      await extensions('uninstall', 'packed', '-y');
    }
    const updates = await extensions('check-updates', '--json');
    expect(JSON.parse(updates.stdout)).toEqual([]);
  });

  test('archive attacks are refused by name, and nothing is written', async () => {
    const outside = join(makeTemporaryFolder(), 'owned');
    for (const [entry, reason] of [
      [{ name: `../../../../..${outside}`, data: 'x' }, 'leads out of the archive'],
      [{ name: outside, data: 'x' }, 'is an absolute path'],
      [{ name: 'a', type: 'symlink', linkname: '/etc/passwd' }, 'is a link'],
      [{ name: 'main.TS', data: 'x' }, "differs only in its letters' case"],
    ] as const) {
      const files = Object.entries(signs('evil', '1.0.0')).map(([name, data]) => ({ name, data }));
      const path = pack(gzipSync(await makeTar([...files, entry])));
      const { code, stderr } = await extensions('install', path, '-y');
      expect([code, stderr]).toEqual([1, expect.stringContaining(reason)]);
    }
    expect(existsSync(outside)).toBe(false);
    expect(existsSync(installed('evil'))).toBe(false);
    expect(leftovers()).toEqual([]);
  });
});

describe.skipIf(!hasGit)('from a git repository', () => {
  test('by its tag, with the newer one told, and without what its links and hooks would do', async () => {
    const repo = await makeRepository();
    for (const version of ['1.0.0', '1.2.0']) {
      await repo.commit(signs('tagged', version));
      await repo.git('tag', `v${version}`);
    }
    const shown = await extensions('install', `${repo.url}#v1.0.0`, '-y');
    expect(shown.stdout).toContain(`${repo.url}#v1.0.0 (commit `);
    await untilNotesAre('note tagged 1.0.0');
    expect(existsSync(installed('tagged/.git'))).toBe(false);
    const { stdout } = await extensions('check-updates');
    expect(stdout).toContain(
      `tagged  1.0.0    1.2.0  tinybase extensions install ${repo.url}#v1.2.0`,
    );
    expect((await extensions('install', `${repo.url}#v1.2.0`, '-y')).code).toBe(0);
    await untilNotesAre('note tagged 1.2.0');
    await extensions('uninstall', 'tagged', '-y');
  });

  test('option injection: an address that is an option of git starts nothing', async () => {
    const outside = join(makeTemporaryFolder(), 'owned');
    for (const source of [`git+--upload-pack=touch ${outside}`, `ext::sh -c touch% ${outside}`])
      expect((await extensions('install', '-y', '--', source)).code).toBe(2);
    expect(existsSync(outside)).toBe(false);
  });
});

test('on a machine without git this is said, and what else there is', async () => {
  const path = makeTemporaryFolder();
  const { code, stderr } = await runBinary(
    ['extensions', 'install', 'https://example.com/x.git', '-y'],
    { dir: makeTemporaryFolder(), env: { PATH: path } },
  );
  expect([code, stderr]).toEqual([1, expect.stringContaining('There is no git on this machine')]);
});

test('in a terminal it asks, and no means no', async () => {
  const dir = makeTemporaryFolder();
  writeFiles(dir, inFolder('source', signs('asked', '1.0.0')));
  const { code, shown } = await runInTerminal(['extensions', 'install', 'source'], {
    dir,
    env: {},
    last: 'Nothing was changed',
    question: 'Install asked?',
    answer: 'no',
  });
  expect(shown).toContain('Install asked?');
  expect(code).toBe(1);
  expect(existsSync(join(dir, 'extensions/asked'))).toBe(false);
});

test('kill -9 at any moment of an install leaves the old extension or the new one, whole', async () => {
  const dir = makeTemporaryFolder();
  const run = (...args: readonly string[]) => runBinary(['extensions', ...args], { dir });
  const files = Object.fromEntries(
    Array.from({ length: 300 }, (_, n) => [`lib/${n}.ts`, `export default ${n};\n`]),
  );
  const sources = ['1.0.0', '2.0.0'].map((version) => {
    const source = makeTemporaryFolder();
    writeFiles(source, { ...files, ...signs('whole', version), 'lib/version.ts': version });
    return source;
  });
  await run('install', sources[0] ?? '', '-y');
  const begun = performance.now();
  await run('install', sources[0] ?? '', '-y');
  const usualMs = performance.now() - begun;
  const ROUNDS = 12;
  for (let round = 0; round < ROUNDS; round++) {
    const source = sources[round % 2 === 0 ? 1 : 0] ?? '';
    const child = Bun.spawn([BINARY, 'extensions', 'install', source, '-y'], {
      cwd: dir,
      env: { HOME: dir, PATH: process.env.PATH ?? '' },
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    await Bun.sleep((usualMs * (round + 1)) / ROUNDS);
    child.kill('SIGKILL');
    await child.exited;
    // Looks as the server does when it starts.
    const [extension] = JSON.parse((await run('list', '--json')).stdout);
    const found = join(dir, 'extensions/whole');
    expect(extension).toMatchObject({ name: 'whole', error: null });
    expect(readFileSync(join(found, 'lib/version.ts'), 'utf8')).toBe(extension.version);
    expect(readdirSync(join(found, 'lib'))).toHaveLength(301);
  }
  // The next install removes what the killed ones left.
  expect((await run('install', sources[1] ?? '', '-y')).code).toBe(0);
  const left = readdirSync(join(dir, 'extensions/.tinybase'));
  expect(left.filter((name) => name !== 'lock' && name !== 'old')).toEqual([]);
});

test('serve --reload restarts them when a file of one changes; extensions new writes one that runs', async () => {
  const dir = makeTemporaryFolder();
  const made = await runBinary(['extensions', 'new', 'greet', '-d', 'Says "hi"'], { dir });
  expect(made.code).toBe(0);
  expect((await runBinary(['extensions', 'new', 'greet'], { dir })).code).toBe(1);
  expect((await runBinary(['extensions', 'new', '../greet'], { dir })).code).toBe(2);
  await using server = await startBinary({ dir, args: ['--reload', '--workers', '1'] });
  const says = (text: string) => until(() => server.stderr().includes(text), text);
  await says('Hello from greet');
  const path = join(dir, 'extensions/greet/main.ts');
  writeFileSync(path, readFileSync(path, 'utf8').replace('from greet', 'from an edit'));
  await says('Hello from an edit');
});

const network = networkEnv();
describeWithRegistry('packages', await canReachRegistry(), () => {
  test('an extension has the packages of its manifest, without their install scripts', async () => {
    const source = makeTemporaryFolder();
    writeFiles(source, {
      'extension.toml': manifest('packed', '1.0.0', '[extension.dependencies]\nslugify = "^1.6.6"'),
      'main.ts': `import slugify from 'slugify';
import { before_record_create } from 'tinybase/extensions';
before_record_create({ collection: 'notes' }, (event) => { event.data.title = slugify('Ab Cd'); });`,
    });
    symlinkSync('main.ts', join(source, 'index.ts'));
    const { code, stdout } = await runBinary(['extensions', 'install', source, '-y'], {
      dir: served().server.dir,
      env: network,
    });
    expect(code).toBe(0);
    expect(stdout).toContain('Packages  slugify ^1.6.6');
    await untilNotesAre('Ab-Cd');
    await extensions('uninstall', 'packed', '-y');
    writeFiles(source, {
      'extension.toml': manifest('packed', '1.0.0', '[extension.dependencies]\nslugify = "^999"'),
    });
    const refused = await runBinary(['extensions', 'install', source, '-y'], {
      dir: served().server.dir,
      env: network,
    });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('slugify');
    expect(existsSync(installed('packed'))).toBe(false);
  });
});
