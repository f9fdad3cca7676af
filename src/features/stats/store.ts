import type { Awaitable } from '../../lib/awaitable.ts';
import type { Stats } from './schema.ts';

export interface CallFigures {
  /** By the bucket's number, counted from the start of the range; empty ones are left out. */
  readonly buckets: readonly {
    readonly bucket: number;
    readonly calls: number;
    readonly failed: number;
  }[];
  readonly failures: Stats['failures'];
  readonly slowest: Stats['slowest'];
}

/** What the overview needs from a database. */
export interface StatsStore {
  users(): Awaitable<number>;
  calls(startedAfter: string, bucketSeconds: number): Awaitable<CallFigures>;
  databaseBytes(): Awaitable<number>;
}
