import { type Stats, statSync } from 'node:fs';

/** What a path leads to; undefined where nothing is, for a link to itself, in a folder that may not be entered. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

export function isFile(path: string): boolean {
  return statOf(path)?.isFile() ?? false;
}

export function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() ?? false;
}
