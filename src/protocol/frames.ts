import type { ToServer, ToWorker } from './messages.ts';

// User code in the worker may put others in their place later.
const { parse, stringify } = JSON;

/** From here on writing and reading JSON text in JSON text costs more than it saves. */
const BULKY_CHARS = 32 * 1024;

/**
 * What goes through the pipe: several messages as one JSON text, which costs half of what one object
 * does, or one message that is large or holds bytes, as an object.
 */
export type Frame = string | ToWorker | ToServer;

/** Messages that wait for a common frame, in their order. */
export class Outbox<Message extends ToWorker | ToServer> {
  readonly #write: (frame: string | Message) => void;
  #texts: string[] = [];

  constructor(write: (frame: string | Message) => void) {
    this.#write = write;
  }

  /** Answers how many wait. */
  add(message: Message): number {
    if (fitsText(message)) return this.#texts.push(stringify(message));
    this.flush();
    this.#write(message);
    return 0;
  }

  flush(): void {
    if (this.#texts.length === 0) return;
    const frame = `[${this.#texts.join(',')}]`;
    this.#texts = [];
    this.#write(frame);
  }
}

/** The messages in a frame. A worker may send anything: what is no frame of ours counts as one message. */
export function readFrame(frame: unknown): readonly unknown[] {
  if (typeof frame !== 'string') return [frame];
  try {
    const messages: unknown = parse(frame);
    return Array.isArray(messages) ? messages : [undefined];
  } catch {
    return [undefined];
  }
}

function fitsText(message: ToWorker | ToServer): boolean {
  switch (message.kind) {
    case 'call':
      return isShortText(message.payload ?? '');
    case 'reply':
      return isShortText(message.json);
    case 'ask':
      return isShortText(message.body);
    case 'done': {
      const { outcome } = message;
      if (outcome.status === 'succeeded') return isShortText(outcome.json);
      // What user code had a hand in, such as faults and schemas, may hold what JSON has not.
      return outcome.status === 'answered' && isShortText(outcome.body);
    }
    case 'load':
    case 'loaded':
      return false;
    default:
      return true;
  }
}

function isShortText(value: string | Uint8Array): boolean {
  return typeof value === 'string' && value.length < BULKY_CHARS;
}
