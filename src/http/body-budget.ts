import { AppError } from '../core/errors.ts';

/** Bodies up to that are neither counted nor held up: large ones must not starve them. */
export const SMALL_BODY_BYTES = 64 * 1024;
const MIN_BYTES = 128 * 1024 * 1024;
const MAX_WAIT_MS = 5_000;

/** How much one request holds of the memory that all large bodies share. */
export interface BodyShare {
  /** Waits until so many more bytes fit; throws 503 when that takes too long. */
  take(bytes: number): Promise<void>;
  /** The body is here as a whole. It counts until release(). */
  noteWhole(): void;
  /** The request is answered. */
  release(): void;
}

export interface BodyBudget {
  open(): BodyShare;
  /** Bytes that are held now. */
  held(): number;
}

export interface BodyBudgetOptions {
  readonly maxBytes: number;
  readonly maxWaitMs?: number;
}

interface Reader {
  bytes: number;
  isReleased: boolean;
  waiting: { readonly bytes: number; readonly go: () => void } | undefined;
}

/** Of a request that was answered before its body was read: nobody would release what it takes. */
export const SPENT_SHARE: BodyShare = {
  take: () => Promise.reject(tooBusy()),
  noteWhole: () => undefined,
  release: () => undefined,
};

/** Room for two of the largest bodies at least. */
export function bodyBudgetBytes(maxBodyBytes: number): number {
  return Math.max(MIN_BYTES, 2 * maxBodyBytes);
}

/**
 * A common bound of the large bodies in memory. What counts is what has come, not what Content-Length
 * promises: a connection that sends nothing would else keep out everybody for nothing. Who waits reads
 * no further, and Bun stops receiving soon after that, so the rest stays with the caller.
 */
export function createBodyBudget({
  maxBytes,
  maxWaitMs = MAX_WAIT_MS,
}: BodyBudgetOptions): BodyBudget {
  /** Those whose bodies still come, the first to begin first. */
  const reading = new Set<Reader>();
  let held = 0;
  /** The part of it that is of whole bodies. */
  let heldWhole = 0;

  /**
   * Half of each body would fill the memory and none would ever be whole: so the first one goes on as if
   * it were the only one that comes. Twice the bytes are held at worst.
   */
  function fits(reader: Reader, bytes: number): boolean {
    if (held + bytes <= maxBytes) return true;
    const [first] = reading;
    return first === reader && heldWhole + reader.bytes + bytes <= maxBytes;
  }

  function add(reader: Reader, bytes: number): void {
    held += bytes;
    reader.bytes += bytes;
  }

  function wake(): void {
    for (const reader of reading) {
      const { waiting } = reader;
      if (!waiting) continue;
      if (!fits(reader, waiting.bytes)) return;
      reader.waiting = undefined;
      add(reader, waiting.bytes);
      waiting.go();
    }
  }

  async function wait(reader: Reader, bytes: number): Promise<void> {
    let timer: Timer | undefined;
    await new Promise<void>((go, reject) => {
      reader.waiting = { bytes, go };
      timer = setTimeout(() => {
        reader.waiting = undefined;
        reject(tooBusy());
      }, maxWaitMs);
    });
    clearTimeout(timer);
  }

  return {
    held: () => held,
    open() {
      const reader: Reader = { bytes: 0, isReleased: false, waiting: undefined };
      reading.add(reader);
      return {
        async take(bytes) {
          if (reader.isReleased) throw tooBusy();
          if (fits(reader, bytes)) add(reader, bytes);
          else await wait(reader, bytes);
          // Its request ran out of time meanwhile.
          if (reader.isReleased) throw tooBusy();
        },
        noteWhole() {
          if (reading.delete(reader)) heldWhole += reader.bytes;
          wake();
        },
        release() {
          if (reader.isReleased) return;
          reader.isReleased = true;
          if (!reading.delete(reader)) heldWhole -= reader.bytes;
          held -= reader.bytes;
          reader.waiting?.go();
          wake();
        },
      };
    },
  };
}

function tooBusy(): AppError {
  const message = 'The server holds as many large bodies as it may. Try again shortly.';
  return new AppError('unavailable', message, { retryAfterSeconds: 1 });
}
