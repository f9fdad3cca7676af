import { AppError } from '../../core/errors.ts';
import { takeLock } from '../../lib/take-lock.ts';
import { type FileLock, tryFileLock } from '../file-lock.ts';

const RETRY_MS = 200;
/** How long a command waits: a server may be just stopping, and whoever looks for one holds the lock for a moment. */
export const COMMAND_LOCK_WAIT_MS = 500;

/** The key of the meta table that says so. */
export const SERVED_BY = 'served_by';

/** Who serves a database: written into its meta table for the one that comes second. */
export interface ServerIdentity {
  readonly pid: number;
  readonly address: string;
}

/** The file that stands beside a database for it. */
export function serverLockOf(databasePath: string): string {
  return `${databasePath}-server.lock`;
}

/** Takes the right to serve a database. Waits for another server to stop, then names it. */
export async function takeServerLock(
  databasePath: string,
  waitMs: number,
  findOther: () => ServerIdentity | undefined,
): Promise<FileLock> {
  const path = serverLockOf(databasePath);
  const lock = await takeLock(() => tryFileLock(path), { waitMs, retryMs: RETRY_MS });
  if (lock === undefined) throw alreadyServed(databasePath, findOther());
  return lock;
}

function alreadyServed(databasePath: string, other: ServerIdentity | undefined): AppError {
  return new AppError(
    'conflict',
    `Another TinyBase serves ${databasePath} already${other ? `: process ${other.pid} at ${other.address}` : ''}. Stop it first, or choose another folder with --dir.`,
  );
}
