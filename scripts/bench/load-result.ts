import { medianOf } from '../support/words.ts';

export interface LoadResult {
  readonly requests: number;
  /** Answers of another status than the expected one. */
  readonly errors: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export function summarize(
  latenciesMs: readonly number[],
  errors: number,
  seconds: number,
): LoadResult {
  const sorted = Float64Array.from(latenciesMs).sort();
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return {
    requests: sorted.length,
    errors,
    perSecond: sorted.length / seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
  };
}

/** The median of each figure by itself. */
export function toMedian(results: readonly LoadResult[]): LoadResult {
  const of = (key: keyof LoadResult) => medianOf(results.map((result) => result[key]));
  return {
    requests: of('requests'),
    errors: of('errors'),
    perSecond: of('perSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    maxMs: of('maxMs'),
  };
}
