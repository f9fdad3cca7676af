import { describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { findForeignPaths } from '../../../src/features/functions/packages/package-file.ts';
import { startRegistry } from './fake-registry.ts';
import { createPackageFolder } from './package-folder.ts';

const hasShell = existsSync('/bin/sh');

/** A folder with a package beside package.json that leaves its mark when it is given the chance. */
function withHostilePackage(packageFile: object, env: Record<string, string> = {}) {
  const place = createPackageFolder(
    { dependencies: { hostile: 'file:./hostile' }, ...packageFile },
    { env },
  );
  const mark = (name: string) => join(place.root, `ran-${name}`);
  const leaveMarks = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, `env > "${mark(name)}"`]));
  place.write('hostile/package.json', {
    name: 'hostile',
    version: '1.0.0',
    scripts: leaveMarks(['preinstall', 'install', 'postinstall', 'prepare']),
  });
  place.write('hostile/index.js', '');
  const marks = () =>
    ['preinstall', 'install', 'postinstall', 'prepare', 'other'].filter((name) =>
      existsSync(mark(name)),
    );
  return Object.assign(place, { mark, leaveMarks, marks });
}

describe.skipIf(!hasShell)('install scripts', () => {
  test('of a package do not run', async () => {
    using place = withHostilePackage({});
    expect(await place.installer.ensure(place.folder)).toBeUndefined();
    expect(place.has('node_modules', 'hostile')).toBe(true);
    expect(place.marks()).toEqual([]);
    expect(place.logged.join('\n')).toContain('trustedDependencies');
  });

  test('of package.json itself do not run, at a start, at a deploy or when a package is added', async () => {
    using place = withHostilePackage({});
    place.write('package.json', {
      dependencies: { hostile: 'file:./hostile' },
      scripts: place.leaveMarks(['preinstall', 'install', 'postinstall', 'prepare']),
    });
    const { onLine } = place;
    expect(await place.installer.ensure(place.folder)).toBeUndefined();
    await place.installer.install(place.folder, { onLine });
    await place.installer.install(place.folder, { onLine, isFrozen: true });
    await place.installer.add(place.folder, ['hostile@file:./hostile'], { onLine });
    expect(place.marks()).toEqual([]);
  });

  test('of a package that Bun itself would trust do not run', async () => {
    // One of the names in `bun pm default-trusted`.
    using place = withHostilePackage({});
    using registry = await startRegistry({
      esbuild: { scripts: place.leaveMarks(['postinstall']) },
    });
    place.write('.npmrc', `registry=${registry.url}\n`);
    place.write('package.json', { dependencies: { esbuild: '1' } });
    expect(await place.installer.ensure(place.folder)).toBeUndefined();
    expect(place.has('node_modules', 'esbuild')).toBe(true);
    expect(place.marks()).toEqual([]);
  });

  test('cannot be turned on by an .npmrc', async () => {
    using place = withHostilePackage({});
    place.write('.npmrc', 'ignore-scripts=false\n');
    expect(await place.installer.ensure(place.folder)).toBeUndefined();
    expect(place.marks()).toEqual([]);
  });

  test('run for packages that package.json names, and see no secret of the server', async () => {
    using place = withHostilePackage(
      { trustedDependencies: ['hostile'] },
      { TINYBASE_ADMIN_PASSWORD: 'hunter2', STRIPE_KEY: 'sk_live', npm_config_loglevel: 'warn' },
    );
    expect(await place.installer.ensure(place.folder)).toBeUndefined();
    expect(place.marks()).toContain('postinstall');
    const seen = readFileSync(place.mark('postinstall'), 'utf8');
    expect(seen).toContain('npm_config_loglevel=warn');
    expect(seen).not.toContain('hunter2');
    expect(seen).not.toContain('sk_live');
  });

  test('of package.json itself are refused where those of packages are allowed', async () => {
    using place = withHostilePackage({
      trustedDependencies: ['hostile'],
      scripts: { postinstall: 'true' },
    });
    expect(await place.installer.ensure(place.folder)).toContain('postinstall as well');
    expect(place.has('node_modules')).toBe(false);
  });
});

