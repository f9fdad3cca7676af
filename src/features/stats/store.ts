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
  readonly percentiles: Pick<Stats['calls'], 'p50_ms' | 'p95_ms'>;
  readonly slowest: Stats['slowest'];
}

export interface AccountFigures {
  readonly total: number;
  /** Those that may sign in. */
  readonly admins: number;
  /** Since the given time. */
  readonly made: number;
}

export interface ActivityFigures {
  readonly lastWriteAt: string | undefined;
  /** By the day as `2030-06-15`; days without a new record are left out. */
  readonly created: ReadonlyMap<string, number>;
}

export interface AttentionFigures extends Pick<Stats['attention'], 'schedules' | 'failed_backup'> {
  /** Errors of extensions since a time, by the name of the extension. */
  readonly extensionErrors: ReadonlyMap<string, number>;
}

/** What the overview needs from a database. */
export interface StatsStore {
  accounts(madeAfter: string): Awaitable<AccountFigures>;
  attention(since: string): Awaitable<AttentionFigures>;
  nextSchedule(): Awaitable<Stats['health']['next_schedule']>;
  calls(startedAfter: string, bucketSeconds: number): Awaitable<CallFigures>;
  /** How many records of a collection were made on each day since a time, and the last write of all. */
  activity(collectionId: string, createdAfter: string): Awaitable<ActivityFigures>;
  databaseBytes(): Awaitable<number>;
}
