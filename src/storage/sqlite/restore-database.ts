import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { DatabaseCopier, InspectedDatabase } from '../../features/backups/store.ts';
import { openToRead } from './copy-database.ts';
import { dropSecondNames, isStaged, nameKept, nameStaged, removeStaged } from './kept-file.ts';
import { swapDatabase } from './replace-file.ts';
import {
  COMMAND_LOCK_WAIT_MS,
  SERVED_BY,
  type ServerIdentity,
  takeServerLock,
} from './server-lock.ts';
import { type EndedTokens, endTokens } from './stale-tokens.ts';

export interface RestoreOptions {
  /** Of the database that is replaced, or made. */
  readonly path: string;
  readonly source: string;
  /** What the source must be, in hex, when that is known. */
  readonly sha256?: string | undefined;
  /** Leave sessions, one-time links and API tokens as they were when the backup was made. */
  readonly keepsSessions: boolean;
  /** Part of the name of the file that is replaced: 20260729T031500Z. */
  readonly stamp: string;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((step: RestoreStep, done: number) => void) | undefined;
  /** Asked once everything was checked and before anything is changed. */
  readonly confirm?: ((source: InspectedDatabase) => Promise<void>) | undefined;
}

export type RestoreStep = 'check' | 'copy';

export interface RestoredDatabase {
  readonly source: InspectedDatabase;
  /** Where the database that was there is now; undefined when there was none. */
  readonly replaced: string | undefined;
  readonly ended: EndedTokens | undefined;
}

/**
 * Puts a backup in the place of a database. Nothing is touched before the backup was looked at as a
 * whole; then the change is one rename, so that a crash leaves the old one or the new one.
 */
export async function restoreDatabase(
  copier: DatabaseCopier,
  options: RestoreOptions,
): Promise<RestoredDatabase> {
  const { path: named, source, signal, onStep = () => {} } = options;
  requireOther(named, source);
  mkdirSync(dirname(named), { recursive: true });
  // A link to another disk goes on leading there.
  const path = existsSync(named) ? realpathSync(named) : named;
  const lock = await takeServerLock(named, COMMAND_LOCK_WAIT_MS, () => findServer(path));
  try {
    onStep('check', 0);
    const inspected = await copier.inspect(source, signal);
    requireUsable(inspected, options);
    await options.confirm?.(inspected);
    removeStaged(path);
    dropSecondNames(path);
    const staged = nameStaged(path);
    onStep('copy', 0);
    await copier.copy({
      source,
      target: staged,
      mayReplace: true,
      signal,
      onProgress: (done) => onStep('copy', done),
    });
    try {
      const ended = options.keepsSessions ? undefined : endTokens(staged, path);
      const replaced = swapDatabase({ path, staged, keptAs: nameKept(path, options.stamp) });
      return { source: inspected, replaced, ended };
    } finally {
      removeStaged(path);
    }
  } finally {
    lock.release();
  }
}

function requireOther(path: string, source: string): void {
  if (!existsSync(source)) throw new AppError('not_found', `There is no file ${source}.`);
  if (existsSync(path) && realpathSync(path) === realpathSync(source))
    throw new AppError('conflict', `${source} is the database itself: name a copy of it.`);
  if (existsSync(dirname(path)) && isStaged(realpathOf(path), realpathSync(source)))
    throw new AppError(
      'conflict',
      `${source} is what an interrupted restore has left, which the next one removes: give it another name first.`,
    );
}

function requireUsable({ faults, sha256 }: InspectedDatabase, options: RestoreOptions): void {
  const wanted = options.sha256?.toLowerCase();
  if (wanted !== undefined && wanted !== sha256)
    throw new AppError(
      'conflict',
      `${options.source} is not the file that was meant: its SHA-256 is ${sha256}. Nothing was changed.`,
    );
  if (faults.length > 0)
    throw new AppError(
      'conflict',
      [
        `${options.source} cannot be restored, nothing was changed:`,
        ...faults.map((fault) => `  ${fault}`),
      ].join('\n'),
    );
}

/** Also of a file that is not there yet, in a folder that is. */
function realpathOf(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
}

/** Who serves it, as that wrote it down itself. */
function findServer(path: string): ServerIdentity | undefined {
  try {
    const db = openToRead(path);
    try {
      const row = db
        .query<{ value: string }, [string]>('SELECT value FROM meta WHERE key = ?')
        .get(SERVED_BY);
      return row === null ? undefined : JSON.parse(row.value);
    } finally {
      db.close();
    }
  } catch {
    return undefined;
  }
}
