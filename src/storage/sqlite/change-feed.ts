import type { Origin } from '../../core/origin.ts';
import type { Connection } from './connection.ts';

export interface RecordChanged {
  /** Grows by one with every change since the server started. */
  readonly n: number;
  readonly collectionId: string;
  readonly op: 'create' | 'update' | 'delete';
  readonly id: string;
  /** JSON text; absent on create. */
  readonly before?: string;
  /** JSON text; absent on delete. */
  readonly after?: string;
  /** What it is put down to; absent where nobody said. */
  readonly by?: Origin | undefined;
}

/** Every change of a record, in the order of the commits, once it is on disk. */
export interface ChangeFeed {
  /** Called inside a job; listeners hear of it after the commit, or never when that fails. */
  append(change: Omit<RecordChanged, 'n'>): void;
  on(listener: (change: RecordChanged) => void): void;
}

export function createChangeFeed(connection: Connection): ChangeFeed {
  const listeners: ((change: RecordChanged) => void)[] = [];
  let n = 0;
  return {
    append(change) {
      connection.afterCommit(() => {
        const numbered = { n: ++n, ...change };
        for (const listener of listeners) listener(numbered);
      });
    },
    on: (listener) => void listeners.push(listener),
  };
}
