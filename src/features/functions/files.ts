import { type Dirent, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { isFile, isFolder } from '../../core/stat-of.ts';

/** JSX is for pages and `.cjs` cannot import the SDK as the guide shows: neither holds functions. */
const ENDING = /\.(ts|js|mts|mjs)$/;
const NOT_A_FUNCTION = /^[._]|\.d\.m?ts$|\.(test|spec)\.[^.]+$/;
/** A folder with more is not one of functions; looking through all of it would stop the server. */
const MAX_ENTRIES = 20_000;

/** Where function code lies: the project's own files, or a deployment's. */
export interface FunctionPlaces {
  /** The folder with a file per function, absolute. */
  readonly path: string;
  /** The single file with several, absolute; null: there is none. */
  readonly file: string | null;
  /** Reload when something changes there. A deployment never changes. */
  readonly isWatched: boolean;
}

/** What lies in a folder and below, as absolute paths; packages and hidden things are left out. */
interface Tree {
  readonly folders: readonly string[];
  readonly files: readonly string[];
  /** Files that are links: what they lead to changes unnoticed by a watch on their folder. */
  readonly links: readonly string[];
}

/**
 * The files that hold functions, as absolute paths: the folder's, by name, then the single file.
 * Throws when the folder is there and cannot be read.
 */
export function findFunctionFiles({ path, file }: FunctionPlaces): string[] {
  return [
    ...listFolder(path).map((name) => join(path, name)),
    ...(file !== null && isFile(file) ? [file] : []),
  ];
}

/** Top level only: what lies deeper is for functions to import. */
function listFolder(path: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    // No folder, no functions: that is how every new project begins.
    if (isMissing(error)) return [];
    throw error;
  }
  return entries
    .filter(({ name }) => ENDING.test(name) && !NOT_A_FUNCTION.test(name))
    .filter((entry) => entry.isFile() || isFile(join(path, entry.name)))
    .map(({ name }) => name)
    .sort();
}

/** Walks a folder, links to folders included; what cannot be read is as if it were not there. */
export function readTree(root: string): Tree {
  const tree = { folders: [] as string[], files: [] as string[], links: [] as string[] };
  // A link may lead back up.
  const seen = new Set<string>();
  const waiting = [root];
  let count = 0;
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    const entries = openFolder(folder, seen);
    if (!entries) continue;
    tree.folders.push(folder);
    for (const entry of entries) {
      if (++count > MAX_ENTRIES) return tree;
      if (isHidden(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory() || (entry.isSymbolicLink() && isFolder(path))) waiting.push(path);
      else tree.files.push(path);
      if (entry.isSymbolicLink()) tree.links.push(path);
    }
  }
  return tree;
}

function openFolder(folder: string, seen: Set<string>): Dirent[] | undefined {
  try {
    const real = realpathSync(folder);
    if (seen.has(real)) return undefined;
    seen.add(real);
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return undefined;
  }
}

/** Packages are thousands of files that are installed at once; their lock file tells of them. */
export function isHidden(name: string): boolean {
  return name === 'node_modules' || name.startsWith('.');
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
