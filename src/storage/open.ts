import type { Clock } from '../core/clock.ts';
import { openSqlite } from './sqlite/open.ts';

export interface StorageOptions {
  /** From database.url: a file's path, or `:memory:`. */
  readonly path: string;
  readonly clock: Clock;
  /** Told the number of writes in each commit. */
  readonly onCommit: (groupSize: number) => void;
}

export type Storage = ReturnType<typeof openSqlite>;

/** Opens every store. The only place that will ever choose between kinds of databases. */
export function openStorage(options: StorageOptions): Storage {
  return openSqlite(options);
}
