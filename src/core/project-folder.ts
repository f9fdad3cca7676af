import { statSync } from 'node:fs';
import { AppError } from './errors.ts';

/** For what makes nothing: a folder that is not there is a mistyped one. */
export function requireFolder(dir: string): void {
  requireNoFile(dir);
  if (isMissing(dir))
    throw new AppError('invalid_input', `There is no folder ${dir}: --dir is that of a project.`);
}

export function requireNoFile(dir: string): void {
  if (kindOf(dir) === 'file')
    throw new AppError('invalid_input', `${dir} is no folder: --dir is the folder of a project.`);
}

export function isMissing(path: string): boolean {
  return kindOf(path) === 'missing';
}

/** What may not be looked at is there: whoever opens it says why that cannot be. */
function kindOf(path: string): 'folder' | 'file' | 'missing' | 'unseen' {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return 'missing';
    return found.isDirectory() ? 'folder' : 'file';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOTDIR'
      ? 'missing'
      : 'unseen';
  }
}
