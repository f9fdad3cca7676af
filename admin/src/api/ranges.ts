import type { StatsRange } from './types.ts';

export const RANGE_WORDS: Readonly<Record<StatsRange, string>> = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
};

const HOURS: Readonly<Record<StatsRange, number>> = { '1h': 1, '24h': 24, '7d': 168, '30d': 720 };

/** When a range that ends now begins. */
export function startOf(range: StatsRange, now: Date): string {
  return new Date(now.getTime() - HOURS[range] * 3_600_000).toISOString();
}
