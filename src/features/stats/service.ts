import { type Clock, toTimestamp } from '../../core/clock.ts';
import { RANGE_SECONDS, type TimeRange } from '../../lib/time-range.ts';
import type { Stats } from './schema.ts';
import type { StatsStore } from './store.ts';

const BUCKET_SECONDS = {
  '1h': 60,
  '24h': 1_800,
  '7d': 10_800,
  '30d': 43_200,
} as const satisfies Record<TimeRange, number>;

export interface StatsDeps {
  readonly store: StatsStore;
  readonly clock: Clock;
  readonly version: string;
  /** Name, label and number of records of every collection. */
  readonly countCollections: () => Stats['collections'];
  readonly indexHints: () => Stats['index_hints'];
}

export type StatsService = ReturnType<typeof createStatsService>;

export function createStatsService({
  store,
  clock,
  version,
  countCollections,
  indexHints,
}: StatsDeps) {
  return {
    async read(range: TimeRange): Promise<Stats> {
      const seconds = RANGE_SECONDS[range];
      const bucketSeconds = BUCKET_SECONDS[range];
      const bucketMs = bucketSeconds * 1_000;
      // Buckets stand on whole multiples, so that a refresh a moment later shows the same bars.
      const end = Math.ceil((clock.now() + 1) / bucketMs) * bucketMs;
      const start = end - seconds * 1_000;
      const figures = await store.calls(toTimestamp(start), bucketSeconds);
      const byBucket = new Map(figures.buckets.map((bucket) => [bucket.bucket, bucket]));
      const buckets = Array.from({ length: seconds / bucketSeconds }, (_, index) => ({
        started_at: toTimestamp(start + index * bucketMs),
        calls: byBucket.get(index)?.calls ?? 0,
        failed: byBucket.get(index)?.failed ?? 0,
      }));
      const collections = countCollections();
      return {
        range,
        started_after: toTimestamp(start),
        users: await store.users(),
        records: collections.reduce((sum, { records }) => sum + records, 0),
        collections,
        calls: {
          total: buckets.reduce((sum, { calls }) => sum + calls, 0),
          failed: buckets.reduce((sum, { failed }) => sum + failed, 0),
          bucket_seconds: bucketSeconds,
          buckets,
        },
        failures: figures.failures,
        slowest: figures.slowest,
        index_hints: indexHints(),
        health: {
          version,
          uptime_seconds: Math.floor(process.uptime()),
          database_bytes: await store.databaseBytes(),
          memory_bytes: process.memoryUsage.rss(),
        },
      };
    },
  };
}
