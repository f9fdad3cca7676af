import { Database } from 'bun:sqlite';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Release } from '../../scripts/release/built.ts';
import { release } from '../../scripts/release/release.ts';
import { TARGETS, type Target } from '../../scripts/release/targets.ts';
import { hashFiles } from '../../scripts/support/content-hash.ts';
import { inRoot } from '../../scripts/support/paths.ts';

const FOLDER = inRoot('build', 'test-release');
const STAMP = join(FOLDER, 'stamp.json');
/** Only ends what hangs. */
const TURN_MS = 600_000;

/** What releases of the tests say about where they are. */
export const RELEASES_URL = 'https://releases.invalid/tinybase';

export function findTarget(name: string): Target {
  const target = TARGETS.find((one) => one.name === name);
  if (target === undefined) throw new Error(`There is no target ${name}`);
  return target;
}

/** The target that runs on this machine. */
export const OWN_TARGET = findTarget(`linux-${process.arch}`);

/** The release of this machine's target, as scripts/release makes it: made once, until its sources change. */
export async function makeOwnRelease(): Promise<Release> {
  mkdirSync(FOLDER, { recursive: true });
  // Files of tests that run side by side take turns; the system ends the turn of one that is killed.
  using turn = new Database(join(FOLDER, 'turn.db'));
  turn.run(`PRAGMA busy_timeout = ${TURN_MS}`);
  turn.run('BEGIN EXCLUSIVE');
  const sources = hashFiles([
    inRoot('src'),
    inRoot('functions-template'),
    // As it was built, not as it is written.
    inRoot('build', 'admin'),
    inRoot('docs', 'openapi.json'),
    inRoot('scripts', 'release'),
    inRoot('scripts', 'build.ts'),
    inRoot('scripts', 'compile.ts'),
    inRoot('scripts', 'install.sh'),
    ...['package.json', 'package-lock.json', 'README.md', 'LICENSE', 'CHANGELOG.md'].map((file) =>
      inRoot(file),
    ),
  ]);
  if (existsSync(STAMP)) {
    const made = JSON.parse(readFileSync(STAMP, 'utf8'));
    if (made.sources === sources) return made.release;
  }
  const made = await releaseInto(join(FOLDER, 'release'), [OWN_TARGET]);
  writeFileSync(STAMP, JSON.stringify({ sources, release: made }));
  return made;
}

/** A release as `npm run release` makes it, but for the admin app, which `npm test` has built before. */
export function releaseInto(folder: string, targets: readonly Target[]): Promise<Release> {
  return release({
    folder,
    targets,
    url: RELEASES_URL,
    isDraft: true,
    hasAdminApp: existsSync(inRoot('build', 'admin', 'index.html.gz')),
    log: () => {},
  });
}
