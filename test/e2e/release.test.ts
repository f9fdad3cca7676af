import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { $ } from 'bun';
import { compileProgram } from '../../scripts/build.ts';
import type { Release } from '../../scripts/release/built.ts';
import { findReleaseDate } from '../../scripts/release/changelog.ts';
import { readFileHeader } from '../../scripts/release/file-header.ts';
import { checkMachOSignature, signMachO } from '../../scripts/release/mach-o-signature.ts';
import { MAX_PROGRAM_BYTES } from '../../scripts/release/release.ts';
import { fetchRuntime } from '../../scripts/release/runtimes.ts';
import { makeTemporaryFolder } from '../support/binary.ts';
import { canReachRegistry, describeWithRegistry } from '../support/registry.ts';
import { findTarget, makeOwnRelease, OWN_TARGET, releaseInto } from '../support/release.ts';
import { eventually } from '../support/root-folder.ts';

setDefaultTimeout(600_000);

const hasRegistry = await canReachRegistry();
let own: Release;
beforeAll(async () => {
  own = await makeOwnRelease();
});

describe('an archive', () => {
  test('holds the program and its papers, dated and owned alike', async () => {
    const listed =
      await $`tar --numeric-owner -tvzf ${join(own.folder, own.archives[0]?.file ?? '')}`.text();
    const rows = listed
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/));
    const root = `tinybase-${own.version}-${OWN_TARGET.name}`;
    const names = rows.map((row) => row.at(-1)?.replace(`${root}/`, ''));
    expect(names).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'completions/_tinybase',
      'completions/tinybase.bash',
      'completions/tinybase.fish',
      'man/tinybase.1',
      'tinybase',
      'tinybase.service',
    ]);
    expect(new Set(rows.map((row) => row[1]))).toEqual(new Set(['0/0']));
    expect(new Set(rows.map((row) => row[3]))).toEqual(new Set([own.date]));
    for (const [index, row] of rows.entries())
      expect(row[0]).toBe(names[index] === 'tinybase' ? '-rwxr-xr-x' : '-rw-r--r--');
  });

  test('has the sum that SHA256SUMS and latest.json say', async () => {
    const checked = Bun.spawnSync(['sha256sum', '--strict', '-c', 'SHA256SUMS'], {
      cwd: own.folder,
    });
    expect(checked.stdout.toString()).toContain(`${OWN_TARGET.name}.tar.gz: OK`);
    const index = JSON.parse(readFileSync(join(own.folder, 'latest.json'), 'utf8'));
    const sums = readFileSync(join(own.folder, 'SHA256SUMS'), 'utf8');
    for (const { file, sha256, bytes } of Object.values<Record<string, unknown>>(index.targets)) {
      expect(sums).toContain(`${sha256}  ${file}\n`);
      expect(Bun.file(join(own.folder, String(file))).size).toBe(Number(bytes));
    }
    expect(index).toMatchObject({ version: own.version, schema_version: expect.any(Number) });
  });

  test('is named by a version that the changelog has to have a heading for', () => {
    const changelog =
      '# Changelog\n\n## Unreleased\n\n## [1.2.3] - 2026-11-22\n\n## 1.2.2 – 2026-10-01\n';
    expect(findReleaseDate(changelog, '1.2.3')).toBe('2026-11-22');
    expect(findReleaseDate(changelog, '1.2.2')).toBe('2026-10-01');
    expect(findReleaseDate(changelog, '1.2')).toBeUndefined();
    expect(findReleaseDate(changelog, 'Unreleased')).toBeUndefined();
  });

  test('has a program of this system and processor in it, below the limit of its size', () => {
    const { program = '' } = own.archives[0] ?? {};
    expect(readFileHeader(program)).toEqual(OWN_TARGET.header);
    expect(MAX_PROGRAM_BYTES).toBe(125_000_000);
    expect(Bun.file(program).size).toBeLessThanOrEqual(MAX_PROGRAM_BYTES);
  });

  test('is, byte for byte, what the same sources made before', async () => {
    const again = await releaseInto(join(makeTemporaryFolder('release'), 'release'), [OWN_TARGET]);
    expect(again.archives.map(({ sha256 }) => sha256)).toEqual(
      own.archives.map(({ sha256 }) => sha256),
    );
  });
});

