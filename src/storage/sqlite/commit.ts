import type { Database } from 'bun:sqlite';
import { AppError } from '../../core/errors.ts';
import { isBusy, toStorageError } from './errors.ts';

/** How long a batch is tried again while another process holds the database. */
const MAX_BUSY_MS = 5_000;
const BUSY_RETRY_MS = 10;
/** These bound the time that one commit may hold the event loop: jobs that are left go into the next. */
const MAX_GROUP = 500;
const MAX_GROUP_MS = 20;
/** How many jobs may wait, and how long each, while a thread writes. */
const MAX_HELD = 5_000;
const MAX_HELD_MS = 10_000;
const HELD_CHECK_MS = 250;

interface Job {
  readonly kind: 'job';
  readonly run: () => unknown;
  readonly isAtomic: boolean;
  readonly isAlone: boolean;
  readonly since: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Somebody with a connection of their own writes; the jobs behind wait here, not in SQLite. */
interface Pause {
  readonly kind: 'pause';
  /** Never fails. */
  readonly run: () => Promise<void>;
  readonly cancel: (error: unknown) => void;
}

type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

export interface WriteOptions {
  /**
   * True when the job runs at most one statement that writes: SQLite undoes a failed statement by
   * itself, so the savepoint around the job can be saved.
   */
  readonly isAtomic?: boolean;
  /** True when the job must have a transaction of its own, such as a schema change. */
  readonly isAlone?: boolean;
}

export interface CommitListeners {
  /** The lock is taken; jobs run next. */
  readonly onBegin: () => void;
  readonly onCommit: (groupSize: number) => void;
  /** Told what an effect of a committed job threw. */
  readonly onListenerError: (error: unknown) => void;
}

/**
 * Group commit: jobs that arrive within two turns of the event loop share one transaction, hence one
 * fsync. A job is synchronous; its promise settles only after the commit. A job that throws takes
 * back its own writes and nobody else's.
 */
export class CommitQueue {
  readonly #db: Database;
  readonly #listeners: CommitListeners;
  #queue: (Job | Pause)[] = [];
  #isScheduled = false;
  #isPaused = false;
  #isClosed = false;
  #resumedAt = 0;
  /** Work to do once the running transaction is on disk; dropped when its job fails. */
  #afterCommit: (() => void)[] = [];

  constructor(db: Database, listeners: CommitListeners) {
    this.#db = db;
    this.#listeners = listeners;
  }

