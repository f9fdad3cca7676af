import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ENDING = /\.(ts|js|mts|mjs)$/;
const NOT_A_FUNCTION = /^[._]|\.d\.m?ts$|\.(test|spec)\.[^.]+$/;

export interface FunctionPlaces {
  /** The folder with a file per function. */
  readonly path: string;
  /** The single file with several. */
  readonly file: string;
}

/** The files that hold functions, as absolute paths: the folder's, by name, then the single file. */
export function findFunctionFiles({ path, file }: FunctionPlaces): string[] {
  return [...listFolder(path).map((name) => join(path, name)), ...(isFile(file) ? [file] : [])];
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
