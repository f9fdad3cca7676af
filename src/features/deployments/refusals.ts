import { relative, sep } from 'node:path';
import { AppError, type Fault, invalidInput } from '../../core/errors.ts';

/** As the functions' loader tells it. */
interface LoadFault {
  readonly file: string;
  readonly line: number | null;
  readonly message: string;
}

/** Files that do not load, each with its place in the archive. */
export function notLoaded(errors: readonly LoadFault[], root: string): AppError {
  return invalidInput(
    errors.map(({ file, line, message }): Fault => {
      const path = toPath(root, file);
      return {
        loc: line === null ? ['body', path] : ['body', path, line],
        // Helpers that are to blame are named in the message.
        msg: message.replaceAll(`${root}${sep}`, ''),
        type: 'load_error',
      };
    }),
  );
}

export function noFunctions(): AppError {
  const msg = 'The archive holds no function: there is no file in functions/ that registers one.';
  return invalidInput([{ loc: ['body'], msg, type: 'no_functions' }]);
}

/** What package.json or the lock file wants of the machine that installs, a sentence each. */
export function foreignPaths(problems: readonly string[]): AppError {
  return invalidInput(problems.map((msg) => toPackageFault(msg, 'foreign_path')));
}

/** Why packages could not be installed, as a fault of package.json; anything unforeseen as it is. */
export function packagesFailed(error: unknown, folder: string): unknown {
  if (!(error instanceof AppError)) return error;
  return invalidInput([
    toPackageFault(error.message.replaceAll(folder, 'functions'), 'packages_failed'),
  ]);
}

function toPackageFault(msg: string, type: string): Fault {
  return { loc: ['body', 'functions/package.json'], msg, type };
}

/** An error of the file system that is nobody's fault but the disk's. */
export function diskProblem(error: unknown): AppError | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return undefined;
  return new AppError(
    'unavailable',
    'There is no room on the disk for this deployment: nothing was changed.',
    { cause: error },
  );
}

function toPath(root: string, file: string): string {
  const path = relative(root, file);
  return path.startsWith('..') ? file : path.replaceAll(sep, '/');
}
