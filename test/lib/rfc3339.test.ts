import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { FIRST_MOMENT, LAST_MOMENT, parseDay, parseMoment } from '../../src/lib/rfc3339.ts';

const ms = fc.integer({ min: Date.parse(FIRST_MOMENT), max: Date.parse(LAST_MOMENT) });
const two = (count: number) => String(count).padStart(2, '0');

describe('a moment', () => {
  test('is the same in whatever offset it was written', () => {
    fc.assert(
      fc.property(ms, fc.integer({ min: -1439, max: 1439 }), (moment, minutes) => {
        const local = new Date(moment + minutes * 60_000).toISOString();
        fc.pre(/^\d{4}-/.test(local));
        const ahead = Math.abs(minutes);
        const offset = `${minutes < 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
        expect(parseMoment(local.replace('Z', offset))).toEqual({
          text: new Date(moment).toISOString(),
        });
      }),
    );
  });

  test('sorts as text as it does in time', () => {
    fc.assert(
      fc.property(ms, ms, (a, b) => {
        const first = new Date(a).toISOString();
        const second = new Date(b).toISOString();
        expect(Math.sign(a - b)).toBe(Number(first > second) - Number(first < second));
      }),
    );
  });

  test('is never made of any other text, and no text makes it throw', () => {
    const unit = fc.constantFrom(...'0123456789-:.TtZz+ ');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 32 }), (text) => {
        const parsed = parseMoment(text);
        if ('text' in parsed) expect(parseMoment(parsed.text)).toEqual(parsed);
        else expect(parsed.fault).toStartWith('a time');
      }),
      { numRuns: 2_000 },
    );
  });
});

test('a day is one that the calendar has', () => {
  const part = fc.integer({ min: 0, max: 33 }).map(two);
  const year = fc.constantFrom('0000', '0001', '1900', '2000', '2023', '2024', '9999');
  fc.assert(
    fc.property(year, part, part, (y, m, d) => {
      // JavaScript moves a day that does not exist into the next month.
      const date = new Date(0);
      date.setUTCFullYear(Number(y), Number(m) - 1, Number(d));
      const isReal = y !== '0000' && date.getUTCMonth() + 1 === Number(m) && Number(d) > 0;
      expect('text' in parseDay(`${y}-${m}-${d}`)).toBe(isReal);
    }),
    { numRuns: 2_000 },
  );
});
