import { afterAll, describe, expect, test } from 'bun:test';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createFolders } from '../../../src/features/extensions/folders.ts';
import { LIMITS } from '../../../src/features/extensions/tree.ts';
import { tryFileLock } from '../../../src/storage/file-lock.ts';
import { makeArchive, makeTar, type TarEntry } from '../deployments/tar-gz.ts';
import { extensionIn, manifest, openExtensions } from './extension-app.ts';

const apps: ReturnType<typeof openExtensions>[] = [];
afterAll(() => Promise.all(apps.map((app) => app.close())));
function open(files: Readonly<Record<string, string>> = {}) {
  const app = openExtensions();
  apps.push(app);
  app.write(files);
  return app;
}
type App = ReturnType<typeof open>;

const read = (app: App, ...path: readonly string[]) =>
  readFileSync(join(app.root, ...path), 'utf8');

/** The reason why something is not installed; nothing may have been changed. */
async function refusal(app: App, source: string): Promise<string> {
  const before = existsSync(app.root) ? readdirSync(app.root) : [];
  const error = await app.install(source).then(
    () => undefined,
    (reason: Error) => reason,
  );
  if (error === undefined) throw new Error('It was installed');
  expect(readdirSync(app.root).filter((name) => name !== '.tinybase')).toEqual(
    before.filter((name) => name !== '.tinybase'),
  );
  expect(app.leftovers()).toEqual([]);
  expect(app.notes).toEqual([]);
  return error.message;
}

describe('an extension from a folder', () => {
  test('is copied with what it needs, shown before, noted after', async () => {
    const app = open({
      ...extensionIn('src', 'hello', 'description = "Greets"'),
      'src/lib/deep/x.ts': `import { before_record_create, on_startup } from 'tinybase/extensions';`,
      'src/node_modules/junk/index.js': 'junk',
      'src/.git/config': 'junk',
    });
    symlinkSync('lib/deep/x.ts', join(app.dir, 'src/link.ts'));
    const offer = await app.install('src');
    expect(offer).toMatchObject({
      manifest: { name: 'hello', version: '1.0.0', description: 'Greets' },
      source: { kind: 'folder', location: join(app.dir, 'src') },
      entry: 'main.ts',
      fileCount: 4,
      hooks: ['before_record_create', 'on_startup'],
      replaces: null,
    });
    expect(readdirSync(join(app.root, 'hello')).sort()).toEqual([
      'extension.toml',
      'lib',
      'link.ts',
      'main.ts',
    ]);
    expect(lstatSync(join(app.root, 'hello/link.ts')).isFile()).toBe(true);
    expect(app.leftovers()).toEqual([]);
    expect(await app.get('hello')).toMatchObject({ is_enabled: true, version: '1.0.0' });
    expect(app.notes).toEqual([
      {
        action: 'extension.install',
        subject_id: null,
        subject_name: 'hello',
        details: {
          version: '1.0.0',
          replaced: null,
          source: join(app.dir, 'src'),
          commit: null,
        },
      },
    ]);
  });

  test('that is there already is replaced as a whole and keeps its settings', async () => {
    const app = open({ ...extensionIn('src'), 'src/old.ts': '' });
    await app.install('src');
    await app.store.setEnabled('hello', false, '2030-01-01T00:00:00.000Z');
    app.write(extensionIn('next', 'hello', '', '2.0.0'));
    const offer = await app.install('next');
    expect(offer.replaces).toBe('1.0.0');
    expect(readdirSync(join(app.root, 'hello')).sort()).toEqual(['extension.toml', 'main.ts']);
    expect(await app.get('hello')).toMatchObject({ version: '2.0.0', is_enabled: false });
  });

  test('asks for its packages in package.json, beside those that stand there', async () => {
    const app = open({
      ...extensionIn('src', 'hello', '[extension.dependencies]\nms = "^2.1.3"'),
      'src/package.json': '{"name":"x","dependencies":{"slugify":"1","ms":"1"}}',
    });
    const offer = await app.install('src');
    expect(offer.packages).toEqual({ slugify: '1', ms: '^2.1.3' });
    expect(JSON.parse(read(app, 'hello', 'package.json'))).toEqual({
      name: 'x',
      dependencies: { slugify: '1', ms: '^2.1.3' },
    });
    expect(app.installs).toEqual([expect.stringContaining('.tinybase')]);
  });

  test('whose packages want to run scripts is refused', async () => {
    const app = open({
      ...extensionIn('src'),
      'src/package.json': '{"dependencies":{"evil":"1"},"trustedDependencies":["evil"]}',
    });
    expect(await refusal(app, 'src')).toContain('trustedDependencies');
  });

  const FAULTS: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ['without a manifest', { 'src/main.ts': '' }, 'no extension.toml'],
    ['with a faulty manifest', { 'src/extension.toml': '[extension]\nname = "a"\n' }, 'version'],
    ['without an entry', { 'src/extension.toml': manifest() }, 'no main.ts'],
    [
      'whose entry is not there',
      { 'src/extension.toml': manifest('hello', 'entry = "x.ts"') },
      'no file x.ts',
    ],
    [
      'that needs a newer TinyBase',
      extensionIn('src', 'hello', '[extension.tinybase]\nmin_version = "1.10.0"'),
      'needs TinyBase 1.10.0 or newer; this is 1.5.0',
    ],
    [
      'with a package.json that is none',
      { ...extensionIn('src'), 'src/package.json': '{' },
      'package.json cannot be read',
    ],
  ];
  test.each(FAULTS)('%s is refused', async (_what, files, reason) => {
    expect(await refusal(open(files), 'src')).toContain(reason);
  });

  test('symlink attack: a link that leads out of it is refused', async () => {
    const app = open(extensionIn('src'));
    symlinkSync('/etc/passwd', join(app.dir, 'src/stolen.txt'));
    expect(await refusal(app, 'src')).toContain('stolen.txt is a link');
    const other = open(extensionIn('src'));
    symlinkSync('..', join(other.dir, 'src/up'));
    expect(await refusal(other, 'src')).toContain('up is a link');
  });

  test('with more files than an extension may have is refused', async () => {
    const app = open(extensionIn('src'));
    mkdirSync(join(app.dir, 'src/many'));
    for (let n = 0; n <= LIMITS.maxFiles; n++) writeFileSync(join(app.dir, `src/many/${n}`), '');
    expect(await refusal(app, 'src')).toContain('more than 5000 files');
  });
});

