import { type Clock, toTimestamp } from '../../core/clock.ts';
import { RANGE_SECONDS, type TimeRange } from '../../lib/time-range.ts';
import type { FunctionMetrics } from './schema.ts';
import type { FunctionCallStore, FunctionFigures } from './store.ts';

const MINUTE_MS = 60_000;

export interface FunctionMetricsDeps {
  readonly store: Pick<FunctionCallStore, 'figures'>;
  readonly clock: Clock;
  /** Of the functions that are loaded now. */
  readonly names: () => Iterable<string>;
}

/** The figures of all functions: those that are loaded, and those that the history still knows. */
export async function readMetrics(
  { store, clock, names }: FunctionMetricsDeps,
  range: TimeRange,
): Promise<FunctionMetrics> {
  const sinceMs = clock.now() - RANGE_SECONDS[range] * 1_000;
  // By the minute, so that those who look at the same time are told the same.
  const startedAfter = toTimestamp(Math.floor(sinceMs / MINUTE_MS) * MINUTE_MS);
  const known = new Map(
    (await store.figures(startedAfter)).map((figures) => [figures.function_name, figures]),
  );
  const loaded = new Set(names());
  const sorted = [...new Set([...loaded, ...known.keys()])].sort();
  return {
    range,
    started_after: startedAfter,
    items: sorted.map((name) => ({
      function_name: name,
      is_loaded: loaded.has(name),
      ...toFigures(known.get(name)),
    })),
  };
}

function toFigures(figures: FunctionFigures | undefined) {
  const { calls = 0, failures = 0 } = figures ?? {};
  return {
    calls,
    failures,
    failure_rate: calls === 0 ? null : failures / calls,
    p50_ms: figures?.p50_ms ?? null,
    p95_ms: figures?.p95_ms ?? null,
    last_called_at: figures?.last_called_at ?? null,
  };
}
