import { Database } from 'bun:sqlite';
import { chmodSync, closeSync, openSync } from 'node:fs';
import { isBusy, toStorageError } from './sqlite/errors.ts';

/** Locks of this very process: POSIX would drop one when its file is opened and closed a second time. */
const held = new Set<string>();

export interface FileLock {
  release(): void;
}

/**
 * Takes a lock that the system takes back when the process dies: an open BEGIN EXCLUSIVE on a file of
 * its own. Undefined when somebody else holds it.
 */
export function tryFileLock(path: string): FileLock | undefined {
  if (held.has(path)) return undefined;
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const db = new Database(path);
  try {
    db.run('PRAGMA busy_timeout = 0');
    db.run('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (isBusy(error)) return undefined;
    throw toStorageError(error);
  }
  held.add(path);
  return {
    release() {
      db.close();
      held.delete(path);
    },
  };
}
