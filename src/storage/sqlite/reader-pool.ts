import type { SQLQueryBindings } from 'bun:sqlite';
import { AppError } from '../../core/errors.ts';
import { toStorageFailure } from './errors.ts';
import type { FromReader, ToReader } from './reader-thread.ts';
import { startThread, type Thread } from './thread.ts';

const MAX_WAITING = 2_000;
/** Who waited so long has given up, or is better off asking again when there is less to do. */
const MAX_WAIT_MS = 10_000;
const RETRY_AFTER_SECONDS = 1;

type Rows = readonly unknown[];

interface Job {
  readonly sql: string;
  readonly args: readonly SQLQueryBindings[];
  /** performance.now() after which it is not begun any more. */
  readonly deadline: number;
  readonly resolve: (rows: Rows) => void;
  readonly reject: (error: unknown) => void;
  readonly answer: Promise<Rows>;
}

interface Reader {
  readonly thread: Thread<ToReader>;
  /** What it works on; it is given the next when it is done. */
  job: Job | undefined;
}

/** Threads for reads that would hold the event loop; they start with the first of them. */
export interface ReaderPool {
  read<Row>(sql: string, args: readonly SQLQueryBindings[]): Promise<readonly Row[]>;
  close(): void;
}

export function createReaderPool(path: string, maxThreads: number): ReaderPool {
  const readers: Reader[] = [];
  /** By what they ask: those who ask the same before it has begun share one answer. */
  const queue = new Map<string, Job>();
  let isClosed = false;

  function start(): Reader {
    const thread = startThread<ToReader, FromReader>('reader', {
      onMessage(answer) {
        const { job } = reader;
        reader.job = undefined;
        if ('rows' in answer) job?.resolve(answer.rows);
        else job?.reject(toStorageFailure(answer));
        dispatch();
      },
      onLost(error) {
        lose(reader, error);
        dispatch();
      },
    });
    const reader: Reader = { thread, job: undefined };
    thread.send({ kind: 'open', path });
    readers.push(reader);
    return reader;
  }

  /** Its read fails; the next one starts another thread. */
  function lose(reader: Reader, error: Error): void {
    const index = readers.indexOf(reader);
    if (index >= 0) readers.splice(index, 1);
    reader.job?.reject(error);
    reader.job = undefined;
  }

  function findIdle(): Reader | undefined {
    const idle = readers.find(({ job }) => job === undefined);
    return idle ?? (readers.length < maxThreads ? start() : undefined);
  }

  function takeNext(): Job | undefined {
    const now = performance.now();
    for (const [key, job] of queue) {
      queue.delete(key);
      if (job.deadline > now) return job;
      job.reject(busy());
    }
    return undefined;
  }

  function dispatch(): void {
    while (queue.size > 0) {
      const reader = findIdle();
      if (!reader) return;
      const job = takeNext();
      if (!job) return;
      reader.job = job;
      const { sql, args } = job;
      reader.thread.send({ kind: 'read', sql, args });
    }
  }

  return {
    read<Row>(sql: string, args: readonly SQLQueryBindings[]) {
      const key = JSON.stringify([sql, ...args]);
      let job = queue.get(key);
      if (job === undefined) {
        if (isClosed || queue.size >= MAX_WAITING) throw busy();
        job = createJob(sql, args);
        queue.set(key, job);
        dispatch();
      }
      return job.answer as Promise<readonly Row[]>;
    },
    close() {
      isClosed = true;
      for (const job of queue.values()) job.reject(busy());
      queue.clear();
      for (const reader of [...readers]) {
        lose(reader, busy());
        reader.thread.end();
      }
    },
  };
}

function createJob(sql: string, args: readonly SQLQueryBindings[]): Job {
  const { promise, resolve, reject } = Promise.withResolvers<Rows>();
  return { sql, args, deadline: performance.now() + MAX_WAIT_MS, resolve, reject, answer: promise };
}

function busy(): AppError {
  return new AppError('unavailable', 'Too many slow queries wait already. Try again shortly.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