  /** Runs the job inside the next transaction and answers its result once that is on disk. */
  write<T>(run: () => T, { isAtomic = false, isAlone = false }: WriteOptions = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#isClosed || (this.#isPaused && this.#queue.length >= MAX_HELD)) {
        reject(this.#isClosed ? stopping() : heldTooLong());
        return;
      }
      this.#queue.push({
        kind: 'job',
        run,
        isAtomic,
        isAlone,
        since: performance.now(),
        resolve: resolve as (value: unknown) => void,
        reject,
      });
      this.#schedule();
    });
  }

  /**
   * Waits for the jobs that came before, then for `run`, which writes by another connection; the jobs
   * that come in meanwhile are held back, so that none of them has to wait in SQLite.
   */
  pauseWhile<T>(run: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#isClosed) {
        reject(stopping());
        return;
      }
      this.#queue.push({ kind: 'pause', run: () => run().then(resolve, reject), cancel: reject });
      this.#schedule();
    });
  }

  /** Called by a running job: what must happen after its commit, before its promise settles. */
  afterCommit(effect: () => void): void {
    this.#afterCommit.push(effect);
  }

  /** Commits what waits, now, and takes nothing more. Pauses that have not begun are given up. */
  close(): void {
    this.#isClosed = true;
    this.#isPaused = false;
    for (const entry of this.#queue) if (entry.kind === 'pause') entry.cancel(stopping());
    this.#queue = this.#queue.filter(({ kind }) => kind === 'job');
    while (this.#queue.length > 0) {
      const before = this.#queue.length;
      this.#flush();
      // Locked by somebody else: a thread that is ending, or another program.
      if (this.#queue.length >= before) Bun.sleepSync(BUSY_RETRY_MS);
    }
  }

  #schedule(delayMs = 0): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const flush = () => {
      this.#isScheduled = false;
      this.#flush();
    };
    if (delayMs > 0) setTimeout(flush, delayMs);
    // Not in the very next turn: half of the requests that came with the first are still being read.
    else setImmediate(() => setImmediate(flush));
  }

  #flush(): void {
    if (this.#isPaused) return;
    const [first] = this.#queue;
    if (first?.kind === 'pause') {
      this.#queue.shift();
      void this.#pause(first);
      return;
    }
    const group = this.#takeGroup();
    if (group.length === 0) return;
    this.#afterCommit = [];
    const outcomes: Outcome[] = [];
    try {
      this.#db.query('BEGIN IMMEDIATE').run();
      this.#listeners.onBegin();
      const end = performance.now() + MAX_GROUP_MS;
      for (const job of group) {
        outcomes.push(this.#run(job, group.length));
        if (performance.now() > end) break;
      }
      this.#queue.unshift(...group.splice(outcomes.length));
      this.#db.query('COMMIT').run();
    } catch (error) {
      this.#undo(group, error);
      if (this.#queue.length > 0) this.#schedule();
      return;
    }
    if (this.#queue.length > 0) this.#schedule();
    this.#listeners.onCommit(group.length);
    this.#tell(this.#afterCommit);
    for (const [index, job] of group.entries()) {
      const outcome = outcomes[index] as Outcome;
      if (outcome.ok) job.resolve(outcome.value);
      else job.reject(outcome.error);
    }
  }

  #tell(effects: readonly (() => void)[]): void {
    for (const effect of effects) {
      try {
        effect();
      } catch (error) {
        this.#listeners.onListenerError(error);
      }
    }
  }

  async #pause({ run }: Pause): Promise<void> {
    this.#isPaused = true;
    const watch = setInterval(() => this.#refuseHeld(), HELD_CHECK_MS);
    await run();
    clearInterval(watch);
    this.#isPaused = false;
    this.#resumedAt = performance.now();
    if (this.#queue.length > 0) this.#schedule();
  }

  #refuseHeld(): void {
    const oldest = performance.now() - MAX_HELD_MS;
    this.#queue = this.#queue.filter((entry) => {
      if (entry.kind === 'pause' || entry.since > oldest) return true;
      entry.reject(heldTooLong());
      return false;
    });
  }

  /** Takes the jobs up to the next one that must be alone, or the next pause. */
  #takeGroup(): Job[] {
    const group: Job[] = [];
    for (const entry of this.#queue) {
      if (entry.kind === 'pause' || group.length >= MAX_GROUP) break;
      if (entry.isAlone && group.length > 0) break;
      group.push(entry);
      if (entry.isAlone) break;
    }
    this.#queue.splice(0, group.length);
    return group;
  }

  #run(job: Job, groupSize: number): Outcome {
    const effects = this.#afterCommit.length;
    const needsSavepoint = !(job.isAtomic || groupSize === 1);
    if (needsSavepoint) this.#db.query('SAVEPOINT job').run();
    try {
      const value = job.run();
      if (needsSavepoint) this.#db.query('RELEASE job').run();
      return { ok: true, value };
    } catch (error) {
      this.#afterCommit.length = effects;
      // SQLite itself gives up the whole transaction when the disk is full or broken.
      if (!this.#db.inTransaction) throw error;
      if (needsSavepoint) {
        this.#db.query('ROLLBACK TO job').run();
        this.#db.query('RELEASE job').run();
      } else if (groupSize === 1) throw error;
      return { ok: false, error: toStorageError(error) };
    }
  }

  #undo(group: readonly Job[], error: unknown): void {
    if (this.#db.inTransaction) this.#db.query('ROLLBACK').run();
    this.#afterCommit = [];
    const isLocked = isBusy(error);
    const failure = toStorageError(error);
    const again: Job[] = [];
    for (const job of group) {
      if (!isLocked) job.reject(failure);
      else if (performance.now() - Math.max(job.since, this.#resumedAt) < MAX_BUSY_MS)
        again.push(job);
      else
        job.reject(
          new AppError(
            'unavailable',
            'The database is locked by another program. Try again shortly.',
            {
              cause: error,
              retryAfterSeconds: 1,
            },
          ),
        );
    }
    if (again.length === 0) return;
    this.#queue.unshift(...again);
    this.#schedule(BUSY_RETRY_MS);
  }
}

function heldTooLong(): AppError {
  return new AppError(
    'unavailable',
    'A big change of the data is being written. Try again in a few seconds.',
    { retryAfterSeconds: 5 },
  );
}

function stopping(): AppError {
  return new AppError('unavailable', 'The server is stopping: nothing was changed.', {
    retryAfterSeconds: 1,
  });
}