describe('an extension from an archive', () => {
  const write = (app: App, bytes: Buffer) => writeFileSync(join(app.dir, 'x.tar.gz'), bytes);
  const zip = async (...entries: readonly TarEntry[]) =>
    gzipSync(
      await makeTar([
        { name: 'extension.toml', data: manifest() },
        { name: 'main.ts', data: '' },
        ...entries,
      ]),
    );

  test('is unpacked, also when it holds one folder with everything in it', async () => {
    for (const prefix of ['', 'hello-1.0.0/']) {
      const app = open();
      write(
        app,
        await makeArchive({ [`${prefix}extension.toml`]: manifest(), [`${prefix}main.ts`]: '1' }),
      );
      await app.install('x.tar.gz');
      expect(read(app, 'hello', 'main.ts')).toBe('1');
      expect((await app.get('hello')).source?.kind).toBe('archive');
    }
  });

  const ATTACKS: readonly (readonly [string, TarEntry, string])[] = [
    ['a path out of it', { name: '../../evil.ts', data: 'x' }, 'leads out of the archive'],
    ['an absolute path', { name: '/tmp/evil.ts', data: 'x' }, 'is an absolute path'],
    ['a symbolic link', { name: 'a', type: 'symlink', linkname: '/etc' }, 'is a link'],
    ['a hard link', { name: 'a', type: 'link', linkname: 'main.ts' }, 'is a link'],
    ['a device', { name: 'a', type: 'character-device' }, 'is a device'],
    ['a pipe', { name: 'a', type: 'fifo' }, 'is a pipe'],
    ['the same path twice', { name: 'main.ts', data: 'x' }, 'is there twice'],
    ['a path in other letters', { name: 'MAIN.ts', data: 'x' }, 'letters'],
    ['packages', { name: 'node_modules/a/index.js', data: 'x' }, 'leave node_modules'],
    ['what belongs to git', { name: '.git/hooks/post-checkout', data: 'x' }, '.git out'],
  ];
  test.each(ATTACKS)('archive attack: %s is refused', async (_what, entry, reason) => {
    const app = open();
    write(app, await zip(entry));
    expect(await refusal(app, 'x.tar.gz')).toContain(reason);
    expect(existsSync('/tmp/evil.ts')).toBe(false);
  });

  test('archive attack: what unpacks to more than an extension may have is refused', async () => {
    const app = open();
    write(app, await zip({ name: 'big', data: Buffer.alloc(LIMITS.maxFileBytes + 1) }));
    expect(await refusal(app, 'x.tar.gz')).toContain('larger than the 16 MB');
  });

  test('that is damaged or none is refused', async () => {
    const app = open();
    write(app, Buffer.from('no archive'));
    expect(await refusal(app, 'x.tar.gz')).toContain('no gzip file');
    write(app, (await zip()).subarray(0, 60));
    expect(await refusal(app, 'x.tar.gz')).toContain('cut off');
  });
});

