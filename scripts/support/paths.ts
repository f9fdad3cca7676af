import { join } from 'node:path';

/** The folder of the clone. */
export const ROOT = join(import.meta.dir, '..', '..');
/** What `npm run build` makes and every end-to-end test runs. */
export const BINARY = join(
  ROOT,
  'dist',
  process.platform === 'win32' ? 'tinybase.exe' : 'tinybase',
);

/** A path inside the clone. */
export function inRoot(...parts: readonly string[]): string {
  return join(ROOT, ...parts);
}

/** The file that runs a development tool of node_modules, for Bun to execute. */
export function toolPath(packagePath: string): string {
  return inRoot('node_modules', packagePath);
}
