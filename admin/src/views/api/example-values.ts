/** A pattern of a fixed number of digits. */
const DIGITS = /^\^(?:\[0-9\]|\\d)\{(\d{1,2})\}\$$/;

/** What fits a pattern of digits; undefined for any other pattern. */
export function digitsFor(pattern: string): string | undefined {
  const count = DIGITS.exec(pattern)?.[1];
  return count === undefined ? undefined : '1234567890'.repeat(10).slice(0, Number(count));
}

/** "A title", as long as it may be and has to be. */
export function textFor(name: string, least: number, most: number): string {
  const words = `${/^[aeiou]/.test(name) ? 'An' : 'A'} ${name.replaceAll('_', ' ')}`;
  return words.padEnd(Math.min(least, 200), 'x').slice(0, Math.max(most, 0));
}

/** The number that is wanted, or the nearest that is allowed. */
export function numberFor(
  { min, max }: { readonly min?: unknown; readonly max?: unknown },
  wanted = 1,
): number {
  const least = typeof min === 'number' ? min : wanted;
  const most = typeof max === 'number' ? max : Number.POSITIVE_INFINITY;
  return Math.min(Math.max(wanted, least), most);
}

export const EXAMPLES = {
  email: 'ada@example.com',
  url: 'https://example.com',
  uuid: '0193f2c4-7d52-7d10-8b0e-5f6f2a9c6c70',
  date: '2026-01-31',
  datetime: '2026-01-31T12:00:00Z',
} as const;
