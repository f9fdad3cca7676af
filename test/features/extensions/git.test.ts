import { afterAll, describe, expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder } from '../../../scripts/support/server-process.ts';
import { SYSTEM } from '../../../src/core/actor.ts';
import { createGit } from '../../../src/features/extensions/git.ts';
import { hasGit, makeRepository } from '../../support/git.ts';
import { extensionIn, manifest, openExtensions } from './extension-app.ts';

const apps: ReturnType<typeof openExtensions>[] = [];
afterAll(() => Promise.all(apps.map((app) => app.close())));
function open() {
  const app = openExtensions();
  apps.push(app);
  return app;
}

/** An extension in a repository, version by version. */
async function repository(...versions: readonly string[]) {
  const repo = await makeRepository();
  for (const version of versions) {
    await repo.commit({
      'extension.toml': manifest('hello', '', version),
      'main.ts': `// ${version}`,
      'node_modules/left-pad/index.js': 'not what npm has under this name',
    });
    await repo.git('tag', `v${version}`);
  }
  return repo;
}
const check = async (app: ReturnType<typeof open>) => app.service.checkUpdates(SYSTEM);

describe.skipIf(!hasGit)('an extension from a git repository', () => {
  test('is fetched as it is now, or by its tag, branch or commit, without what git keeps', async () => {
    const repo = await repository('1.0.0', '1.1.0');
    const first = await repo.git('rev-parse', 'v1.0.0');
    for (const [ref, version, commit] of [
      ['', '1.1.0', await repo.git('rev-parse', 'HEAD')],
      ['#v1.0.0', '1.0.0', first],
      ['#main', '1.1.0', await repo.git('rev-parse', 'HEAD')],
      [`#${first}`, '1.0.0', first],
    ] as const) {
      const app = open();
      await app.install(`${repo.url}${ref}`);
      expect(await app.get('hello')).toMatchObject({
        version,
        source: { kind: 'git', location: repo.url, ref: ref.slice(1) || null, commit },
      });
      expect(readdirSync(join(app.root, 'hello')).sort()).toEqual(['extension.toml', 'main.ts']);
      expect(app.leftovers()).toEqual([]);
    }
  });

  test('that is not there, or has no such tag, is told in a sentence', async () => {
    const repo = await repository('1.0.0');
    const app = open();
    expect(app.install(`${repo.url}#v9`)).rejects.toThrow('has no such branch, tag or commit');
    expect(app.install(`file://${repo.dir}-none`)).rejects.toThrow('cannot be fetched');
    const git = createGit({ program: null, env: {} });
    expect(git.list('https://ann:secret@example.com/x.git')).rejects.toThrow(
      /^There is no git on this machine, which https:\/\/example\.com\/x\.git needs/,
    );
  });

  test('hooks, submodules and filters of a repository run nothing', async () => {
    const outside = makeTemporaryFolder();
    const touch = (name: string) => `touch ${join(outside, name)}`;
    const other = await repository('1.0.0');
    const repo = await repository('1.0.0');
    await repo.git('-c', 'protocol.file.allow=always', 'submodule', 'add', other.url, 'sub');
    await repo.commit({
      '.gitattributes': '* filter=evil diff=evil\n',
      '.gitmodules': `[submodule "sub"]\n\tpath = sub\n\turl = ${other.url}\n\tupdate = !${touch('update')}\n`,
      '.githooks/post-checkout': `#!/bin/sh\n${touch('hook')}\n`,
      '.gitconfig': `[filter "evil"]\n\tsmudge = ${touch('smudge')}\n`,
    });
    // As if this machine's templates or settings brought hooks along.
    await repo.git('config', 'core.hooksPath', '.githooks');
    const app = open();
    await app.install(repo.url);
    expect(readdirSync(outside)).toEqual([]);
    expect(existsSync(join(app.root, 'hello/sub/main.ts'))).toBe(false);
  });

  test('symlink attack: a link in a repository becomes a file with its text', async () => {
    const repo = await repository('1.0.0');
    await repo.link('stolen.txt', '/etc/passwd');
    const app = open();
    await app.install(repo.url);
    expect(await Bun.file(join(app.root, 'hello/stolen.txt')).text()).toBe('/etc/passwd');
  });

  test('option injection: an address and a ref that are options start nothing', async () => {
    const outside = join(makeTemporaryFolder(), 'owned');
    const git = createGit({ program: Bun.which('git'), env: process.env });
    const folder = makeTemporaryFolder();
    for (const [url, ref] of [
      [`--upload-pack=touch ${outside}`, null],
      [`ext::sh -c touch% ${outside}`, null],
      [folder, `--upload-pack=touch ${outside}`],
    ] as const) {
      expect(git.fetch(url, ref, join(folder, 'x'))).rejects.toThrow();
      expect(git.list(url)).rejects.toThrow();
    }
    expect(existsSync(outside)).toBe(false);
  });
});

describe.skipIf(!hasGit)('updates', () => {
  test('the newest tag of a repository is told, trial versions only to those who run one', async () => {
    const repo = await repository('1.9.0', '1.10.0', '2.0.0-rc.1');
    const app = open();
    await app.install(`${repo.url}#v1.9.0`);
    expect(await check(app)).toEqual([
      {
        name: 'hello',
        version: '1.9.0',
        status: 'update',
        latest: '1.10.0',
        from: `${repo.url}#v1.10.0`,
      },
    ]);
    await app.install(`${repo.url}#v1.10.0`);
    expect(await check(app)).toMatchObject([{ status: 'current', latest: '1.10.0' }]);
    await repo.git('tag', 'v2.0.0-rc.2');
    await app.install(`${repo.url}#v2.0.0-rc.1`);
    expect(await check(app)).toMatchObject([{ status: 'update', latest: '2.0.0-rc.2' }]);
  });

  test('a repository without tags, and a branch, are looked into when they have moved', async () => {
    const repo = await makeRepository();
    await repo.commit({ 'extension.toml': manifest(), 'main.ts': '' });
    const app = open();
    await app.install(`${repo.url}#main`);
    expect(await check(app)).toMatchObject([{ status: 'current' }]);
    await repo.commit({ 'README.md': 'x' });
    expect(await check(app)).toMatchObject([{ status: 'current' }]);
    await repo.commit({ 'extension.toml': manifest('hello', '', '1.0.1') });
    expect(await check(app)).toMatchObject([
      { status: 'update', latest: '1.0.1', from: `${repo.url}#main` },
    ]);
  });

  test('of folders, of those put there by hand and of what is gone nobody knows', async () => {
    const repo = await repository('1.0.0');
    const app = open();
    app.write({
      ...extensionIn('src', 'local'),
      ...extensionIn('extensions/manual', 'manual'),
      'extensions/broken/main.ts': '',
    });
    await app.install('src');
    await app.install(repo.url);
    await repo.remove();
    expect(await check(app)).toEqual([
      { name: 'broken', version: null, status: 'unknown', reason: 'it is broken' },
      {
        name: 'hello',
        version: '1.0.0',
        status: 'unknown',
        reason: expect.stringContaining('cannot be fetched'),
      },
      {
        name: 'local',
        version: '1.0.0',
        status: 'unknown',
        reason: `it was installed from ${join(app.dir, 'src')}`,
      },
      {
        name: 'manual',
        version: '1.0.0',
        status: 'unknown',
        reason: 'its folder was put there by hand',
      },
    ]);
    expect(app.leftovers()).toEqual([]);
  });
});
