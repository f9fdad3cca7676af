import type { Database } from 'bun:sqlite';
import { AppError } from '../../core/errors.ts';
import { isBusy, toStorageError } from './errors.ts';

/** How long a batch is tried again while another process holds the database. */
const MAX_BUSY_MS = 5_000;
const BUSY_RETRY_MS = 10;
/** Bounds the time that one commit may hold the event loop. */
const MAX_GROUP = 500;

interface Job {
  readonly run: () => unknown;
  readonly isAtomic: boolean;
  readonly isAlone: boolean;
  readonly since: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
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
 * Group commit: jobs that arrive in the same turn of the event loop share one transaction, hence one
 * fsync. A job is synchronous; its promise settles only after the commit. A job that throws takes
 * back its own writes and nobody else's.
 */
export class CommitQueue {
  readonly #db: Database;
  readonly #listeners: CommitListeners;
  #queue: Job[] = [];
  #isScheduled = false;
  /** Work to do once the running transaction is on disk; dropped when its job fails. */
  #afterCommit: (() => void)[] = [];

  constructor(db: Database, listeners: CommitListeners) {
    this.#db = db;
    this.#listeners = listeners;
  }

  /** Runs the job inside the next transaction and answers its result once that is on disk. */
  write<T>(run: () => T, { isAtomic = false, isAlone = false }: WriteOptions = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({
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

  /** Called by a running job: what must happen after its commit, before its promise settles. */
  afterCommit(effect: () => void): void {
    this.#afterCommit.push(effect);
  }

  /** Commits what waits, now. */
  drain(): void {
    while (this.#queue.length > 0) this.#flush();
  }

  #schedule(delayMs = 0): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const flush = () => {
      this.#isScheduled = false;
      this.#flush();
    };
    if (delayMs > 0) setTimeout(flush, delayMs);
    else setImmediate(flush);
  }

  #flush(): void {
    const group = this.#queue.splice(0, this.#nextGroupSize());
    if (group.length === 0) return;
    this.#afterCommit = [];
    let outcomes: readonly Outcome[];
    try {
      this.#db.query('BEGIN IMMEDIATE').run();
      this.#listeners.onBegin();
      outcomes = group.map((job) => this.#run(job, group.length));
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

  /** Jobs up to the next one that must be alone. */
  #nextGroupSize(): number {
    const limit = Math.min(this.#queue.length, MAX_GROUP);
    const alone = this.#queue.findIndex((job) => job.isAlone);
    if (alone < 0 || alone >= limit) return limit;
    return Math.max(alone, 1);
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
      else if (performance.now() - job.since < MAX_BUSY_MS) again.push(job);
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
