import { drainMicrotasks } from 'bun:jsc';
import { Outbox, readFrame } from '../protocol/frames.ts';
import type { ToServer, ToWorker } from '../protocol/messages.ts';
import { type OwnOn, replaceOwn } from './process-guard.ts';

/** The pipe to the server. */
export interface Channel {
  readonly isOpen: boolean;
  send(message: ToServer): void;
  onMessage(listener: (message: ToWorker) => void): void;
  onClose(listener: () => void): void;
}

/** Takes the IPC pipe and hides it from user code, which has no business there. */
export function openChannel(on: OwnOn): Channel {
  const raw = process.send?.bind(process);
  if (!raw) throw new Error('__worker is started by the server, not by hand.');
  for (const name of ['send', 'channel', 'disconnect']) replaceOwn(name, undefined);
  replaceOwn('connected', false);
  let isOpen = true;
  let isReading = false;
  const outbox = new Outbox<ToServer>((frame) => void raw(frame));
  return {
    get isOpen() {
      return isOpen;
    },
    send(message) {
      outbox.add(message);
      // The end of a call that ended at once goes with the begin of the next one. All else cannot wait:
      // what follows may never end.
      if (!isReading || message.kind !== 'done') outbox.flush();
    },
    onMessage: (listener) =>
      on('message', (frame: unknown) => {
        isReading = true;
        try {
          for (const message of readFrame(frame)) {
            // What comes down the pipe was written by the server, so its type is known.
            const known = message as ToWorker;
            if (known.kind !== 'call') outbox.flush();
            listener(known);
            // As if each came by itself: a call that ends at once has ended before the next one begins.
            drainMicrotasks();
          }
        } finally {
          // User code may throw out of any of it.
          isReading = false;
          outbox.flush();
        }
      }),
    onClose: (listener) =>
      on('disconnect', () => {
        isOpen = false;
        listener();
      }),
  };
}
