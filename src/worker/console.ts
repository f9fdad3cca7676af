import { AsyncLocalStorage } from 'node:async_hooks';
import { type LineLevel, MAX_LINE_BYTES, MAX_LINES } from '../protocol/messages.ts';

/** Where the console lines of one call go; bounded, so that a flood costs nobody else. */
export class LineSink {
  readonly callId: number;
  readonly #write: (level: LineLevel, text: string) => void;
  readonly #windowMs: number;
  #windowStart = performance.now();
  #lines = 0;
  #chars = 0;
  #isFull = false;
  #isEnded = false;

  /** The bounds hold for the whole call, or for each stretch of `windowMs`. */
  constructor(
    callId: number,
    write: (level: LineLevel, text: string) => void,
    windowMs = Number.POSITIVE_INFINITY,
  ) {
    this.callId = callId;
    this.#write = write;
    this.#windowMs = windowMs;
  }

  add(level: LineLevel, values: readonly unknown[]): void {
    if (performance.now() - this.#windowStart > this.#windowMs) this.#openWindow();
    // Checked before the values are formatted: past the bound a line costs next to nothing.
    if (this.#isFull) return;
    const text = formatLine(values).slice(0, MAX_LINE_BYTES);
    this.#lines++;
    this.#chars += text.length;
    if (this.#lines > MAX_LINES || this.#chars > MAX_LINE_BYTES) {
      this.#isFull = true;
      const kibibytes = MAX_LINE_BYTES / 1024;
      this.#write(
        'warning',
        `[further lines are dropped: a call may write ${MAX_LINES} lines or ${kibibytes} KB]`,
      );
      return;
    }
    // The server has no call to put it to any more, but nobody should search for a lost line.
    if (this.#isEnded) process.stdout.write(`[after the end of its call] ${text}\n`);
    else this.#write(level, text);
  }

  #openWindow(): void {
    this.#windowStart = performance.now();
    this.#lines = 0;
    this.#chars = 0;
    this.#isFull = false;
  }

  /** The call has ended; what it left running may still write, within the bounds. */
  end(): void {
    this.#isEnded = true;
  }
}

/** Knows which call the running code belongs to, across awaits and timers. */
export const currentCall = new AsyncLocalStorage<LineSink>();

const LEVELS = {
  debug: 'debug',
  log: 'info',
  info: 'info',
  warn: 'warning',
  error: 'error',
} as const satisfies Record<string, LineLevel>;

/** From now on, console lines of a call go to its sink; lines of no call still go to the output. */
export function captureConsole(): void {
  const target = globalThis.console;
  for (const method of Object.keys(LEVELS) as (keyof typeof LEVELS)[]) {
    const original = target[method].bind(target);
    target[method] = (...values: unknown[]) => {
      const sink = currentCall.getStore();
      if (sink) sink.add(LEVELS[method], values);
      else original(...values);
    };
  }
}

function formatLine(values: readonly unknown[]): string {
  return values
    .map((value) => (typeof value === 'string' ? value : Bun.inspect(value, { depth: 4 })))
    .join(' ');
}