describe('code that a folder brings along does not run while it is installed', () => {
  test('as preload or scanner in a bunfig.toml', async () => {
    using place = withHostilePackage({});
    const code = `require('node:fs').writeFileSync(${JSON.stringify(place.mark('other'))}, '');`;
    place.write('evil.ts', code);
    place.write('hostile/index.js', code);
    place.write(
      'bunfig.toml',
      'preload = ["./evil.ts"]\n[install.security]\nscanner = "hostile"\n',
    );
    expect(await place.installer.ensure(place.folder)).toBeUndefined();
    expect(place.marks()).toEqual([]);
  });

  test('and its .env does not choose the registry', async () => {
    using evil = await startRegistry({ hello: {} });
    using registry = await startRegistry({ hello: {} });
    using place = createPackageFolder({ dependencies: { hello: '1' } }, { registry });
    place.write('.env', `BUN_CONFIG_REGISTRY=${evil.url}\nNPM_CONFIG_REGISTRY=${evil.url}\n`);
    expect(await place.installer.ensure(place.folder)).toBeUndefined();
    expect(evil.asked).toEqual([]);
  });

  test('and its .npmrc does not learn what the server keeps secret', async () => {
    using registry = await startRegistry({ hello: {} });
    using place = createPackageFolder(
      { dependencies: { hello: '1' } },
      { env: { STRIPE_KEY: 'sk_live', NPM_TOKEN: 'meant-for-it' } },
    );
    const host = new URL(registry.url).host;
    place.write('.npmrc', `registry=${registry.url}\n//${host}/:_authToken=\${STRIPE_KEY}\n`);
    await place.installer.ensure(place.folder);
    expect([...registry.tokens].join()).not.toContain('sk_live');
    place.write('.npmrc', `registry=${registry.url}\n//${host}/:_authToken=\${NPM_TOKEN}\n`);
    await place.installer.install(place.folder, { onLine: place.onLine });
    place.remove('node_modules');
    place.remove('bun.lock');
    rmSync(join(place.root, 'cache'), { recursive: true, force: true });
    await place.installer.install(place.folder, { onLine: place.onLine });
    expect([...registry.tokens]).toContain('Bearer meant-for-it');
  });
});

describe('a package file from elsewhere may not reach out of its folder', () => {
  const cases: readonly (readonly [what: string, files: Record<string, unknown>])[] = [
    ['a folder above', { dependencies: { a: 'file:../secret' } }],
    ['a folder above, by detours', { dependencies: { a: 'file:./x/../../secret' } }],
    ['an absolute path', { dependencies: { a: 'file:/etc' } }],
    ['an absolute address', { dependencies: { a: 'file:///etc' } }],
    ['a bare absolute path', { dependencies: { a: '/etc/secret.tgz' } }],
    ['a bare path above', { dependencies: { a: '../secret.tgz' } }],
    ['a home folder', { dependencies: { a: '~/secret' } }],
    ['a path of Windows', { dependencies: { a: 'C:\\secret' } }],
    ['a path above of Windows', { dependencies: { a: '..\\secret' } }],
    ['a linked package', { dependencies: { a: 'link:secret' } }],
    ['a development package', { devDependencies: { a: 'file:..' } }],
    ['an optional package', { optionalDependencies: { a: 'file:..' } }],
    ['an override', { overrides: { a: { b: 'file:../secret' } } }],
    ['a resolution', { resolutions: { a: 'file:../secret' } }],
    ['a workspace', { workspaces: ['../*'] }],
    ['a workspace by detours', { workspaces: { packages: ['a/../../b'] } }],
    ['a patch', { patchedDependencies: { a: 'x/../../secret.patch' } }],
    ['a catalog', { workspaces: { catalog: { a: 'file:../secret' } } }],
  ];
  for (const [what, content] of cases)
    test(`by ${what}`, () => {
      using place = createPackageFolder(content);
      const found = findForeignPaths(place.folder);
      expect(found).toHaveLength(1);
      expect(found[0]).toContain('outside of the folder');
    });

  test('by a lock file', () => {
    using place = createPackageFolder({ dependencies: { a: '1' } });
    place.write(
      'bun.lock',
      '{ "packages": { "a": ["a@1.0.0", "", {}, "sha512-x"], "b": ["b@file:../../secret", {}],\n"@c/d": ["@c/d@/etc/x.tgz", {}] } }',
    );
    expect(findForeignPaths(place.folder)).toHaveLength(2);
  });

  test('by nesting too deep to be looked at', () => {
    let overrides: unknown = 'file:../secret';
    for (let depth = 0; depth < 50; depth++) overrides = { a: overrides };
    using place = createPackageFolder({ overrides });
    expect(findForeignPaths(place.folder).join()).toContain('nested too deep');
  });

  test('and what lies inside or comes from a registry is fine', () => {
    using place = createPackageFolder({
      dependencies: {
        a: '^1.0.0',
        b: 'file:./b',
        c: './c.tgz',
        d: 'npm:e@2',
        e: 'github:user/repo',
        f: 'https://example.com/f.tgz',
        g: 'latest',
        h: '*',
        i: '>=1 <2 || ~3.1',
      },
      workspaces: ['packages/*'],
      patchedDependencies: { a: 'patches/a.patch' },
    });
    expect(findForeignPaths(place.folder)).toEqual([]);
    place.remove('package.json');
    expect(findForeignPaths(place.folder)).toEqual([]);
  });

  test('law: a file: path is refused exactly when it leaves the folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tinybase-packages-'));
    mkdirSync(folder, { recursive: true });
    try {
      fc.assert(
        fc.property(fc.array(fc.constantFrom('..', '.', 'a', 'b'), { minLength: 1 }), (parts) => {
          let depth = 0;
          let highest = 0;
          for (const part of parts) {
            depth += part === '..' ? -1 : part === '.' ? 0 : 1;
            highest = Math.min(highest, depth);
          }
          const text = JSON.stringify({ dependencies: { x: `file:${parts.join('/')}` } });
          writeFileSync(join(folder, 'package.json'), text);
          expect(findForeignPaths(folder).length > 0).toBe(highest < 0);
        }),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
