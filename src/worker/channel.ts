import type { ToServer, ToWorker } from '../protocol/messages.ts';

/** The pipe to the server. */
export interface Channel {
  send(message: ToServer): void;
  onMessage(listener: (message: ToWorker) => void): void;
}

/** Takes the IPC pipe and hides it from user code, which has no business there. */
export function openChannel(): Channel {
  const raw = process.send?.bind(process);
  if (!raw) throw new Error('__worker is started by the server, not by hand.');
  Object.defineProperty(process, 'send', { value: undefined });
  return {
    send: (message) => void raw(message),
    // What comes down the pipe was written by the server, so its type is known.
    onMessage: (listener) => void process.on('message', (message) => listener(message as ToWorker)),
  };
}
