import { Database } from 'bun:sqlite';
import { chmodSync, closeSync, openSync } from 'node:fs';
import { AppError } from '../../core/errors.ts';
import { isBusy } from './errors.ts';

const RETRY_MS = 200;

/** Who serves a database: written into its meta table for the one that comes second. */
export interface ServerIdentity {
  readonly pid: number;
  readonly address: string;
}

/** Locks of this very process: POSIX would drop one when its file is opened and closed a second time. */
const held = new Set<string>();

export interface ServerLock {
  release(): void;
}

/**
 * Takes the right to serve a database: an open BEGIN EXCLUSIVE on a file beside it, which the system
 * takes back when the process dies. Waits for another server to stop, then names it.
 */
export async function takeServerLock(
  databasePath: string,
  waitMs: number,
  findOther: () => ServerIdentity | undefined,
): Promise<ServerLock> {
  const path = `${databasePath}-server.lock`;
  if (held.has(path)) throw alreadyServed(databasePath, findOther());
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const db = new Database(path);
  db.run('PRAGMA busy_timeout = 0');
  const deadline = performance.now() + waitMs;
  for (;;) {
    try {
      db.run('BEGIN EXCLUSIVE');
      held.add(path);
      return {
        release() {
          db.close();
          held.delete(path);
        },
      };
    } catch (error) {
      if (!isBusy(error)) {
        db.close();
        throw error;
      }
      if (performance.now() >= deadline) {
        db.close();
        throw alreadyServed(databasePath, findOther());
      }
      await Bun.sleep(RETRY_MS);
    }
  }
}

function alreadyServed(databasePath: string, other: ServerIdentity | undefined): AppError {
  return new AppError(
    'conflict',
    `Another TinyBase serves ${databasePath} already${other ? `: process ${other.pid} at ${other.address}` : ''}. Stop it first, or choose another folder with --dir.`,
  );
}