describe('an extension from an address', () => {
  test('is downloaded; what leads elsewhere, is too large or is not there is refused', async () => {
    const good = await makeArchive({ 'extension.toml': manifest(), 'main.ts': '' });
    using server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch({ url }) {
        const { pathname } = new URL(url);
        if (pathname === '/good.tgz') return new Response(new Uint8Array(good));
        if (pathname === '/moved.tgz') return Response.redirect('/good.tgz');
        if (pathname === '/loop.tgz') return Response.redirect('/loop.tgz');
        if (pathname === '/out.tgz') return Response.redirect('http://169.254.169.254/latest');
        if (pathname === '/file.tgz') return Response.redirect('file:///etc/passwd');
        if (pathname === '/endless.tgz')
          return new Response(
            new ReadableStream({ pull: (out) => out.enqueue(new Uint8Array(1024 * 1024)) }),
          );
        return new Response('', { status: 404 });
      },
    });
    const at = (path: string) => `http://127.0.0.1:${server.port}/${path}`;
    const app = open();
    await app.install(at('moved.tgz'));
    expect((await app.get('hello')).source).toEqual({
      kind: 'url',
      location: at('moved.tgz'),
      ref: null,
      commit: null,
    });
    const fresh = open();
    expect(await refusal(fresh, at('none.tgz'))).toContain('it answered 404');
    expect(await refusal(fresh, at('loop.tgz'))).toContain('without end');
    expect(await refusal(fresh, at('out.tgz'))).toContain('not by https');
    expect(await refusal(fresh, at('file.tgz'))).toContain('not by https');
    expect(await refusal(fresh, at('endless.tgz'))).toContain('larger than the 64 MB');
  });
});

describe('putting a folder in place', () => {
  function folders() {
    const app = open({ ...extensionIn('extensions/hello'), 'extensions/.tinybase/x': '' });
    return { app, folders: createFolders(app.root, tryFileLock) };
  }
  const old = (app: App) => join(app.root, '.tinybase/old/hello');

  test('a process that ended between the two renames left the old one, which comes back', () => {
    const {
      app,
      folders: { mend },
    } = folders();
    mkdirSync(join(app.root, '.tinybase/old'));
    renameSync(join(app.root, 'hello'), old(app));
    mend();
    expect(existsSync(join(app.root, 'hello/main.ts'))).toBe(true);
    expect(existsSync(old(app))).toBe(false);
  });

  test('one that ended after them left the new one, which stays', () => {
    const {
      app,
      folders: { mend },
    } = folders();
    app.write({ 'extensions/.tinybase/old/hello/main.ts': 'old' });
    mend();
    expect(read(app, 'hello', 'main.ts')).toContain('hello 1.0.0');
    expect(existsSync(old(app))).toBe(false);
  });

  test('nobody mends what somebody is about', () => {
    const {
      app,
      folders: { mend },
    } = folders();
    mkdirSync(join(app.root, '.tinybase/old'));
    renameSync(join(app.root, 'hello'), old(app));
    const lock = tryFileLock(join(app.root, '.tinybase/lock'));
    mend();
    expect(existsSync(old(app))).toBe(true);
    lock?.release();
  });

  test('a workshop that is left behind is removed, one in use is not', async () => {
    const { app, folders: own } = folders();
    mkdirSync(join(app.root, '.tinybase/new-abandoned/tree'), { recursive: true });
    const first = await own.open();
    const second = await own.open();
    expect(existsSync(first.path)).toBe(true);
    expect(existsSync(join(app.root, '.tinybase/new-abandoned'))).toBe(false);
    await first.close();
    await second.close();
    expect(app.leftovers().filter((name) => name.startsWith('new-'))).toEqual([]);
  });

  test('installs and removals at once leave whole extensions', async () => {
    const app = open(extensionIn('a', 'hello', '', '1.0.0'));
    app.write(extensionIn('b', 'hello', '', '2.0.0'));
    await Promise.all(['a', 'b', 'a', 'b'].map((source) => app.install(source)));
    const { version } = await app.get('hello');
    expect(read(app, 'hello', 'main.ts')).toContain(`hello ${version}`);
    expect(app.leftovers()).toEqual([]);
  });

  test('commands that replace extensions at once are in nobody’s way', async () => {
    const app = open();
    const module = (path: string) => JSON.stringify(join(import.meta.dir, '../../../src', path));
    const script = `
      import { mkdirSync, writeFileSync } from 'node:fs';
      import { createFolders } from ${module('features/extensions/folders.ts')};
      import { tryFileLock } from ${module('storage/file-lock.ts')};
      const folders = createFolders(${JSON.stringify(app.root)}, tryFileLock);
      for (let n = 0; n < 50; n++) {
        const workshop = await folders.open();
        mkdirSync(workshop.path + '/tree');
        writeFileSync(workshop.path + '/tree/main.ts', '');
        await folders.put(process.argv[1], workshop.path + '/tree');
        await workshop.close();
      }`;
    const run = async (name: string) => {
      const child = Bun.spawn([process.execPath, '-e', script, name], { stderr: 'pipe' });
      const said = await new Response(child.stderr).text();
      return [await child.exited, said];
    };
    expect(await Promise.all(['a', 'b', 'c'].map(run))).toEqual(Array(3).fill([0, '']));
    expect(app.leftovers()).toEqual([]);
  });
});
