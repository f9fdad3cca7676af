// Runs a script with the Bun of package.json, installing it first when it is missing. Plain Node, so
// that a fresh clone needs nothing but Node and npm (or Bun itself).
// Usage: node scripts/with-bun.mjs SCRIPT [ARGUMENT…]
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const MODULES = join(ROOT, 'node_modules');
/** The placeholder that the package holds before its install script ran is a few lines of text. */
const SMALLEST_BUN_BYTES = 1_000_000;

/** The pinned Bun; installs the packages when it or they are missing. */
export function ensureBun() {
  if (!isInstalled()) install();
  const bun = findBun() ?? unpackBun();
  if (bun === undefined)
    fail('The package bun is installed and holds no program for this machine.');
  return bun;
}

/** Runs a program to its end, passing signals on; answers its exit code. */
export function run(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', cwd: process.cwd() });
    const forward = (signal) => child.kill(signal);
    // A terminal sends SIGINT to the whole group; the child gets a second one only from `kill`.
    const keepWaiting = () => {};
    process.on('SIGINT', process.stdin.isTTY ? keepWaiting : forward);
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, forward);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

/** True when every package is there in the version that the lock file names. */
function isInstalled() {
  const { dependencies, devDependencies } = readJson(join(ROOT, 'package.json'));
  return Object.entries({ ...dependencies, ...devDependencies }).every(([name, version]) => {
    const file = join(MODULES, name, 'package.json');
    return existsSync(file) && readJson(file).version === version;
  });
}

function install() {
  console.error('Installing packages (once) …');
  // Standard output belongs to the script that is run.
  const shown = { cwd: ROOT, stdio: ['ignore', 2, 2] };
  if (process.versions.bun !== undefined) {
    expectSuccess(spawnSync(process.execPath, ['install', '--no-save'], shown));
    return;
  }
  const exact = runNpm(['ci'], { cwd: ROOT, encoding: 'utf8' });
  if (exact.status === 0) return;
  // A lock file made where the registry lacks programs of other platforms is no good for `npm ci`;
  // `npm install` takes what it has and fills in the rest. Versions in package.json are exact.
  if (!/EUSAGE/.test(exact.stderr ?? '')) console.error(exact.stderr);
  expectSuccess(runNpm(['install', '--no-save'], shown));
}

function runNpm(args, options) {
  // Warnings about engines and scripts are for us, not for whoever starts it for the first time.
  const all = [...args, '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  if (npm !== undefined && /npm-cli\.c?js$/.test(npm))
    return spawnSync(process.execPath, [npm, ...all], options);
  return spawnSync(npmBeside(process.execPath), all, {
    ...options,
    shell: process.platform === 'win32',
  });
}

function expectSuccess({ error, status }) {
  if (error) fail(`The packages cannot be installed: ${error.message}`);
  if (status !== 0) fail('The packages cannot be installed; what went wrong stands above.');
}

function npmBeside(node) {
  const name = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const beside = join(dirname(node), name);
  return existsSync(beside) ? beside : name;
}

function findBun() {
  const name = process.platform === 'win32' ? 'bun.exe' : 'bun';
  const scope = join(MODULES, '@oven');
  const packages = existsSync(scope) ? readdirSync(scope) : [];
  return [
    join(MODULES, 'bun', 'bin', 'bun.exe'),
    ...packages.map((folder) => join(scope, folder, 'bin', name)),
  ].find((path) => existsSync(path) && statSync(path).size > SMALLEST_BUN_BYTES);
}

/** npm may hold back install scripts; Bun's only puts the program into its place. */
function unpackBun() {
  const script = join(MODULES, 'bun', 'install.js');
  if (existsSync(script))
    spawnSync(process.execPath, [script], { cwd: dirname(script), stdio: ['ignore', 2, 2] });
  return findBun();
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [script, ...args] = process.argv.slice(2);
  if (script === undefined) fail('Usage: node scripts/with-bun.mjs SCRIPT [ARGUMENT…]');
  process.exit(await run(ensureBun(), [script, ...args]));
}
