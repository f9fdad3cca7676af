import type { CliServices } from './open-app.ts';
import type { CliIo } from './output.ts';
import { StoppedError } from './stopped-error.ts';

/** What Ctrl-C does: the rows that are on their way are taken back. */
export function createStop(io: CliIo, app: CliServices) {
  const { promise: stopped, resolve: setStopped } = Promise.withResolvers<'stopped'>();
  let isStopped = false;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= app.stop();
    return closing;
  };
  const aborting = new AbortController();
  const stopListening = io.onStop(() => {
    isStopped = true;
    aborting.abort();
    setStopped('stopped');
    // Reading ends by itself; what is being written, or waits until another program has written, does not.
    close().catch(() => undefined);
  });
  return {
    stopped,
    signal: aborting.signal,
    isStopped: () => isStopped,
    async end(): Promise<void> {
      stopListening();
      await close();
    },
  };
}

export async function* untilStopped(
  chunks: AsyncIterable<Uint8Array>,
  stopped: Promise<'stopped'>,
): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([source.next(), stopped]);
      if (next === 'stopped') throw new StoppedError('Stopped.');
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Not waited for: somebody may hold a pipe open and never send anything.
    source.return?.()?.catch(() => undefined);
  }
}
