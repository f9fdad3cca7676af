// Every platform: more to download and to build than each run of the tests is worth. The release workflow
// runs it by npm test -- test/release, with shellcheck, qemu-aarch64-static and Debian's libraries for arm64.
import { beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Release } from '../../scripts/release/built.ts';
import { readFileHeader } from '../../scripts/release/file-header.ts';
import { checkMachOSignature } from '../../scripts/release/mach-o-signature.ts';
import { MAX_PROGRAM_BYTES } from '../../scripts/release/release.ts';
import { TARGETS } from '../../scripts/release/targets.ts';
import { inRoot } from '../../scripts/support/paths.ts';
import { startServer } from '../../scripts/support/server-process.ts';
import { makeTemporaryFolder } from '../support/binary.ts';
import { findTarget, releaseInto } from '../support/release.ts';

setDefaultTimeout(600_000);

const ARM_LIBRARIES = '/usr/aarch64-linux-gnu';

let all: Release;
beforeAll(async () => {
  all = await releaseInto(join(makeTemporaryFolder('release'), 'release'), TARGETS);
});

function builtOf(name: string) {
  const found = all.archives.find(({ target }) => target.name === name);
  if (found === undefined) throw new Error(`No archive of ${name}`);
  return { ...found, path: join(all.folder, found.file) };
}

for (const { name, header } of TARGETS)
  test(`the program of ${name} is one of that system and processor, below the limit of its size`, () => {
    const { program } = builtOf(name);
    expect(readFileHeader(program)).toEqual(header);
    expect(Bun.file(program).size).toBeLessThanOrEqual(MAX_PROGRAM_BYTES);
  });

test('every page of the programs for macOS is the one that was signed', () => {
  for (const name of ['darwin-arm64', 'darwin-x64'])
    expect(checkMachOSignature(readFileSync(builtOf(name).program))).toEqual({
      pages: expect.any(Number),
      wrong: 0,
    });
});

test('the archive for Windows is a zip of the program and its papers, made again to the same bytes', async () => {
  const built = builtOf('windows-x64');
  const zip = unzipSync(new Uint8Array(readFileSync(built.path)));
  const names = Object.keys(zip);
  expect(names).toEqual([...names].sort());
  const root = `tinybase-${all.version}-windows-x64`;
  const program = zip[`${root}/tinybase.exe`] ?? new Uint8Array();
  expect(readFileSync(built.program).equals(program)).toBe(true);
  expect(names).toContain(`${root}/LICENSE`);
  const again = await releaseInto(join(makeTemporaryFolder('release'), 'release'), [
    findTarget('windows-x64'),
  ]);
  expect(again.archives[0]?.sha256).toBe(built.sha256);
});

test('the program of linux-arm64 starts and serves, under qemu-user', async () => {
  // The test's own server starts dist/tinybase: put in its place here.
  const wrapper = ['sh', '-c', 'shift; exec "$0" -L "$EMULATED_ROOT" "$EMULATED" "$@"'];
  await using server = await startServer({
    wrapper: [...wrapper, 'qemu-aarch64-static'],
    env: { EMULATED: builtOf('linux-arm64').program, EMULATED_ROOT: ARM_LIBRARIES },
  });
  expect(await (await fetch(`${server.url}/health`)).json()).toEqual({
    status: 'ok',
    version: all.version,
  });
  const page = await fetch(`${server.url}/admin/`);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<div id="app"')]);
});

test('shellcheck would change nothing of the install script', () => {
  const checked = Bun.spawnSync(['shellcheck', '-s', 'sh', inRoot('scripts', 'install.sh')]);
  expect(checked.stdout.toString()).toBe('');
  expect(checked.exitCode).toBe(0);
});
