import type { StatsRange } from '../../api/types.ts';

export const RANGE_WORDS = {
  '1h': 'the last hour',
  '24h': 'the last 24 hours',
  '7d': 'the last 7 days',
  '30d': 'the last 30 days',
} as const satisfies Record<StatsRange, string>;

/** 48.2 MB, 1.4 GB; whole numbers from 10 up. */
export function toSize(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let at = 0;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  const text = at === 0 || value >= 10 ? String(Math.round(value)) : value.toFixed(1);
  return `${text} ${units[at]}`;
}

/** "12 days", "3 hours", "5 minutes" */
export function toUptime(seconds: number): string {
  const [size, unit] =
    seconds >= 86_400 ? [86_400, 'day'] : seconds >= 3600 ? [3600, 'hour'] : [60, 'minute'];
  const count = Math.floor(seconds / Number(size));
  if (count === 0) return 'less than a minute';
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** 0.5 %, 12 %; never 0 % when something failed. */
export function toPercent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %';
  const share = (part / whole) * 100;
  if (share < 0.1) return 'below 0.1 %';
  return `${share >= 10 ? Math.round(share) : share.toFixed(1)} %`;
}
