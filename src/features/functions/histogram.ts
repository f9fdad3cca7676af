import { type Clock, toTimestamp } from '../../core/clock.ts';
import type { FunctionCallHistogram } from './schema.ts';
import type { CallFilter, FunctionCallStore } from './store.ts';

/** The lengths of a bucket, in seconds; beyond them it is whole days. */
const LENGTHS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
] as const;
const DAY_SECONDS = 86_400;
/** Before it a year has no four digits. */
const FIRST_SECOND = Date.parse('0000-01-01T00:00:00Z') / 1_000;
/** An hour by minutes, a day by half hours, a month by half days. */
const MOST_BUCKETS = 60;

export interface HistogramDeps {
  readonly store: Pick<FunctionCallStore, 'buckets' | 'firstStartedAt'>;
  readonly clock: Clock;
}

/** How the calls that a filter finds spread over its time; what is left open ends with the history, and now. */
export async function readHistogram(
  { store, clock }: HistogramDeps,
  filter: CallFilter,
): Promise<FunctionCallHistogram> {
  const now = toTimestamp(clock.now());
  const after = filter.started_after ?? (await store.firstStartedAt()) ?? now;
  // A call that begins this very moment is counted as well.
  const before = filter.started_before ?? toTimestamp(clock.now() + 1);
  const from = Date.parse(after) / 1_000;
  const to = Math.max(from, Date.parse(before) / 1_000);
  const length = lengthFor(to - from);
  // Buckets stand on whole multiples, so that a refresh a moment later shows the same bars.
  const start = Math.max(FIRST_SECOND, Math.floor(from / length) * length);
  const count = Math.ceil((to - start) / length);
  const asked = { ...filter, started_after: after };
  const found = count === 0 ? [] : await store.buckets(asked, { start, length });
  const byNumber = new Map(found.map((each) => [each.bucket, each]));
  const buckets = Array.from({ length: count }, (_, number) => ({
    started_at: toTimestamp((start + number * length) * 1_000),
    calls: byNumber.get(number)?.calls ?? 0,
    failed: byNumber.get(number)?.failed ?? 0,
  }));
  return {
    total: buckets.reduce((sum, { calls }) => sum + calls, 0),
    failed: buckets.reduce((sum, { failed }) => sum + failed, 0),
    bucket_seconds: length,
    buckets,
  };
}

/** The shortest that needs no more bars than can be told apart. */
function lengthFor(seconds: number): number {
  const least = seconds / MOST_BUCKETS;
  return (
    LENGTHS.find((length) => length >= least) ??
    Math.max(1, Math.ceil(least / DAY_SECONDS)) * DAY_SECONDS
  );
}
