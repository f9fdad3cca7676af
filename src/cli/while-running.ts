import type { CliIo } from './output.ts';
import { StoppedError } from './stopped-error.ts';

/** Does something that Ctrl-C ends, and takes its status line away in the end. `outcome` says what was done then. */
export async function whileRunning<T>(
  io: CliIo,
  outcome: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stopping = new AbortController();
  const stopListening = io.onStop(() => stopping.abort());
  try {
    return await work(stopping.signal);
  } catch (error) {
    throw stopping.signal.aborted ? new StoppedError(`Stopped: ${outcome}.`) : error;
  } finally {
    io.status('');
    stopListening();
  }
}
