import { AppError } from '../../core/errors.ts';
import type { CollectionRules } from '../../features/collections/store.ts';
import type { Connection } from './connection.ts';
import { toStorageFailure } from './errors.ts';
import { startThread, type Thread } from './thread.ts';
import { answerOf } from './transaction.ts';
import { doTask, isReadOnly, type TaskResult, type WriterTask } from './writer-tasks.ts';
import type { FromWriter, ToWriter } from './writer-thread.ts';

export type { WriterTask };

/** An idle thread holds memory: about that of an idle server. */
const IDLE_MS = 10_000;
/** How long a task may take to notice that it shall stop: a statement cannot be interrupted. */
const STOP_MS = 2_000;

export interface RunOptions {
  /** Told how many rows are done, now and then. */
  readonly onProgress?: ((rowsDone: number) => void) | undefined;
  /** It takes no longer than other writes, so that a thread is not worth it. */
  readonly isSmall?: boolean;
}

/** Does what would hold the event loop for long, one task after another, each as one transaction. */
export interface Writer {
  /** Reads go on meanwhile; writes wait, for a time. */
  run<Task extends WriterTask>(task: Task, options?: RunOptions): Promise<TaskResult<Task>>;
  /** Lets what runs end within this time, then takes it back; and closes the file. */
  stop(withinMs: number): Promise<void>;
  close(): void;
}

export interface WriterDeps {
  readonly connection: Connection;
  readonly rules: CollectionRules;
}

interface Running {
  readonly resolve: (result: TaskResult<WriterTask>) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: (rowsDone: number) => void;
}

export function createWriter({ connection, rules }: WriterDeps): Writer {
  const { db, path } = connection;
  const stopFlag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  let thread: Thread<ToWriter> | undefined;
  let running: Running | undefined;
  let idle: NodeJS.Timeout | undefined;
  let isStopping = false;
  let onClosed = () => {};
  /** Ends when the tasks before have ended. */
  let queue: Promise<unknown> = Promise.resolve();

  function start(): Thread<ToWriter> {
    const started = startThread<ToWriter, FromWriter>('writer', {
      onMessage: take,
      onLost(cause) {
        thread = undefined;
        settle()?.reject(lost(cause));
        onClosed();
      },
    });
    started.send({ kind: 'open', path, stop: stopFlag });
    return started;
  }

  function take(message: FromWriter): void {
    switch (message.kind) {
      case 'progress':
        running?.onProgress(message.rowsDone);
        return;
      case 'done':
        settle()?.resolve(message.result);
        return;
      case 'refused': {
        const { code, message: text, ...options } = message.error;
        settle()?.reject(new AppError(code, text, definedOf(options)));
        return;
      }
      case 'failed':
        settle()?.reject(toStorageFailure(message));
        return;
      case 'closed':
        onClosed();
        return;
      default:
        message satisfies never;
    }
  }

  /** What runs, which has an answer now. */
  function settle(): Running | undefined {
    const settled = running;
    running = undefined;
    clearTimeout(idle);
    idle = setTimeout(end, IDLE_MS);
    idle.unref();
    return settled;
  }

  function end(): void {
    clearTimeout(idle);
    thread?.end();
    thread = undefined;
  }

  /** In its own time: beside a file that a thread is closing the last connection cannot empty the log. */
  async function closeThread(): Promise<void> {
    if (thread === undefined || running !== undefined) return;
    const closed = new Promise<void>((resolve) => {
      onClosed = resolve;
    });
    thread.send({ kind: 'close' });
    await Promise.race([closed, Bun.sleep(STOP_MS)]);
    end();
  }

  function runInThread(
    task: WriterTask,
    onProgress: Running['onProgress'],
  ): Promise<TaskResult<WriterTask>> {
    return new Promise((resolve, reject) => {
      if (isStopping) {
        reject(stopping());
        return;
      }
      clearTimeout(idle);
      thread ??= start();
      running = { resolve, reject, onProgress };
      thread.send({ kind: 'run', task });
    });
  }

  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = queue.then(task);
    queue = turn.catch(() => undefined);
    return turn;
  }

  /** In the event loop, as one job. */
  async function runHere(
    task: WriterTask,
    onProgress: Running['onProgress'],
  ): Promise<TaskResult<WriterTask>> {
    try {
      return await connection.write(
        () => {
          if (!isReadOnly(task)) connection.afterCommit(connection.dropCaches);
          return doTask(db, task, rules, onProgress);
        },
        { isAlone: true },
      );
    } catch (error) {
      return answerOf(error);
    }
  }

  return {
    // The kind of the result goes with the kind of the task; see doTask.
    run: <Task extends WriterTask>(
      task: Task,
      { onProgress = () => undefined, isSmall = false }: RunOptions = {},
    ) => {
      const result =
        isSmall || path === ':memory:'
          ? runHere(task, onProgress)
          : inTurn(() =>
              isReadOnly(task)
                ? runInThread(task, onProgress)
                : connection.pauseWhile(() => runInThread(task, onProgress)),
            );
      return result as Promise<TaskResult<Task>>;
    },

    async stop(withinMs) {
      isStopping = true;
      if (running) {
        const ended = queue.then(() => true);
        if (!(await Promise.race([ended, Bun.sleep(withinMs)]))) {
          Atomics.store(new Int32Array(stopFlag), 0, 1);
          await Promise.race([ended, Bun.sleep(STOP_MS)]);
        }
      }
      await closeThread();
    },

    close() {
      isStopping = true;
      end();
      const cut = running;
      running = undefined;
      cut?.reject(stopping());
    },
  };
}

function definedOf({
  faults,
  retryAfterSeconds,
}: Pick<AppError, 'faults' | 'retryAfterSeconds'>): object {
  return { ...(faults && { faults }), ...(retryAfterSeconds && { retryAfterSeconds }) };
}

/** It may have ended between its commit and its answer. */
function lost(cause: Error): AppError {
  return new AppError(
    'unavailable',
    'The thread that wrote ended before it answered. Look whether the change was made before you repeat it.',
    { cause, retryAfterSeconds: 1 },
  );
}

function stopping(): AppError {
  return new AppError('unavailable', 'The server is stopping: nothing was changed.', {
    retryAfterSeconds: 1,
  });
}
