import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BINARY } from '../../scripts/support/paths.ts';
import { makeTar } from '../features/deployments/tar-gz.ts';
import { type FakeRegistry, startRegistry } from '../features/functions/fake-registry.ts';
import { createAdmin, makeTemporaryFolder, runBinary, startBinary } from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { until } from '../support/until.ts';
import { answering, inFunctions, listErrors, makeDeveloper, resultOf } from './functions-tools.ts';

setDefaultTimeout(600_000);

/** Packages that lie on this machine; those of the world are in functions-packages-registry.test.ts. */
const USES_HELLO = `import { register } from 'tinybase'; import hello from 'hello';
register({ name: 'greet', auth: 'public' }, () => hello);\n`;
const asksFor = (...names: readonly string[]) =>
  JSON.stringify({ dependencies: Object.fromEntries(names.map((name) => [name, '^1.0.0'])) });
const saying = (text: string) => ({ 'index.js': `module.exports = ${JSON.stringify(text)};` });

/** A project whose packages come from this registry. */
function makeProject(registry: Pick<FakeRegistry, 'url'>, files: Record<string, string> = {}) {
  const dir = makeTemporaryFolder();
  writeFiles(dir, {
    'functions/.npmrc': `registry=${registry.url}\n`,
    'functions/rest.ts': answering('the rest serves'),
    ...files,
  });
  return {
    dir,
    functions: (...args: readonly string[]) => runBinary(['functions', ...args], { dir }),
    hasPackage: (name: string) =>
      existsSync(inFunctions(dir, 'node_modules', name, 'package.json')),
  };
}

