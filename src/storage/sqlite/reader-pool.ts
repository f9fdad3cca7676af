import type { SQLQueryBindings } from 'bun:sqlite';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../core/errors.ts';
import { IS_COMPILED } from '../../lib/is-compiled.ts';
import { toStorageFailure } from './errors.ts';
import type { FromReader, ToReader } from './reader-thread.ts';

const MAX_THREADS = 2;
const MAX_WAITING = 128;

interface Reader {
  readonly worker: Worker;
  /** Messages that wait until the thread listens; undefined from then on. */
  outbox: ToReader[] | undefined;
  readonly pending: Map<number, Waiting>;
}
interface Waiting {
  readonly resolve: (rows: readonly unknown[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Threads for reads that would hold the event loop; they start with the first of them. */
export interface ReaderPool {
  read<Row>(sql: string, args: readonly SQLQueryBindings[]): Promise<readonly Row[]>;
  close(): void;
}

export function createReaderPool(path: string): ReaderPool {
  const readers: Reader[] = [];
  let nextId = 0;
  let waiting = 0;
  let isClosed = false;

  function start(): Reader {
    // main.ts knows a thread from the program by where it runs.
    const worker = new Worker(programFile());
    const reader: Reader = { worker, outbox: [], pending: new Map() };
    worker.onmessage = ({ data }: MessageEvent<FromReader>) => {
      if ('isReady' in data) {
        const waiting = reader.outbox ?? [];
        reader.outbox = undefined;
        for (const message of waiting) worker.postMessage(message);
        return;
      }
      const call = reader.pending.get(data.id);
      if (!call) return;
      reader.pending.delete(data.id);
      waiting--;
      if ('rows' in data) call.resolve(data.rows);
      else call.reject(toStorageFailure(data));
    };
    worker.onerror = (event) => lose(reader, new Error(`A reader thread broke: ${event.message}`));
    worker.addEventListener('close', () => lose(reader, new Error('A reader thread ended')));
    send(reader, { kind: 'open', path });
    readers.push(reader);
    return reader;
  }

  /** Its reads fail; the next read starts another thread. */
  function lose(reader: Reader, error: Error): void {
    const index = readers.indexOf(reader);
    if (index >= 0) readers.splice(index, 1);
    waiting -= reader.pending.size;
    for (const { reject } of reader.pending.values()) reject(error);
    reader.pending.clear();
  }

  function pick(): Reader {
    const idle = readers.find(({ pending }) => pending.size === 0);
    if (idle) return idle;
    if (readers.length < MAX_THREADS) return start();
    return readers.reduce((best, one) => (one.pending.size < best.pending.size ? one : best));
  }

  return {
    read<Row>(sql: string, args: readonly SQLQueryBindings[]) {
      if (isClosed || waiting >= MAX_WAITING) throw busy();
      return new Promise<readonly Row[]>((resolve, reject) => {
        const reader = pick();
        const id = ++nextId;
        reader.pending.set(id, { resolve: resolve as Waiting['resolve'], reject });
        waiting++;
        send(reader, { kind: 'read', id, sql, args });
      });
    },
    close() {
      isClosed = true;
      for (const reader of [...readers]) {
        lose(reader, busy());
        reader.worker.terminate();
      }
    },
  };
}

function send({ worker, outbox }: Reader, message: ToReader): void {
  if (outbox) outbox.push(message);
  else worker.postMessage(message);
}

function busy(): AppError {
  return new AppError('unavailable', 'Too many slow queries wait already. Try again shortly.', {
    retryAfterSeconds: 1,
  });
}

/** The file that holds main.ts: inside the binary, or in this checkout. */
function programFile(): string {
  return IS_COMPILED ? Bun.main : fileURLToPath(new URL('../../main.ts', import.meta.url));
}
