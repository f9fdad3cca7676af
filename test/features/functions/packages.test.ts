import { describe, expect, test } from 'bun:test';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../../../scripts/support/paths.ts';
import { until } from '../../support/until.ts';
import { startRegistry } from './fake-registry.ts';
import { createPackageFolder } from './package-folder.ts';

const ASKS_FOR_HELLO = { dependencies: { hello: '^1.0.0' } };

describe('at the start of a server', () => {
  for (const [name, content] of [
    ['without a package.json', undefined],
    ['without dependencies', { name: 'functions', dependencies: {} }],
  ] as const)
    test(`nothing is made ${name}`, async () => {
      using place = createPackageFolder(content);
      expect(await place.installer.ensure(place.folder)).toBeUndefined();
      expect(place.has('node_modules')).toBe(false);
    });

  test('what package.json asks for is installed and the versions are noted', async () => {
    using registry = await startRegistry({ hello: {} });
    using place = createPackageFolder(ASKS_FOR_HELLO, { registry });
    expect(await place.installer.ensure(place.folder)).toBeUndefined();
    expect(place.read('node_modules', 'hello', 'index.js')).toContain('hello');
    expect(place.read('bun.lock')).toContain('hello@1.0.0');
    expect(place.logged).toContain('info Packages: + hello@1.0.0');
  });

  test('what is there is not installed again, and nobody is asked', async () => {
    using registry = await startRegistry({ hello: {} });
    using place = createPackageFolder(ASKS_FOR_HELLO, { registry });
    await place.installer.ensure(place.folder);
    registry.asked.length = 0;
    place.logged.length = 0;
    expect(await place.installer.ensure(place.folder)).toBeUndefined();
    expect(registry.asked).toEqual([]);
    expect(place.logged).toEqual([]);
  });

  test('a package that was added to package.json is installed', async () => {
    using registry = await startRegistry({ hello: {}, again: {} });
    using place = createPackageFolder(ASKS_FOR_HELLO, { registry });
    await place.installer.ensure(place.folder);
    place.write('package.json', { dependencies: { hello: '1', again: '1' } });
    expect(await place.installer.ensure(place.folder)).toBeUndefined();
    expect(place.has('node_modules', 'again')).toBe(true);
  });

  test('a lock file that changed is followed', async () => {
    using registry = await startRegistry({ hello: {}, again: {} });
    using other = createPackageFolder({ dependencies: { hello: '1', again: '1' } }, { registry });
    await other.installer.ensure(other.folder);
    using place = createPackageFolder(ASKS_FOR_HELLO, { registry });
    await place.installer.ensure(place.folder);
    place.write('package.json', other.read('package.json'));
    place.write('bun.lock', other.read('bun.lock'));
    await place.installer.ensure(place.folder);
    expect(place.has('node_modules', 'again')).toBe(true);
    expect(place.read('bun.lock')).toBe(other.read('bun.lock'));
  });

  test('a node_modules that was deleted comes back', async () => {
    using registry = await startRegistry({ hello: {} });
    using place = createPackageFolder(ASKS_FOR_HELLO, { registry });
    await place.installer.ensure(place.folder);
    place.remove('node_modules');
    await place.installer.ensure(place.folder);
    expect(place.has('node_modules', 'hello')).toBe(true);
  });

  test('the versions of the lock file are kept though the registry has newer ones', async () => {
    using old = await startRegistry({ hello: { version: '1.0.0' } });
    using place = createPackageFolder(ASKS_FOR_HELLO, { registry: old });
    await place.installer.ensure(place.folder);
    using newer = await startRegistry({ hello: { version: '1.9.0' } });
    const lock = place.read('bun.lock').replaceAll(old.url, newer.url);
    place.write('bun.lock', lock);
    place.remove('node_modules');
    await place.installer.ensure(place.folder);
    expect(place.read('node_modules', 'hello', 'package.json')).toContain('1.0.0');
    expect(place.read('bun.lock')).toBe(lock);
  });

  test('a package-lock.json is read and stays the only lock file', async () => {
    using registry = await startRegistry({ hello: {} });
    using place = createPackageFolder(ASKS_FOR_HELLO, { registry });
    place.write('package-lock.json', toPackageLock(registry.url, '^1.0.0'));
    expect(await place.installer.ensure(place.folder)).toBeUndefined();
    expect(place.has('node_modules', 'hello')).toBe(true);
    expect(place.has('bun.lock')).toBe(false);
  });

  test('a package-lock.json that does not fit is said to be out of date', async () => {
    using registry = await startRegistry({ hello: {}, again: {} });
    using place = createPackageFolder({ dependencies: { hello: '1', again: '1' } }, { registry });
    place.write('package-lock.json', toPackageLock(registry.url, '^1.0.0'));
    const reason = await place.installer.ensure(place.folder);
    expect(reason).toContain('package.json does not fit package-lock.json');
  });

  test('a package.json that is not JSON is named', async () => {
    using place = createPackageFolder('{"dependencies": {');
    const reason = await place.installer.ensure(place.folder);
    expect(reason).toContain(place.pathOf('package.json'));
    expect(reason).toContain('is not a JSON object');
  });
});

