import { describe, expect, test } from 'bun:test';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import { type FakePackage, startRegistry } from './fake-registry.ts';
import { createPackageFolder } from './package-folder.ts';

const ASKS_FOR_HELLO = { dependencies: { hello: '^1.0.0' } };
const isRoot = process.getuid?.() === 0;
const openssl = Bun.which('openssl');

describe('why packages are not there is said in a sentence', () => {
  const cases: readonly {
    readonly name: string;
    readonly packages: Readonly<Record<string, FakePackage>>;
    readonly says: readonly string[];
  }[] = [
    {
      name: 'a package that nobody knows',
      packages: {},
      says: ['There is no package hello at 127.0.0.1', 'spelled right'],
    },
    {
      name: 'a version that there is not',
      packages: { hello: { version: '0.9.0' } },
      says: ['hello has no version ^1.0.0'],
    },
    {
      name: 'a registry that wants a token',
      packages: { hello: { status: 401 } },
      says: ['refuses to send hello (401)', '.npmrc'],
    },
    {
      name: 'a registry with troubles of its own',
      packages: { hello: { status: 500 } },
      says: ['could not send hello (500)', 'later'],
    },
    {
      name: 'a package that was changed on the way',
      packages: { hello: { isForged: true } },
      says: ['hello is not the package', 'integrity'],
    },
  ];
  for (const { name, packages, says } of cases)
    test(name, async () => {
      using registry = await startRegistry(packages);
      using place = createPackageFolder(ASKS_FOR_HELLO, { registry });
      const reason = await place.installer.ensure(place.folder);
      for (const part of [...says, place.folder, 'tinybase functions install'])
        expect(reason).toContain(part);
      expect(reason).not.toContain('\n');
      expect(place.has('node_modules', '.tinybase', 'installed')).toBe(false);
      expect(place.logged.filter((line) => line.startsWith('error'))).toEqual([]);
    });

  test('no network', async () => {
    const registry = await startRegistry({});
    registry[Symbol.dispose]();
    using place = createPackageFolder(ASKS_FOR_HELLO, { registry });
    const reason = await place.installer.ensure(place.folder);
    expect(reason).toContain('hello cannot be downloaded (ConnectionRefused)');
    expect(reason).toContain('check the network');
  });

  test('no network for many packages is said once', async () => {
    const registry = await startRegistry({});
    registry[Symbol.dispose]();
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const dependencies = Object.fromEntries(names.map((name) => [name, '1']));
    using place = createPackageFolder({ dependencies }, { registry });
    const reason = await place.installer.ensure(place.folder);
    expect(reason?.match(/cannot be downloaded/g)).toHaveLength(1);
    expect(reason).toContain('and 2 more cannot be downloaded');
  });

  test.skipIf(openssl === null)(
    'a registry whose certificate nobody signed (with openssl)',
    async () => {
      using place = createPackageFolder(ASKS_FOR_HELLO);
      using server = Bun.serve({
        hostname: '127.0.0.1',
        port: 0,
        tls: createCertificate(place.root),
        fetch: () => Response.json({}),
      });
      place.write('.npmrc', `registry=https://127.0.0.1:${server.port}/\n`);
      expect(await place.installer.ensure(place.folder)).toContain('NODE_EXTRA_CA_CERTS');
    },
  );

  test('a registry that answers nothing, after a bounded time', async () => {
    using registry = await startRegistry({ hello: { isHanging: true } });
    using place = createPackageFolder(ASKS_FOR_HELLO, { registry, timeoutMs: 1_500 });
    expect(await place.installer.ensure(place.folder)).toContain('took longer than 2 s');
    await until(() => registry.hanging() === 0);
  });

  test('a folder where node_modules cannot be made', async () => {
    using place = createPackageFolder(ASKS_FOR_HELLO);
    place.write('node_modules', 'a file is in the way');
    expect(await place.installer.ensure(place.folder)).toContain('The folder cannot be written');
  });

  test.skipIf(isRoot)('a folder that this user may not write (not as root)', async () => {
    using place = createPackageFolder(ASKS_FOR_HELLO);
    chmodSync(place.folder, 0o555);
    expect(await place.installer.ensure(place.folder)).toContain('(EACCES)');
    chmodSync(place.folder, 0o755);
  });

  test('several reasons, each once', async () => {
    using registry = await startRegistry({ b: { status: 403 } });
    using place = createPackageFolder({ dependencies: { a: '1', b: '1' } }, { registry });
    const reason = await place.installer.ensure(place.folder);
    expect(reason?.match(/There is no package a at/g)).toHaveLength(1);
    expect(reason?.match(/refuses to send b/g)).toHaveLength(1);
  });
});

test('what failed is tried again at the next time, and works as soon as the reason is gone', async () => {
  const packages: Record<string, FakePackage> = { hello: { status: 503 } };
  using registry = await startRegistry(packages);
  using place = createPackageFolder(ASKS_FOR_HELLO, { registry });
  expect(await place.installer.ensure(place.folder)).toContain('(503)');
  packages.hello = {};
  expect(await place.installer.ensure(place.folder)).toBeUndefined();
  expect(place.has('node_modules', 'hello')).toBe(true);
});

test('a failed install that was fine before counts as not installed', async () => {
  using registry = await startRegistry({ hello: {} });
  using place = createPackageFolder(ASKS_FOR_HELLO, { registry });
  await place.installer.ensure(place.folder);
  place.write('package.json', { dependencies: { hello: '1', nobody: '1' } });
  expect(await place.installer.ensure(place.folder)).toContain('no package nobody');
  // What the functions need that was there before is there still.
  expect(place.has('node_modules', 'hello')).toBe(true);
  place.write('package.json', ASKS_FOR_HELLO);
  expect(await place.installer.ensure(place.folder)).toBeUndefined();
});

/** One that signs itself. */
function createCertificate(folder: string) {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -keyout ${key} -out ${cert}`;
  const { exitCode } = Bun.spawnSync([openssl ?? '', ...request.split(' ')], { stderr: 'ignore' });
  expect(exitCode).toBe(0);
  return { key: Bun.file(key), cert: Bun.file(cert) };
}
