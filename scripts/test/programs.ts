import { findProgram, isRoot, runCommand } from '../support/command.ts';

/** Names under which Chromium is installed, ours first. */
const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

export function hasChromium(): boolean {
  return CHROMIUM_NAMES.some((name) => findProgram(name) !== undefined);
}

/** Each a Debian package of the same name: to see the disk writes, for completion, for the manual page. */
const E2E_PROGRAMS = ['strace', 'zsh', 'fish', 'mandoc'];

/** Installs what tests run from Debian's packages, where it is missing and we may. */
export async function ensureTestPrograms(needs: {
  readonly chromium: boolean;
  readonly e2e: boolean;
}): Promise<void> {
  const missing = [
    ...(needs.chromium && !hasChromium() ? ['chromium'] : []),
    ...(needs.e2e ? E2E_PROGRAMS.filter((name) => findProgram(name) === undefined) : []),
  ];
  if (missing.length === 0) return;
  if (!isRoot() || findProgram('apt-get') === undefined) {
    console.log(
      `Not installed: ${missing.join(', ')}. Install with: sudo apt-get install ${missing.join(' ')}`,
    );
    return;
  }
  console.log(`Installing ${missing.join(', ')} from Debian's packages …`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await runCommand(['apt-get', 'update', '-qq'], { env });
  const result = await runCommand(
    ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...missing],
    { env },
  );
  if (result.code !== 0) console.log(`That failed:\n${result.output.slice(-2000)}`);
}

/** The names of the tests of a file, read from its text; for saying what is not run. */
export function readTestNames(source: string): string[] {
  return [...source.matchAll(/\b(?:test|it)(?:\.\w+(?:\([^)]*\))?)?\(\s*(['"`])(.+?)\1/g)].map(
    (match) => match[2] ?? '',
  );
}
