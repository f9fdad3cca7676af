import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './paths.ts';

const SKIPPED = new Set(['node_modules', '.git', 'dist', 'build', '.vite', '.cache']);

/** One hash over names and contents of the files and folders given; a missing one counts as missing. */
export function hashFiles(paths: readonly string[]): string {
  const hasher = new Bun.CryptoHasher('sha256');
  for (const path of paths) {
    for (const file of listFiles(path)) {
      hasher.update(`${relative(ROOT, file)}\0`);
      hasher.update(readFileSync(file));
      hasher.update('\0');
    }
    hasher.update(`${relative(ROOT, path)}\n`);
  }
  return hasher.digest('hex');
}

/** Every file below a folder (or the file itself), sorted. */
export function listFiles(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  const files: string[] = [];
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue;
    const full = join(path, entry.name);
    if (entry.isDirectory()) files.push(...listFiles(full));
    else if (entry.isFile()) files.push(full);
  }
  return files.sort();
}
