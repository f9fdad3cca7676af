const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const short = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const full = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** "4 minutes ago", "in 2 hours"; older than a month it is the date. */
export function toRelative(time: Date, now: Date): string {
  const ms = time.getTime() - now.getTime();
  if (Math.abs(ms) > 30 * 86_400_000) return toShort(time, now);
  for (const [unit, size] of UNITS) {
    if (Math.abs(ms) >= size) return relative.format(Math.round(ms / size), unit);
  }
  // The clock of the page is up to 30 s behind.
  return ms > 30_000 ? 'in a moment' : 'just now';
}

/** "21 Nov, 14:16:29", with the year when it is another one; in the viewer's zone. */
export function toShort(time: Date, now: Date): string {
  return (time.getFullYear() === now.getFullYear() ? short : full).format(time);
}

export function toFull(time: Date): string {
  return full.format(time);
}

const number = new Intl.NumberFormat('en');
/** 12480 → 12,480 */
export function toNumber(value: number): string {
  return number.format(value);
}

/** "1 record", "12,480 records" */
export function countOf(value: number, noun: string): string {
  return `${toNumber(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** 44 → "44 ms", 1234 → "1.2 s" */
export function toDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
