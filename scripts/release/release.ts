import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { MIGRATIONS } from '../../src/storage/sqlite/migrations/index.ts';
import { build, compileProgram } from '../build.ts';
import { inRoot } from '../support/paths.ts';
import { formatBytes } from '../support/words.ts';
import { writeArchive } from './archive.ts';
import type { BuiltArchive, Release } from './built.ts';
import { readVersion } from './changelog.ts';
import { readFileHeader } from './file-header.ts';
import { checkMachOSignature, signMachO } from './mach-o-signature.ts';
import { writeNpmPackages } from './npm-packages.ts';
import { makePapers } from './papers.ts';
import { fetchRuntime } from './runtimes.ts';
import type { Target } from './targets.ts';

const RELEASE_FOLDER = inRoot('build', 'release');

/** 125 MB: above this the program is no longer a small download. */
export const MAX_PROGRAM_BYTES = 125_000_000;

export interface ReleaseOptions {
  readonly targets: readonly Target[];
  /** Emptied first. */
  readonly folder?: string;
  /** Where releases are: what `tinybase update` and install.sh ask. */
  readonly url?: string | undefined;
  /** Tries the release out: CHANGELOG.md need not know the version yet. */
  readonly isDraft?: boolean;
  /** The admin app was built just before, by whoever calls. */
  readonly hasAdminApp?: boolean;
  readonly log?: (line: string) => void;
}

/** Builds, checks and packs the program for every target. The same sources give the same bytes. */
export async function release(options: ReleaseOptions): Promise<Release> {
  const { targets, folder = RELEASE_FOLDER, isDraft = false, log = console.log } = options;
  const version = readVersion({ isDraft });
  if (options.hasAdminApp !== true) await build({ adminOnly: true, log });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const papers = await makePapers();
  const archives: BuiltArchive[] = [];
  for (const target of targets) {
    const started = performance.now();
    const program = await buildProgram(target, { folder, url: options.url, log });
    const root = `tinybase-${version.version}-${target.name}`;
    const bytes = await writeArchive(
      target.archive,
      [
        ...papers.map((file) => ({ ...file, path: `${root}/${file.path}` })),
        {
          path: `${root}/${target.program}`,
          bytes: new Uint8Array(readFileSync(program)),
          isProgram: true,
        },
      ],
      version.date,
    );
    const file = `${root}.${target.archive}`;
    writeFileSync(join(folder, file), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    archives.push({ target, file, sha256, bytes: bytes.length, program });
    log(
      `${target.name.padEnd(16)} ${((performance.now() - started) / 1000).toFixed(1)} s · ${formatBytes(statSync(program).size)}, packed ${formatBytes(bytes.length)}`,
    );
  }
  const made = { ...version, folder, archives };
  writeInstaller(made, options.url);
  writeIndexes(made);
  writeNpmPackages(made);
  return made;
}

interface BuildOptions {
  readonly folder: string;
  readonly url?: string | undefined;
  readonly log: (line: string) => void;
}

/** The program of one target, checked as far as this machine can. */
async function buildProgram(target: Target, { folder, url, log }: BuildOptions): Promise<string> {
  const runtime = await fetchRuntime(target, (name) => log(`fetching         ${name}`));
  const program = await compileProgram({
    folder: join(folder, 'programs', target.name),
    platform: { bunTarget: target.bunTarget, runtime },
    hasBytecode: target.hasBytecode,
    releasesUrl: url,
  });
  // Their content is in the program as well.
  for (const name of readdirSync(join(folder, 'programs', target.name)))
    if (name.endsWith('.map')) rmSync(join(folder, 'programs', target.name, name));
  if (target.header.format === 'mach-o') sign(program);
  checkProgram(target, program);
  return program;
}

function sign(program: string): void {
  writeFileSync(program, signMachO(readFileSync(program), 'tinybase'));
  chmodSync(program, 0o755);
  const { pages, wrong } = checkMachOSignature(readFileSync(program));
  if (wrong > 0) throw new Error(`${program}: ${wrong} of ${pages} signed pages are wrong.`);
}

/** That the file is what the target says, as far as this can be told without running it. */
function checkProgram({ name, header }: Target, program: string): void {
  const found = readFileHeader(program);
  if (!Bun.deepEquals(found, header))
    throw new Error(
      `The program of ${name} is ${JSON.stringify(found)} instead of ${JSON.stringify(header)}.`,
    );
  const { size } = statSync(program);
  if (size > MAX_PROGRAM_BYTES)
    throw new Error(
      `The program of ${name} has ${formatBytes(size)}, more than the ${formatBytes(MAX_PROGRAM_BYTES)} that it may have.`,
    );
}

/** The install script, which then knows where the archives are. */
function writeInstaller({ folder }: Release, url: string | undefined): void {
  const script = readFileSync(inRoot('scripts', 'install.sh'), 'utf8');
  writeFileSync(
    join(folder, 'install.sh'),
    url === undefined ? script : script.replace(/^RELEASES_URL=.*$/m, `RELEASES_URL='${url}'`),
    { mode: 0o755 },
  );
}

/** SHA256SUMS for people and the install script, latest.json for `tinybase update`. */
function writeIndexes({ folder, version, date, archives }: Release): void {
  const sums = archives.map(({ sha256, file }) => `${sha256}  ${file}\n`).sort();
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));
  const index = {
    version,
    date,
    // Of the system's own tables: a program does not open a database that a newer one has changed.
    schema_version: MIGRATIONS.length,
    targets: Object.fromEntries(
      archives.map(({ target, file, sha256, bytes }) => [target.name, { file, sha256, bytes }]),
    ),
  };
  writeFileSync(join(folder, 'latest.json'), `${JSON.stringify(index, null, 2)}\n`);
}
