// Builds dist/tinybase: the admin app with Vite, compressed, then everything in one executable.
// Usage: bun scripts/build.ts [--server-only] [--force]
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { CompileOptions } from './compile.ts';
import { bunRun, runCommand } from './support/command.ts';
import { hashFiles, listFiles } from './support/content-hash.ts';
import { BINARY, inRoot, ROOT, toolPath } from './support/paths.ts';
import { formatBytes } from './support/words.ts';

const RAW_ADMIN = inRoot('build', 'admin-raw');
/** Its base name is where the binary finds it: join(import.meta.dir, 'admin'). */
const ADMIN = inRoot('build', 'admin');
const ADMIN_STAMP = inRoot('build', 'admin.hash');
const BINARY_STAMP = inRoot('build', 'binary.hash');
/** Files that compress and are worth it; the rest are compressed formats already. */
const COMPRESSIBLE = /\.(html|js|css|svg|json|txt|webmanifest)$/;
const SMALLEST_COMPRESSED_BYTES = 512;

export interface BuildOptions {
  /** Leaves the admin app as it was built last, for quick rebuilds of the server. */
  readonly serverOnly?: boolean;
  /** Only the admin app: what is put together is another program than this machine's. */
  readonly adminOnly?: boolean;
  /** Builds even when nothing changed. */
  readonly force?: boolean;
  readonly log?: (line: string) => void;
}

/** True when the binary is missing or something that it is made of changed. */
export function isBinaryStale(): boolean {
  return !existsSync(BINARY) || readStamp(BINARY_STAMP) !== hashBinarySources();
}

/** Builds what changed. Throws with the tool's own output when a step fails. */
export async function build(options: BuildOptions = {}): Promise<void> {
  const log = options.log ?? console.log;
  const force = options.force === true;
  if (options.serverOnly !== true) await buildAdmin(force, log);
  else if (!existsSync(ADMIN)) writePlaceholder();
  if (options.adminOnly !== true) await compile(log);
}

async function buildAdmin(force: boolean, log: (line: string) => void): Promise<void> {
  const hash = hashFiles([
    inRoot('admin'),
    inRoot('docs', 'openapi.json'),
    inRoot('package-lock.json'),
  ]);
  if (!force && existsSync(ADMIN) && readStamp(ADMIN_STAMP) === hash) {
    log('admin app    unchanged');
    return;
  }
  rmSync(ADMIN_STAMP, { force: true });
  const vite = await runCommand(
    bunRun(toolPath('vite/bin/vite.js'), 'build', 'admin', '--logLevel', 'warn'),
  );
  if (vite.code !== 0) throw new Error(`Building the admin app failed:\n${vite.output}`);
  const started = performance.now();
  const sizes = precompress(RAW_ADMIN, ADMIN);
  writeFileSync(ADMIN_STAMP, hash);
  log(
    `admin app    ${vite.seconds.toFixed(1)} s · ${sizes.files} files, ${formatBytes(sizes.raw)}`,
  );
  log(
    `compressed   ${((performance.now() - started) / 1000).toFixed(1)} s · ${formatBytes(sizes.brotli)} as brotli, ${formatBytes(sizes.gzip)} as gzip`,
  );
}

/** Copies a folder; of each file that gets smaller by it, only a .br and a .gz. */
function precompress(from: string, to: string) {
  rmSync(to, { recursive: true, force: true });
  const sizes = { files: 0, raw: 0, brotli: 0, gzip: 0 };
  for (const file of listFiles(from)) {
    if (file.endsWith('.map')) continue;
    const target = join(to, relative(from, file));
    mkdirSync(dirname(target), { recursive: true });
    const bytes = readFileSync(file);
    sizes.files++;
    sizes.raw += bytes.length;
    if (!COMPRESSIBLE.test(file) || bytes.length < SMALLEST_COMPRESSED_BYTES) {
      copyFileSync(file, target);
      sizes.brotli += bytes.length;
      sizes.gzip += bytes.length;
      continue;
    }
    const brotli = brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    });
    const gzip = gzipSync(bytes, { level: 9 });
    writeFileSync(`${target}.br`, brotli);
    writeFileSync(`${target}.gz`, gzip);
    sizes.brotli += brotli.length;
    sizes.gzip += gzip.length;
  }
  return sizes;
}

async function compile(log: (line: string) => void): Promise<void> {
  const sources = hashBinarySources();
  // Built aside and moved in one step: a server that is running keeps its own file.
  const folder = inRoot('build', 'compiled');
  const started = performance.now();
  const built = await compileProgram({ folder });
  mkdirSync(dirname(BINARY), { recursive: true });
  renameSync(built, BINARY);
  writeFileSync(BINARY_STAMP, sources);
  log(
    `binary       ${((performance.now() - started) / 1000).toFixed(1)} s · ${formatBytes(statSync(BINARY).size)} · ${relative(ROOT, BINARY)}`,
  );
}

export interface ProgramOptions
  extends Pick<CompileOptions, 'platform' | 'releasesUrl'>,
    Partial<Pick<CompileOptions, 'hasBytecode'>> {
  /** Emptied first. */
  readonly folder: string;
}

/** Puts the program and the admin app as it was built last into one file; answers its path. */
export async function compileProgram(options: ProgramOptions): Promise<string> {
  const { folder, platform, hasBytecode = true, releasesUrl } = options;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, 'tinybase');
  const given: CompileOptions = { outfile, platform, hasBytecode, releasesUrl };
  const result = await runCommand([
    process.execPath,
    inRoot('scripts', 'compile.ts'),
    JSON.stringify(given),
  ]);
  if (result.code !== 0) throw new Error(`Compiling the binary failed:\n${result.output}`);
  return existsSync(outfile) ? outfile : `${outfile}.exe`;
}

function hashBinarySources(): string {
  return hashFiles([
    inRoot('src'),
    inRoot('functions-template'),
    inRoot('admin'),
    inRoot('docs', 'openapi.json'),
    inRoot('package.json'),
    inRoot('package-lock.json'),
    inRoot('CHANGELOG.md'),
    inRoot('scripts', 'build.ts'),
    inRoot('scripts', 'compile.ts'),
  ]);
}

function writePlaceholder(): void {
  mkdirSync(ADMIN, { recursive: true });
  writeFileSync(
    join(ADMIN, 'index.html'),
    '<!doctype html><title>TinyBase</title><p>This binary was built with --server-only: run npm run build for the admin app.\n',
  );
}

function readStamp(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

if (import.meta.main) {
  const args = process.argv.slice(2);
  const unknown = args.filter((arg) => arg !== '--server-only' && arg !== '--force');
  if (unknown.length > 0) {
    console.error(`Unknown: ${unknown.join(' ')}. The flags are --server-only and --force.`);
    process.exit(2);
  }
  try {
    const started = performance.now();
    await build({ serverOnly: args.includes('--server-only'), force: args.includes('--force') });
    console.log(`done         ${((performance.now() - started) / 1000).toFixed(1)} s`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