describe('one at a time', () => {
  test('two that come together install once', async () => {
    using registry = await startRegistry({ hello: {} });
    using place = createPackageFolder(ASKS_FOR_HELLO, { registry });
    const both = [place.installer.ensure(place.folder), place.installer.ensure(place.folder)];
    expect(await Promise.all(both)).toEqual([undefined, undefined]);
    expect(registry.asked.filter((path) => path.endsWith('.tgz'))).toHaveLength(1);
  });

  test('an install waits for another process, and goes on when that one is killed', async () => {
    using registry = await startRegistry({ hello: {} });
    using place = createPackageFolder(ASKS_FOR_HELLO, { registry });
    const lock = place.pathOf('node_modules', '.tinybase', 'lock');
    mkdirSync(join(lock, '..'), { recursive: true });
    await using other = Bun.spawn(
      [
        process.execPath,
        '-e',
        `const { tryFileLock } = await import(${JSON.stringify(inRoot('src/storage/file-lock.ts'))});
         globalThis.lock = tryFileLock(${JSON.stringify(lock)});
         console.log(globalThis.lock ? 'taken' : 'not taken');
         setInterval(() => {}, 1000);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const output = other.stdout.getReader();
    expect(new TextDecoder().decode((await output.read()).value)).toBe('taken\n');
    const install = place.installer.install(place.folder, { onLine: place.onLine });
    await until(() => place.said.length > 0);
    expect(place.said[0]).toContain('Another TinyBase installs packages here');
    expect(registry.asked).toEqual([]);
    other.kill('SIGKILL');
    expect(await install).toBe('installed');
  });

  test('a server that is killed half-way takes its installer with it, and what it left does not count', async () => {
    using registry = await startRegistry({ hello: {}, slow: { isHanging: true } });
    using place = createPackageFolder({ dependencies: { hello: '1', slow: '1' } }, { registry });
    await using server = Bun.spawn(
      [
        process.execPath,
        '-e',
        `const { createPackageInstaller } = await import(${JSON.stringify(inRoot('src/features/functions/packages/installer.ts'))});
         const { tryFileLock } = await import(${JSON.stringify(inRoot('src/storage/file-lock.ts'))});
         const log = () => {};
         const logger = { debug: log, info: log, warning: log, error: log, isEnabled: () => true };
         await createPackageInstaller({ logger, tryLock: tryFileLock }).ensure(${JSON.stringify(place.folder)});`,
      ],
      { env: place.installerEnv, stdio: ['ignore', 'inherit', 'inherit'] },
    );
    await until(() => registry.hanging() > 0);
    server.kill('SIGKILL');
    await server.exited;
    await until(() => registry.hanging() === 0);
    place.write('package.json', ASKS_FOR_HELLO);
    expect(place.has('node_modules', '.tinybase', 'installed')).toBe(false);
    expect(await place.installer.ensure(place.folder)).toBeUndefined();
    expect(place.has('node_modules', 'hello')).toBe(true);
  });

  test('a stopping server does not wait for a registry that hangs', async () => {
    using registry = await startRegistry({ slow: { isHanging: true } });
    using place = createPackageFolder({ dependencies: { slow: '1' } }, { registry });
    const reason = place.installer.ensure(place.folder);
    await until(() => registry.hanging() > 0);
    place.installer.stop();
    expect(await reason).toContain('It was stopped');
  });
});

describe('for a deployment', () => {
  test('exactly what the lock file says is installed, without development packages', async () => {
    using registry = await startRegistry({ hello: {}, tool: {} });
    using place = createPackageFolder(
      { dependencies: { hello: '1' }, devDependencies: { tool: '1' } },
      { registry },
    );
    await place.installer.install(place.folder, { onLine: place.onLine });
    expect(place.has('node_modules', 'tool')).toBe(true);
    const lock = place.read('bun.lock');
    place.remove('node_modules');
    await place.installer.install(place.folder, { onLine: place.onLine, isFrozen: true });
    expect(
      readdirSync(place.pathOf('node_modules')).filter((name) => !name.startsWith('.')),
    ).toEqual(['hello']);
    expect(place.read('bun.lock')).toBe(lock);
  });

  test('a lock file that does not fit is refused with what differs, and not written', async () => {
    using registry = await startRegistry({ hello: {}, again: {} });
    using place = createPackageFolder(ASKS_FOR_HELLO, { registry });
    await place.installer.install(place.folder, { onLine: place.onLine });
    const lock = place.read('bun.lock');
    place.write('package.json', { dependencies: { hello: '^1.0.0', again: '1' } });
    const failure = await place.failure(
      place.installer.install(place.folder, { onLine: place.onLine, isFrozen: true }),
    );
    expect(failure).toContain('package.json does not fit bun.lock');
    expect(failure).toContain('again');
    expect(place.read('bun.lock')).toBe(lock);
    expect(await place.installer.ensure(place.folder)).toBeUndefined();
  });

  test('without a lock file the versions that were found are noted', async () => {
    using registry = await startRegistry({ hello: {} });
    using place = createPackageFolder(ASKS_FOR_HELLO, { registry });
    await place.installer.install(place.folder, { onLine: place.onLine, isFrozen: true });
    expect(place.has('node_modules', 'hello')).toBe(true);
    expect(place.read('bun.lock')).toContain('hello@1.0.0');
  });

  test('nothing is installed when package.json names nothing', async () => {
    using place = createPackageFolder({ dependencies: {} });
    expect(await place.installer.install(place.folder, { onLine: place.onLine })).toBe('nothing');
    expect(place.has('node_modules')).toBe(false);
  });
});

describe('adding', () => {
  test('notes the package and its version, and installs it', async () => {
    using registry = await startRegistry({ hello: { version: '1.2.3' }, tool: {} });
    using place = createPackageFolder({ dependencies: {} }, { registry });
    await place.installer.add(place.folder, ['hello'], { onLine: place.onLine });
    await place.installer.add(place.folder, ['tool'], { onLine: place.onLine, isDev: true });
    expect(JSON.parse(place.read('package.json'))).toEqual({
      dependencies: { hello: '^1.2.3' },
      devDependencies: { tool: '^1.0.0' },
    });
    registry.asked.length = 0;
    expect(await place.installer.ensure(place.folder)).toBeUndefined();
    expect(registry.asked).toEqual([]);
  });

  test('a failed one leaves package.json as it was', async () => {
    using registry = await startRegistry({});
    using place = createPackageFolder({ dependencies: {} }, { registry });
    const before = place.read('package.json');
    expect(
      await place.failure(place.installer.add(place.folder, ['helo'], { onLine: place.onLine })),
    ).toContain('There is no package helo at 127.0.0.1');
    expect(place.read('package.json')).toBe(before);
  });

  for (const spec of ['-g', '--registry=http://evil.invalid', '', 'a b', ' --trust'])
    test(`the attack ${JSON.stringify(spec)}, a flag instead of a name, is refused`, async () => {
      using place = createPackageFolder({ dependencies: {} });
      expect(
        await place.failure(place.installer.add(place.folder, [spec], { onLine: place.onLine })),
      ).toContain('is not a package');
      expect(place.has('node_modules')).toBe(false);
    });
});

function toPackageLock(registry: string, range: string) {
  return {
    name: 'functions',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { dependencies: { hello: range } },
      'node_modules/hello': { version: '1.0.0', resolved: `${registry}hello.tgz` },
    },
  };
}