describe('packages', () => {
  test('functions add beside a running server: noted, locked, and live at once', async () => {
    using registry = await startRegistry({ hello: { files: saying('hi') } });
    const { dir, functions } = makeProject(registry);
    await using server = await startBinary({ dir });
    const added = await functions('add', 'hello');
    expect(added).toMatchObject({ code: 0, stderr: '' });
    expect(added.stdout).toContain('+ hello@1.0.0');
    expect(added.stdout).toContain('Added to functions/package.json');
    expect(JSON.parse(readFileSync(inFunctions(dir, 'package.json'), 'utf8')).dependencies).toEqual(
      {
        hello: '^1.0.0',
      },
    );
    expect(readFileSync(inFunctions(dir, 'bun.lock'), 'utf8')).toContain('hello@1.0.0');
    writeFiles(dir, { 'functions/greet.ts': USES_HELLO });
    await until(async () => (await resultOf(server.url, 'greet')) === 'hi', 'the function is live');
    expect(await functions('add', 'helo')).toMatchObject({
      code: 1,
      stdout: expect.not.stringContaining('Added'),
      stderr: expect.stringContaining('There is no package helo'),
    });
    expect(await functions('add', '--', '--global')).toMatchObject({ code: 2 });
    expect(readFileSync(inFunctions(dir, 'package.json'), 'utf8')).not.toContain('helo"');
  });

  test('are installed at start when package.json or the lock file changed, and not asked for when neither did', async () => {
    using old = await startRegistry({ hello: { files: saying('1.0.0') } });
    const { dir, functions } = makeProject(old, {
      'functions/package.json': asksFor('hello'),
      'functions/greet.ts': USES_HELLO,
    });
    await using first = await startBinary({ dir });
    await until(async () => (await resultOf(first.url, 'greet')) === '1.0.0', 'it is installed');
    await first.stop();
    const asked = old.asked.length;
    await using second = await first.restart();
    await until(async () => (await resultOf(second.url, 'greet')) === '1.0.0', 'it is there');
    expect(old.asked).toHaveLength(asked);
    await second.stop();

    // As a colleague's commit does, with a registry that knows the newer version alone.
    using newer = await startRegistry({
      hello: { version: '1.9.0', files: saying('1.9.0') },
      more: {},
    });
    const colleague = makeProject(newer, { 'functions/package.json': asksFor('hello', 'more') });
    expect((await colleague.functions('install')).code).toBe(0);
    const changed = ['package.json', 'bun.lock', '.npmrc'].map(
      (name) =>
        [`functions/${name}`, readFileSync(inFunctions(colleague.dir, name), 'utf8')] as const,
    );
    // What the lock file says stays, although there is a newer version.
    const lock = readFileSync(inFunctions(dir, 'bun.lock'), 'utf8');
    expect(await functions('install', '--frozen')).toMatchObject({ code: 0 });
    expect(readFileSync(inFunctions(dir, 'bun.lock'), 'utf8')).toBe(lock);
    writeFiles(dir, Object.fromEntries(changed));
    await using third = await second.restart();
    await until(
      async () => (await resultOf(third.url, 'greet')) === '1.9.0',
      'the new one is there',
    );
    expect(existsSync(inFunctions(dir, 'node_modules', 'more'))).toBe(true);
    await until(() => third.stderr().includes('Packages:'), 'the log says it');
  });

  test('of a lock file that does not fit package.json are refused with --frozen, and the lock file stays', async () => {
    using registry = await startRegistry({ hello: {}, more: {} });
    const { dir, functions } = makeProject(registry, {
      'functions/package.json': asksFor('hello'),
    });
    expect((await functions('install')).code).toBe(0);
    const lock = readFileSync(inFunctions(dir, 'bun.lock'), 'utf8');
    writeFiles(dir, { 'functions/package.json': asksFor('hello', 'more') });
    const refused = await functions('install', '--frozen');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('package.json does not fit');
    expect(readFileSync(inFunctions(dir, 'bun.lock'), 'utf8')).toBe(lock);
  });

  test('of a registry that cannot be reached: a clear error in the log and the list, the rest serves, and later it works', async () => {
    // Nobody listens there, nor will: a port that was just given up may soon be somebody else's.
    const gone = { url: 'http://127.0.0.1:9/' };
    const { dir, functions } = makeProject(gone, {
      'functions/package.json': asksFor('hello'),
      'functions/greet.ts': USES_HELLO,
    });
    await using server = await startBinary({ dir });
    const admin = await createAdmin(server);
    await until(
      async () => (await resultOf(server.url, 'rest')) === 'the rest serves',
      'the rest serves',
    );
    const reason = 'hello cannot be downloaded (ConnectionRefused)';
    // On a busy machine the functions do not wait for the installer to give up.
    await until(async () => JSON.stringify(await listErrors(admin)).includes(reason), 'it is told');
    const errors = await listErrors(admin);
    expect(errors.map(({ file }) => file).sort()).toEqual([
      'functions/greet.ts',
      'functions/package.json',
    ]);
    expect(errors.find(({ file }) => file.endsWith('package.json'))?.message).toContain(reason);
    await until(() => server.stderr().includes(reason), 'the log says it');
    expect(await resultOf(server.url, 'greet')).toBe('not_found');
    const list = await functions('list');
    expect(list.code).toBe(1);
    expect(list.stdout).toContain('rest');
    expect(list.stderr).toContain(reason);
    const install = await functions('install');
    expect(install.code).toBe(1);
    expect(install.stderr).toContain(reason);
    // A sentence, and no stack.
    expect(install.stderr).not.toMatch(/\n\s+at /);

    using back = await startRegistry({ hello: { files: saying('back') } });
    writeFiles(dir, { 'functions/.npmrc': `registry=${back.url}\n` });
    expect(await functions('install')).toMatchObject({ code: 0 });
    await until(async () => (await resultOf(server.url, 'greet')) === 'back', 'it is live');
    await until(async () => (await listErrors(admin)).length === 0, 'no error is left');
  });
});

