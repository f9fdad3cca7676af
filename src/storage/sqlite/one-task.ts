import { AppError, type ErrorCode } from '../../core/errors.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import { toStorageFailure } from './errors.ts';
import { stepBack } from './step-back.ts';
import { listen, startThread, type ThreadKind } from './thread.ts';

/** What comes back from a thread that lives for one task: how far it is, then one end. */
type FromTask<Result, Progress> =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

export interface OneTaskOptions<Progress> {
  /** Ends the thread, and the promise with 409. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Does a task in a thread of its own, which ends with it. */
export function runInThread<Task, Result, Progress = never>(
  kind: ThreadKind,
  task: Task,
  { signal, onProgress }: OneTaskOptions<Progress>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const end = () => {
      signal?.removeEventListener('abort', stop);
      thread.end();
    };
    const stop = () => {
      end();
      reject(new AppError('conflict', 'Stopped.'));
    };
    const thread = startThread<Task, FromTask<Result, Progress>>(kind, {
      onMessage(message) {
        if (message.kind === 'progress') {
          onProgress?.(message.progress);
          return;
        }
        end();
        switch (message.kind) {
          case 'done':
            resolve(message.result);
            return;
          case 'refused':
            reject(new AppError(message.code, message.message));
            return;
          case 'failed':
            reject(toStorageFailure(message));
            return;
          default:
            message satisfies never;
        }
      },
      onLost(error) {
        end();
        reject(error);
      },
    });
    if (signal?.aborted) {
      stop();
      return;
    }
    signal?.addEventListener('abort', stop, { once: true });
    thread.send(task);
  });
}

/** The thread's side: one task that reads a whole database, behind everything else. */
export function serveOneTask<Task, Result, Progress = never>(
  run: (task: Task, onProgress: (progress: Progress) => void) => Awaitable<Result>,
): void {
  stepBack();
  const send = listen<Task, FromTask<Result, Progress>>((task) => {
    void answer(task).then(send);
  });

  async function answer(task: Task): Promise<FromTask<Result, Progress>> {
    try {
      const result = await run(task, (progress) => send({ kind: 'progress', progress }));
      return { kind: 'done', result };
    } catch (error) {
      if (error instanceof AppError)
        return { kind: 'refused', code: error.code, message: error.message };
      const { code = '', message } = error as Error & { code?: string };
      return { kind: 'failed', code, message };
    }
  }
}
