import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ENDING = /\.(ts|js|mts|mjs)$/;
const NOT_A_FUNCTION = /^[._]|\.d\.m?ts$|\.(test|spec)\.[^.]+$/;

/** Where function code lies: the project's own files, or a deployment's. */
export interface FunctionPlaces {
  /** The folder with a file per function, absolute. */
  readonly path: string;
  /** The single file with several, absolute; null: there is none. */
  readonly file: string | null;
  /** Reload when something changes there. A deployment never changes. */
  readonly isWatched: boolean;
}

/** The files that hold functions, as absolute paths: the folder's, by name, then the single file. */
export function findFunctionFiles({ path, file }: FunctionPlaces): string[] {
  return [
    ...listFolder(path).map((name) => join(path, name)),
    ...(file !== null && isFile(file) ? [file] : []),
  ];
}

/** Top level only: what lies deeper is for functions to import. */
function listFolder(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter(({ name }) => ENDING.test(name) && !NOT_A_FUNCTION.test(name))
      .filter((entry) => entry.isFile() || isFile(join(path, entry.name)))
      .map(({ name }) => name)
      .sort();
  } catch {
    // No folder, no functions: that is how every new project begins.
    return [];
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
