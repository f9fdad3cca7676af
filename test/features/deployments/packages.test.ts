import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { answering, openDeployApp } from './deploy-app.ts';
import { makeArchive, makeTar } from './tar-gz.ts';

setDefaultTimeout(600_000);

/** A package as npm packs it. */
const packed = async (version: string, scripts: Readonly<Record<string, string>> = {}) =>
  gzipSync(
    await makeTar([
      {
        name: 'package/package.json',
        data: JSON.stringify({ name: 'hello', version, type: 'module', main: 'index.js', scripts }),
      },
      { name: 'package/index.js', data: `export const hello = 'hello ${version}';` },
    ]),
  );
const packageFile = (dependencies: Readonly<Record<string, string>>, more: object = {}) =>
  JSON.stringify({ name: 'functions', private: true, dependencies, ...more });
const USES = `import { register } from 'tinybase'; import { hello } from 'hello';
  register({ name: 'greet', auth: 'public' }, () => hello);`;
const LOCAL = { hello: 'file:./vendor/hello.tgz' };

describe('packages of a deployment', () => {
  test('are installed before it is loaded, and each version keeps its own', async () => {
    await using app = await openDeployApp();
    const send = async (version: string) =>
      app.deploy({
        'functions/greet.ts': USES,
        'functions/package.json': packageFile(LOCAL),
        'functions/vendor/hello.tgz': await packed(version),
      });
    const first = await send('1.0.0');
    expect(await app.call('greet')).toBe('hello 1.0.0');
    const second = await send('2.0.0');
    expect(await app.call('greet')).toBe('hello 2.0.0');
    expect(second.file_count).toBe(3);
    expect(second.changes.files).toEqual({
      added: [],
      changed: ['functions/vendor/hello.tgz'],
      removed: [],
    });
    await app.admin.post(`/api/admin/functions/deployments/${first.id}/activate`);
    expect(await app.call('greet')).toBe('hello 1.0.0');
    await app.stop();
    await using again = await openDeployApp({ dir: app.dir });
    expect(await again.call('greet')).toBe('hello 1.0.0');
  });

  test('run no install script that package.json does not trust', async () => {
    await using app = await openDeployApp();
    const marker = join(app.dir, 'ran');
    const vendor = await packed('1.0.0', { postinstall: `touch ${marker}` });
    await app.deploy({
      'functions/greet.ts': USES,
      'functions/package.json': packageFile(LOCAL),
      'functions/vendor/hello.tgz': vendor,
    });
    expect(await app.call('greet')).toBe('hello 1.0.0');
    expect(existsSync(marker)).toBe(false);
  });

  test('that cannot be had refuse the deploy by name, and the rest keeps serving', async () => {
    await using app = await openDeployApp();
    await app.deploy({ 'functions/a.ts': answering('old') });
    // A registry that nobody answers for: as without network, at once.
    const { status, body } = await app.send(
      await makeArchive({
        'functions/greet.ts': USES,
        'functions/package.json': packageFile({ hello: '1.0.0' }),
        'functions/.npmrc': 'registry=http://127.0.0.1:9/\n',
      }),
    );
    expect(status).toBe(422);
    expect(body.detail).toMatchObject([
      { loc: ['body', 'functions/package.json'], msg: expect.stringContaining('hello') },
    ]);
    expect(JSON.stringify(body)).not.toContain(app.dir);
    expect(await app.call('a')).toBe('old');
    expect(app.folders()).toHaveLength(1);
  });

  test('that the project next door has installed are no part of it', async () => {
    await using app = await openDeployApp({
      files: {
        'functions/a.ts': answering('local'),
        'functions/node_modules/hello/package.json': '{"name":"hello","main":"index.js"}',
        'functions/node_modules/hello/index.js': 'exports.hello = "wrong";',
      },
    });
    writeFileSync(join(app.dir, 'functions', 'package.json'), packageFile({}));
    const { status, body } = await app.send(await makeArchive({ 'functions/greet.ts': USES }));
    expect(status).toBe(422);
    expect(body.detail[0].msg).toContain('hello');
  });
});
