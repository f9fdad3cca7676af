import type { LostCall } from './job.ts';
import type { Entry, WorkerProcess } from './worker-process.ts';

export const WORKER_LOST: LostCall = {
  status: 'lost',
  error_type: 'WorkerLost',
  message: 'The worker process of this call was ended by another call.',
};

/** What a call is told whose worker has ended: whether it was the one, and why. */
export function explainExit(
  worker: WorkerProcess,
  entry: Entry,
  started: readonly Entry[],
  how: string,
): LostCall {
  // A worker that was told to go because of another call: this one has no part in it.
  const isRetired = Number.isFinite(worker.retireBy);
  const culprit = worker.exitingCall ?? (started.length === 1 && !isRetired ? entry.id : undefined);
  if (culprit !== entry.id) return WORKER_LOST;
  if (worker.exitingCall === undefined && worker.isMemorySuspect)
    return {
      status: 'lost',
      error_type: 'OutOfMemory',
      message: 'The function used more memory than functions.memory_mb allows.',
    };
  return {
    status: 'lost',
    error_type: 'WorkerExited',
    message: `The function ended its worker process (${how}).`,
  };
}
