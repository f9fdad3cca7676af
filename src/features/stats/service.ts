import { type Clock, toTimestamp } from '../../core/clock.ts';
import { RANGE_SECONDS, type TimeRange } from '../../lib/time-range.ts';
import { ACTIVITY_DAYS, type Activity, type Stats } from './schema.ts';
import type { StatsStore } from './store.ts';

const DAY_MS = 86_400_000;
const DAY_LENGTH = '2030-06-15'.length;

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
  readonly countCollections: () => readonly CountedCollection[];
  readonly indexHints: () => Stats['index_hints'];
  /** Extensions that do not run although they should, and why. */
  readonly idleExtensions: () => Promise<
    readonly { readonly name: string; readonly error: string }[]
  >;
  /** Undefined for a database in memory. */
  readonly freeDiskBytes: () => Promise<number | undefined>;
  readonly mail: { readonly isOn: boolean; unsentCount(): number };
}

interface CountedCollection {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly records: number;
}

export type StatsService = ReturnType<typeof createStatsService>;

export function createStatsService({
  store,
  clock,
  version,
  countCollections,
  indexHints,
  idleExtensions,
  freeDiskBytes,
  mail,
}: StatsDeps) {
  async function readActivity(collectionId: string): Promise<Activity> {
    const today = Math.floor(clock.now() / DAY_MS);
    const days = Array.from({ length: ACTIVITY_DAYS }, (_, index) =>
      toTimestamp((today - ACTIVITY_DAYS + 1 + index) * DAY_MS),
    );
    const { lastWriteAt, created } = await store.activity(collectionId, days[0] ?? '');
    return {
      last_write_at: lastWriteAt ?? null,
      created_per_day: days.map((day) => created.get(day.slice(0, DAY_LENGTH)) ?? 0),
    };
  }

  async function readAttention(since: string): Promise<Stats['attention']> {
    const [{ schedules, failed_backup, extensionErrors }, idle] = await Promise.all([
      store.attention(since),
      idleExtensions(),
    ]);
    const reasons = new Map(idle.map(({ name, error }) => [name, error]));
    const names = new Set([...reasons.keys(), ...extensionErrors.keys()]);
    return {
      schedules,
      failed_backup,
      extensions: [...names].sort().map((name) => ({
        name,
        error: reasons.get(name) ?? null,
        errors: extensionErrors.get(name) ?? 0,
      })),
      unsent_mails: mail.unsentCount(),
    };
  }

  return {
    async read(range: TimeRange, hasActivity = false): Promise<Stats> {
      const seconds = RANGE_SECONDS[range];
      const bucketSeconds = BUCKET_SECONDS[range];
      const bucketMs = bucketSeconds * 1_000;
      // Buckets stand on whole multiples, so that a refresh a moment later shows the same bars.
      const end = Math.ceil((clock.now() + 1) / bucketMs) * bucketMs;
      const start = end - seconds * 1_000;
      const startedAfter = toTimestamp(start);
      const figures = await store.calls(startedAfter, bucketSeconds);
      const byBucket = new Map(figures.buckets.map((bucket) => [bucket.bucket, bucket]));
      const buckets = Array.from({ length: seconds / bucketSeconds }, (_, index) => ({
        started_at: toTimestamp(start + index * bucketMs),
        calls: byBucket.get(index)?.calls ?? 0,
        failed: byBucket.get(index)?.failed ?? 0,
      }));
      const collections = await Promise.all(
        countCollections().map(async ({ id, ...counted }) => ({
          ...counted,
          ...(hasActivity && { activity: await readActivity(id) }),
        })),
      );
      const accounts = await store.accounts(startedAfter);
      return {
        range,
        started_after: startedAfter,
        users: accounts.total,
        new_users: accounts.made,
        admins: accounts.admins,
        records: collections.reduce((sum, { records }) => sum + records, 0),
        collections,
        calls: {
          total: buckets.reduce((sum, { calls }) => sum + calls, 0),
          failed: buckets.reduce((sum, { failed }) => sum + failed, 0),
          ...figures.percentiles,
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
          disk_free_bytes: (await freeDiskBytes()) ?? null,
          has_mail: mail.isOn,
          next_schedule: await store.nextSchedule(),
        },
        attention: await readAttention(startedAfter),
      };
    },
  };
}
