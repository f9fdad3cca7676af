import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { findCronFault, nextCronTime } from '../../src/lib/cron-time.ts';
import { cronRuns, openZone, readCron } from '../support/cron-oracle.ts';
import vectors from './cron-vectors.json';

const DAY = 86_400_000;

/** The next due times after a moment. */
function nextTimes(cron: string, timezone: string, after: string, count: number): string[] {
  const times: string[] = [];
  for (let at = Date.parse(after); times.length < count; ) {
    const next = nextCronTime({ cron, timezone }, at);
    if (next === undefined) break;
    times.push(new Date(next).toISOString());
    at = next;
  }
  return times;
}

describe('when a cron expression is due', () => {
  test('is what the vectors say, which were made without any cron library', () => {
    expect(vectors.cases).toHaveLength(139);
    for (const { cron, timezone, after, next } of vectors.cases)
      expect({
        cron,
        timezone,
        after,
        next: nextTimes(cron, timezone, after, next.length),
      }).toEqual({ cron, timezone, after, next });
  });

  const ZONES = [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'America/Santiago',
    'Africa/Cairo',
    'Asia/Kathmandu',
  ];
  const FIXED_HOURS = ['0', '2', '1-3', '2,14', '0,1,23'];
  const MINUTES = ['0', '30', '0,45', '15-17'];
  const pattern = fc.tuple(
    fc.constantFrom(...MINUTES, '*/20', '*'),
    fc.constantFrom(...FIXED_HOURS, '*/6', '*', '1-5/2'),
    fc.constantFrom('*', '1', '13', '29-31', '*/5'),
    fc.constantFrom('*', '3', '10-12', '4,9'),
    fc.constantFrom('*', '0', '1-5', '7'),
  );

  test('agrees with a walk over every minute around each change of a zone', () => {
    const changes = ['2026-03-08', '2026-03-29', '2026-04-05', '2026-04-24', '2026-09-06'].concat([
      '2026-10-04',
      '2026-10-25',
      '2026-10-30',
      '2026-11-01',
    ]);
    fc.assert(
      fc.property(
        pattern,
        fc.constantFrom(...ZONES),
        fc.constantFrom(...changes),
        (fields, timezone, change) => {
          // Days that count their steps from 1 are croner's and everybody's; the oracle's from 0.
          const cron = fields.join(' ').replace('*/5', '1-31/5');
          const fromMs = Date.parse(`${change}T00:00:00.000Z`) - DAY;
          const toMs = fromMs + 4 * DAY;
          const expected = cronRuns(cron, timezone, fromMs, toMs);
          const found: number[] = [];
          for (let at = fromMs; ; ) {
            const next = nextCronTime({ cron, timezone }, at);
            if (next === undefined || next > toMs) break;
            found.push(next);
            at = next;
          }
          expect(found.map((at) => new Date(at).toISOString())).toEqual(
            expected.map((at) => new Date(at).toISOString()),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  test('lies after the moment that was asked for, and fits the expression unless a gap moved it', () => {
    const year = Date.UTC(2026, 0, 1);
    const zones = new Map(
      ZONES.map((zone) => [zone, openZone(zone, year - 2 * DAY, year + 800 * DAY)]),
    );
    fc.assert(
      fc.property(
        pattern,
        fc.constantFrom(...ZONES),
        fc.integer({ min: 0, max: 365 * DAY }),
        (fields, timezone, offset) => {
          const cron = fields.join(' ').replace('*/5', '1-31/5');
          const after = year + offset;
          const next = nextCronTime({ cron, timezone }, after);
          if (next === undefined) throw new Error('none');
          expect(next).toBeGreaterThan(after);
          const zone = zones.get(timezone);
          if (!zone || next > year + 700 * DAY) return;
          const local = zone.toLocal(next);
          const isAfterGap = zone.toLocal(next - 60_000) !== local - 60_000;
          expect(isAfterGap || readCron(cron)(local)).toBe(true);
        },
      ),
    );
  });
});

describe('a cron expression', () => {
  test.each([
    '* * * * *',
    '0 0 29 2 *',
    '@daily',
    ' @Hourly ',
    '0 0 L * *',
    '0 0 15W * *',
    '0 0 * * MON-FRI',
    '0 0 * * 5L',
    '0 0 * * 1#2',
    '*/10 * * * * *',
    '0\t0  1 1 *\n',
  ])('%p is one', (cron) => {
    expect(findCronFault(cron)).toBeUndefined();
    expect(nextCronTime({ cron, timezone: 'UTC' }, 0)).toBeGreaterThan(0);
  });

  test.each([
    ['', 'five fields'],
    ['* * *', 'it has 3'],
    ['* * * * * * *', 'it has 7'],
    ['2026-01-01T00:00:00', 'it has 1'],
    ['61 * * * *', 'its minute is "61" and may be * or 0-59'],
    ['0 25 * * *', 'its hour is "25" and may be * or 0-23'],
    ['0 0 32 * *', 'its day of the month is "32"'],
    ['0 0 * 13 *', 'its month is "13" and may be * or 1-12, JAN-DEC'],
    ['0 0 * * FOO', 'its day of the week is "FOO"'],
    ['99 0 0 * * *', 'its second is "99"'],
    ['0 5-1 * * *', 'its hour is "5-1"'],
    ['*/0 * * * *', 'its minute is "*/0"'],
    ['\0 * * * *', 'its minute is "\\u0000"'],
    ['@reboot', 'or one of @yearly'],
    ['0 0 30 2 *', 'none ever fits 0 0 30 2 *'],
    ['0 0 31 2,4,6,9,11 *', 'none ever fits'],
    ['0 0 29 2 +1#1', 'none ever fits'],
    ['1,'.repeat(200), 'at most 200 characters'],
  ])('%p is none, and is told why', (cron, why) => {
    expect(findCronFault(cron)).toStartWith('a cron expression');
    expect(findCronFault(cron)).toContain(why);
  });

  test('no text makes the check throw, and what it lets pass can be worked out', () => {
    const unit = fc.constantFrom(...'0123456789*/,-LW#@? MONJAN\t+');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 30 }), (cron) => {
        if (findCronFault(cron) === undefined)
          expect(nextCronTime({ cron, timezone: 'Europe/Berlin' }, 0)).toBeGreaterThan(0);
      }),
      { numRuns: 2_000 },
    );
  });
});