// Of the other platforms the one whose signature Bun makes as well; test/release builds them all.
describeWithRegistry('for macOS', hasRegistry, () => {
  const target = findTarget('darwin-arm64');
  let signedByBun: Buffer;
  let program: Buffer;

  beforeAll(async () => {
    const path = await compileProgram({
      folder: makeTemporaryFolder('darwin'),
      platform: { bunTarget: target.bunTarget, runtime: await fetchRuntime(target, console.log) },
    });
    expect(readFileHeader(path)).toEqual(target.header);
    signedByBun = readFileSync(path);
    program = signMachO(signedByBun, 'tinybase');
  });

  test('every page of the program is the one that was signed', () => {
    expect(checkMachOSignature(program)).toEqual({ pages: expect.any(Number), wrong: 0 });
  });

  test('attack: a byte of the program is changed, and its signature tells', () => {
    const spoiled = Buffer.from(program);
    spoiled.writeUInt8(spoiled.readUInt8(5_000_000) ^ 1, 5_000_000);
    expect(checkMachOSignature(spoiled).wrong).toBe(1);
  });

  test('a signature is, byte for byte, the one that Bun makes where it makes a right one', () => {
    // Under the name that Bun gives.
    expect(signMachO(program, 'a.out').equals(signedByBun)).toBe(true);
  });
});

describe('the npm package', () => {
  let folder: string;
  const env = { ...process.env, npm_config_update_notifier: 'false', NO_COLOR: '1' };

  /** Packed and installed as from the registry, but without one. */
  beforeAll(async () => {
    folder = makeTemporaryFolder('npm');
    const npm = join(folder, 'packages');
    cpSync(join(own.folder, 'npm', 'tinybase'), join(npm, 'tinybase'), { recursive: true });
    // Of the platform's package only the program is another file: npm takes 20 s to compress it.
    const platform = join(npm, OWN_TARGET.name);
    mkdirSync(platform);
    for (const file of readdirSync(join(own.folder, 'npm', OWN_TARGET.name)))
      if (file !== OWN_TARGET.program)
        copyFileSync(join(own.folder, 'npm', OWN_TARGET.name, file), join(platform, file));
    const program = join(own.folder, 'npm', OWN_TARGET.name, OWN_TARGET.program);
    writeFileSync(join(platform, OWN_TARGET.program), `#!/bin/sh\nexec '${program}' "$@"\n`, {
      mode: 0o755,
    });
    const packed = [];
    for (const name of [OWN_TARGET.name, 'tinybase'])
      packed.push(
        (await $`npm pack --silent --pack-destination ${folder} ${join(npm, name)}`.env(env).text())
          .trim()
          .split('\n')
          .at(-1) ?? '',
      );
    writeFileSync(join(folder, 'package.json'), '{"name":"shop","private":true}');
    await $`npm install --silent --offline --no-audit --no-fund ${packed.map((file) => `./${file}`)}`
      .cwd(folder)
      .env({ ...env, npm_config_cache: join(folder, '.npm') });
  });

  const run = (...args: string[]) =>
    Bun.spawn([join(folder, 'node_modules', '.bin', 'tinybase'), ...args], {
      cwd: folder,
      env,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });

  test('the packages are installed from their archives, and npx tinybase is the program', () => {
    const said = Bun.spawnSync(['npx', '--no-install', 'tinybase', 'version'], {
      cwd: folder,
      env,
    });
    expect(said.stdout.toString()).toStartWith(`TinyBase ${own.version}\n`);
  });

  test('it serves, SIGTERM stops it cleanly, and its exit code is that of the program', async () => {
    const server = run('serve', '--host', '127.0.0.1', '--port', '0', '--dir', 'data');
    let said = '';
    const reading = (async () => {
      for await (const chunk of server.stdout) said += new TextDecoder().decode(chunk);
    })();
    await eventually(() => /http:\/\/[^\s]*:\d+/.test(said));
    const url = /http:\/\/[^\s/]*:\d+/.exec(said)?.[0] ?? '';
    expect(await (await fetch(`${url}/health`)).json()).toEqual({
      status: 'ok',
      version: own.version,
    });
    server.kill('SIGTERM');
    expect(await server.exited).toBe(0);
    await reading;

    const wrong = run('serve', '--port', 'none');
    expect(await wrong.exited).toBe(2);
  });

  test('update says how npm brings a newer version', async () => {
    const update = run('update', '-y', '--url', 'https://releases.invalid');
    expect(await update.exited).toBe(1);
    expect(await new Response(update.stderr).text()).toContain('npm install tinybase@latest');
  });

  test('without the package of this platform it says which is missing, and what to do', async () => {
    rmSync(join(folder, 'node_modules', '@tinybase'), { recursive: true });
    const broken = run('version');
    expect(await broken.exited).toBe(1);
    expect(await new Response(broken.stderr).text()).toContain(
      `@tinybase/${OWN_TARGET.name} is not installed`,
    );
  });
});
