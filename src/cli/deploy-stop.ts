import type { CliIo } from './output.ts';
import { StoppedError } from './stopped-error.ts';

/** Runs a job that Ctrl-C ends. A server that has not switched over by then changes nothing. */
export async function untilStopped<T>(
  io: Pick<CliIo, 'onStop'>,
  job: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stopped = new AbortController();
  const stopListening = io.onStop(() => stopped.abort());
  try {
    return await job(stopped.signal);
  } catch (error) {
    if (!stopped.signal.aborted) throw error;
    throw new StoppedError(
      'Stopped. What the server had not finished by now it leaves as it was; tinybase functions deployments shows which version is active.',
    );
  } finally {
    stopListening();
  }
}
