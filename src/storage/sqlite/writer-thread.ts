import type { Database } from 'bun:sqlite';
import { AppError, type ErrorCode, type Fault } from '../../core/errors.ts';
import type { CollectionRules } from '../../features/collections/store.ts';
import { openAgain } from './open-file.ts';
import { listen } from './thread.ts';
import { runTask, type TaskResult, type WriterTask } from './writer-tasks.ts';

/** What the server's thread sends here: one task, then the next when that is answered. */
export type ToWriter =
  | { readonly kind: 'open'; readonly path: string; readonly stop: SharedArrayBuffer }
  | { readonly kind: 'run'; readonly task: WriterTask }
  | { readonly kind: 'close' };

/** What comes back while a task runs, and at its end. */
export type FromWriter =
  | { readonly kind: 'progress'; readonly rowsDone: number }
  | { readonly kind: 'done'; readonly result: TaskResult<WriterTask> }
  | { readonly kind: 'refused'; readonly error: SentError }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'closed' };

/** An AppError without its class, which no message keeps. */
export interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly faults: readonly Fault[] | undefined;
  readonly retryAfterSeconds: number | undefined;
}

/**
 * Runs in a thread of its own: does tasks with a connection of its own, each as one transaction. Unlike
 * a reader it is as urgent as the event loop, for everybody's writes wait until it is done.
 */
export function runWriter(rules: CollectionRules): void {
  let db: Database | undefined;
  let stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const send = listen<ToWriter, FromWriter>((message) => {
    switch (message.kind) {
      case 'open':
        stop = new Int32Array(message.stop);
        db = openAgain(message.path);
        return;
      case 'run':
        send(run(message.task));
        return;
      case 'close':
        db?.close();
        db = undefined;
        send({ kind: 'closed' });
        return;
      default:
        message satisfies never;
    }
  });

  function run(task: WriterTask): FromWriter {
    try {
      if (!db) throw new Error('no database was opened');
      return { kind: 'done', result: runTask(db, task, rules, report) };
    } catch (error) {
      if (error instanceof AppError) {
        const { code, message, faults, retryAfterSeconds } = error;
        return { kind: 'refused', error: { code, message, faults, retryAfterSeconds } };
      }
      const { code = '', message } = error as Error & { code?: string };
      return { kind: 'failed', code, message };
    }
  }

  function report(rowsDone: number): void {
    // A task is one synchronous run: no message would be heard in the middle of it.
    if (Atomics.load(stop, 0) !== 0)
      throw new AppError('unavailable', 'The server is stopping: nothing was changed.', {
        retryAfterSeconds: 1,
      });
    send({ kind: 'progress', rowsDone });
  }
}