describe('install scripts', () => {
  /** A package that tells in a file when a script of its own ran, and what that could see. */
  async function packTelltale(mark: string): Promise<Buffer> {
    const scripts = Object.fromEntries(
      ['preinstall', 'install', 'postinstall'].map((name) => [name, `env >> '${mark}'`]),
    );
    const about = { name: 'telltale', version: '1.0.0', main: 'index.js', scripts };
    return gzipSync(
      await makeTar([
        { name: 'package/package.json', data: JSON.stringify(about) },
        { name: 'package/index.js', data: 'module.exports = "told";' },
      ]),
    );
  }
  const USES = USES_HELLO.replace("'hello'", "'telltale'");

  test('the attack of a package whose postinstall runs at add, install, start or deploy does nothing', async () => {
    await using server = await startBinary();
    const admin = await createAdmin(server);
    const { dir, functions } = await makeDeveloper(server, admin);
    const mark = join(dir, 'ran');
    writeFiles(dir, { 'functions/greet.ts': USES });
    writeFileSync(inFunctions(dir, 'telltale.tgz'), await packTelltale(mark));

    const added = await functions('add', './functions/telltale.tgz');
    expect(added.code, added.stderr).toBe(0);
    expect(added.stdout).toContain('trustedDependencies');
    rmSync(inFunctions(dir, 'node_modules'), { recursive: true });
    expect((await functions('install')).code).toBe(0);
    rmSync(inFunctions(dir, 'node_modules'), { recursive: true });
    await using local = await startBinary({ dir });
    await until(async () => (await resultOf(local.url, 'greet')) === 'told', 'it is installed');
    expect((await functions('deploy')).code).toBe(0);
    expect(await resultOf(server.url, 'greet')).toBe('told');
    expect(existsSync(mark)).toBe(false);
  });

  test('run for a package that package.json allows, and see no secret of the server', async () => {
    const dir = makeTemporaryFolder();
    const mark = join(dir, 'ran');
    writeFiles(dir, {
      'functions/greet.ts': USES,
      'functions/package.json': JSON.stringify({
        dependencies: { telltale: 'file:./telltale.tgz' },
        trustedDependencies: ['telltale'],
      }),
    });
    writeFileSync(inFunctions(dir, 'telltale.tgz'), await packTelltale(mark));
    const env = { TINYBASE_SERVER_METRICS_TOKEN: 'hunter2hunter2hunter2', STRIPE_KEY: 'sk_live' };
    await using server = await startBinary({ dir, env });
    await until(async () => (await resultOf(server.url, 'greet')) === 'told', 'it is installed');
    const seen = readFileSync(mark, 'utf8');
    expect(seen).toContain('npm_lifecycle_event=postinstall');
    expect(seen).not.toMatch(/hunter2|sk_live/);
  });
});

describe('killed half-way', () => {
  const spawn = (dir: string, ...args: readonly string[]) =>
    Bun.spawn([BINARY, ...args], {
      cwd: dir,
      env: { PATH: process.env.PATH ?? '', HOME: dir, NO_COLOR: '1' },
      stdio: ['ignore', 'ignore', 'ignore'],
    });

  test('functions install leaves nothing that counts, and the next one works', async () => {
    using hanging = await startRegistry({ hello: {}, slow: { isHanging: true } });
    const { dir, functions, hasPackage } = makeProject(hanging, {
      'functions/package.json': asksFor('hello', 'slow'),
    });
    const child = spawn(dir, 'functions', 'install');
    await until(() => hanging.hanging() > 0, 'it hangs');
    child.kill('SIGKILL');
    await child.exited;
    await until(() => hanging.hanging() === 0, 'its installer ended with it');
    expect(hasPackage('slow')).toBe(false);

    using whole = await startRegistry({ hello: {}, slow: { files: saying('at last') } });
    writeFiles(dir, { 'functions/.npmrc': `registry=${whole.url}\n` });
    expect(await functions('install')).toMatchObject({ code: 0, stderr: '' });
    expect(hasPackage('slow') && hasPackage('hello')).toBe(true);
  });

  test('a server takes its installer with it, and what was half there does not count at the next start', async () => {
    using hanging = await startRegistry({
      hello: { files: saying('hi') },
      slow: { isHanging: true },
    });
    const { dir } = makeProject(hanging, {
      'functions/package.json': asksFor('hello', 'slow'),
      'functions/greet.ts': USES_HELLO,
    });
    // It says that it is there only when the functions are, or after a long wait for the packages.
    const server = spawn(dir, 'serve', '--host', '127.0.0.1', '--port', '0');
    await until(() => hanging.hanging() > 0, 'it hangs');
    server.kill('SIGKILL');
    await server.exited;
    await until(() => hanging.hanging() === 0, 'its installer ended with it');
    using whole = await startRegistry({ hello: { files: saying('hi') }, slow: {} });
    writeFiles(dir, { 'functions/.npmrc': `registry=${whole.url}\n` });
    await using again = await startBinary({ dir });
    await until(async () => (await resultOf(again.url, 'greet')) === 'hi', 'it is installed');
    expect(existsSync(inFunctions(dir, 'node_modules', 'slow', 'package.json'))).toBe(true);
  });
});
