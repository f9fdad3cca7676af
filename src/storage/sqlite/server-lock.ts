import { AppError } from '../../core/errors.ts';
import { type FileLock, tryFileLock } from '../file-lock.ts';

const RETRY_MS = 200;

/** Who serves a database: written into its meta table for the one that comes second. */
export interface ServerIdentity {
  readonly pid: number;
  readonly address: string;
}

/** Takes the right to serve a database. Waits for another server to stop, then names it. */
export async function takeServerLock(
  databasePath: string,
  waitMs: number,
  findOther: () => ServerIdentity | undefined,
): Promise<FileLock> {
  const path = `${databasePath}-server.lock`;
  const deadline = performance.now() + waitMs;
  for (;;) {
    const lock = tryFileLock(path);
    if (lock) return lock;
    if (performance.now() >= deadline) throw alreadyServed(databasePath, findOther());
    await Bun.sleep(RETRY_MS);
  }
}

function alreadyServed(databasePath: string, other: ServerIdentity | undefined): AppError {
  return new AppError(
    'conflict',
    `Another TinyBase serves ${databasePath} already${other ? `: process ${other.pid} at ${other.address}` : ''}. Stop it first, or choose another folder with --dir.`,
  );
}
