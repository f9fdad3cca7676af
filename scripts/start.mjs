// npm start: installs and builds what is missing or older than the sources, then serves ./data.
// Usage: node scripts/start.mjs [ARGUMENT OF serve…]
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBun, ROOT, run } from './with-bun.mjs';

const BINARY = join(ROOT, 'dist', process.platform === 'win32' ? 'tinybase.exe' : 'tinybase');
const SOURCES = ['src', join('admin', 'src'), 'functions-template', 'package-lock.json'];

/** When the youngest file at or below a path was written. */
function lastChange(path) {
  if (!existsSync(path)) return 0;
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  const below = readdirSync(path).filter((name) => name !== 'node_modules');
  return Math.max(0, ...below.map((name) => lastChange(join(path, name))));
}

const isStale =
  !existsSync(BINARY) ||
  SOURCES.some((source) => lastChange(join(ROOT, source)) > statSync(BINARY).mtimeMs);
if (isStale) {
  const bun = ensureBun();
  const { status } = spawnSync(bun, [join('scripts', 'build.ts')], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
const args = ['serve', '--dir', './data', ...process.argv.slice(2)];
process.exit(await run(BINARY, args));
