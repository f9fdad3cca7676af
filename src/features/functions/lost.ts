import type { LostCall } from './job.ts';
import type { Entry, WorkerProcess } from './worker-process.ts';

export const WORKER_LOST: LostCall = {
  status: 'lost',
  error_type: 'WorkerLost',
  message: 'The worker process of this call was ended by another call.',
};

/** The call that ended its worker, when that can be told: of those that were running. */
export function findCulprit(worker: WorkerProcess, started: readonly Entry[]): Entry | undefined {
  if (worker.exitingCall !== undefined) return started.find(({ id }) => id === worker.exitingCall);
  // A worker that was told to go because of another call: those that are left have no part in it.
  const isRetired = Number.isFinite(worker.retireBy);
  return started.length === 1 && !isRetired ? started[0] : undefined;
}

/** What that call is told. */
export function explainExit(worker: WorkerProcess, how: string): LostCall {
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
