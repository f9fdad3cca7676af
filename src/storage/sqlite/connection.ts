import type { Database } from 'bun:sqlite';
import { CommitQueue, type WriteOptions } from './commit.ts';
import { closeFile, openFile } from './open-file.ts';

/** What the stores share: one connection for reads in the loop, and the queue that all writes go through. */
export interface Connection {
  readonly db: Database;
  /** A file's path, or `:memory:`. */
  readonly path: string;
  /** Runs a synchronous job in the next group commit; see CommitQueue.write. */
  write<T>(job: () => T, options?: WriteOptions): Promise<T>;
  /**
   * Waits for the jobs before, then for `run`, which writes by a connection of its own; see
   * CommitQueue.pauseWhile. What it wrote is noticed before anything else is written.
   */
  pauseWhile<T>(run: () => Promise<T>): Promise<T>;
  /** Called inside a job: what must happen once it is on disk, before its caller goes on. */
  afterCommit(effect: () => void): void;
  /** Adds a listener that drops caches, called when another process wrote to the file. */
  onForeignWrite(listener: () => void): void;
  /** Compares PRAGMA data_version, at most twice a millisecond, and each time while a thread writes. */
  checkForeignWrites(): void;
  /** Drops all caches, as if another process had written: after a job that changed very much. */
  dropCaches(): void;
  close(): void;
}

export interface ConnectionOptions {
  /** A file's path, or `:memory:`. */
  readonly path: string;
  /** Told the number of jobs in each commit. */
  readonly onCommit?: (groupSize: number) => void;
  /** Told what a listener threw after a commit: the commit stands, so nobody's write may fail for it. */
  readonly onListenerError?: (error: unknown) => void;
}

/**
 * Under load a turn of the event loop may hold a single request, so once a turn would be once a request,
 * and a timer to know the next turn besides. Writes compare with every lock they take.
 */
const CHECK_INTERVAL_MS = 0.5;

export function openConnection({
  path,
  onCommit = () => {},
  onListenerError = throwLater,
}: ConnectionOptions): Connection {
  const db = openFile(path);
  const commits = new CommitQueue(db, { onBegin: dropStale, onCommit, onListenerError });
  const listeners: (() => void)[] = [];
  const versionQuery = db.query<{ data_version: number }, []>('PRAGMA data_version');
  const readVersion = () => versionQuery.get()?.data_version ?? 0;
  let version = readVersion();
  let checkedAt = 0;
  let isPaused = false;
  let isClosed = false;

  /** Also called with each lock that is taken: a job must not work on what another process has changed. */
  function dropStale(): void {
    const current = readVersion();
    if (current === version) return;
    version = current;
    dropCaches();
  }

  function dropCaches(): void {
    for (const listener of listeners) listener();
  }

  return {
    db,
    path,
    write: (job, options) => commits.write(job, options),
    pauseWhile: (run) =>
      commits.pauseWhile(async () => {
        isPaused = true;
        try {
          return await run();
        } finally {
          isPaused = false;
          if (!isClosed) dropStale();
        }
      }),
    afterCommit: (effect) => commits.afterCommit(effect),
    onForeignWrite: (listener) => void listeners.push(listener),
    checkForeignWrites() {
      // A read in a thread may end after the database was closed.
      if (isClosed) return;
      const now = performance.now();
      if (now - checkedAt < CHECK_INTERVAL_MS && !isPaused) return;
      checkedAt = now;
      dropStale();
    },
    dropCaches,
    close() {
      commits.close();
      isClosed = true;
      closeFile(db, path);
    },
  };
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
