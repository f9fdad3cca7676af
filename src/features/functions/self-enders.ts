import type { LoadFault } from '../../protocol/messages.ts';
import type { WorkerProcess } from './worker-process.ts';

/** A worker that lived for longer served its neighbours well enough. */
const SOON_MS = 10_000;
/** One end may be an accident. */
const MAX_ENDS = 3;

/** Counts the workers that code of no call has ended before or soon after they were ready, by its file. */
export class SelfEnders {
  readonly #ends = new Map<string, number>();

  /** What to say of the file that did it once too often. */
  note(worker: WorkerProcess, how: string): LoadFault | undefined {
    const { exitingCall, exitPlace, hasLoaded, readyAt } = worker;
    if (exitingCall !== null || exitPlace === null) return undefined;
    if (hasLoaded && performance.now() - readyAt > SOON_MS) return undefined;
    const ends = (this.#ends.get(exitPlace.file) ?? 0) + 1;
    this.#ends.set(exitPlace.file, ends);
    if (ends !== MAX_ENDS) return undefined;
    const message = `This file ended its worker process ${ends} times soon after it was loaded, in no call (${how}).`;
    return { ...exitPlace, message };
  }
}
