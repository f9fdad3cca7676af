import { expect, setDefaultTimeout, test } from 'bun:test';
import type { Schedule } from '../../../src/features/schedules/schema.ts';
import { cronRuns, dayRuns, openZone } from '../../support/cron-oracle.ts';
import { createScheduleApp, cron, every, iso, NOW, type ScheduleApp } from './schedule-app.ts';

setDefaultTimeout(600_000);

const YEAR_END = Date.parse('2027-01-01T00:00:00.000Z');
const DAY = 86_400_000;
const CRONS = [
  '30 2 * * *',
  '0 0 1,15 * *',
  '15 1,2 * * 0,6',
  '0 12 13 * 5',
  '59 23 28-31 * *',
  // The changes of these zones lie in these months.
  '*/20 1-3 * 3-4,10-11 0,6',
];
const ONCES = ['2026-03-29T02:30', '2026-03-08T02:15', '2026-10-04T02:10', '2026-11-01T01:30'];

/** Drives the loop from one due time to the next: a machine that slept in between does the same. */
async function live(app: ScheduleApp, untilMs: number): Promise<void> {
  const next = app.db.query<{ at: string | null }, []>(
    'SELECT min(next_run_at) AS at FROM function_schedule',
  );
  await app.tick();
  for (;;) {
    const at = next.get()?.at;
    if (at === undefined || at === null || Date.parse(at) > untilMs) return;
    await app.tickAndSettle(Date.parse(at) - app.clock.ms);
  }
}

test.each([
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Africa/Casablanca',
  'Pacific/Kiritimati',
  'Asia/Kolkata',
])(
  'a year in %s: the loop runs everything when a walk over its minutes says, and nothing else',
  async (timezone) => {
    const app = createScheduleApp();
    const zone = openZone(timezone, NOW - 2 * DAY, YEAR_END + 2 * DAY);
    // Half past two by the wall: a time of day that is skipped, and one that comes twice.
    const start = zone.toMoment(Date.parse('2026-01-01T02:30:00.000Z'));
    app.clock.ms = start;
    const expected = new Map<string, readonly string[]>();
    const add = async (schedule: Schedule, runs: readonly number[]) => {
      const { id } = await app.add(schedule);
      expected.set(id, iso(runs));
    };
    for (const text of CRONS)
      await add(cron(text, timezone), cronRuns(text, timezone, start, YEAR_END));
    for (const once of ONCES) {
      const [date = '', time = ''] = once.split('T');
      const schedule = { method: 'once', date, time, timezone } as const;
      await add(schedule, [zone.toMoment(Date.parse(`${once}:00.000Z`))]);
    }
    // Absolute: a shift of the zone changes nothing.
    const weeks = Array.from({ length: 52 }, (_, n) => start + (n + 1) * 168 * 3_600_000);
    await add(every(168, 'hours', timezone), weeks);
    await add(every(1, 'days', timezone), dayRuns(1, start, timezone, YEAR_END));
    await add(every(3, 'days', timezone), dayRuns(3, start, timezone, YEAR_END));

    await live(app, YEAR_END);

    const seen = new Map([...expected.keys()].map((id): [string, string[]] => [id, []]));
    for (const { scheduleId, at } of app.runs) seen.get(scheduleId)?.push(...iso([at]));
    for (const [id, runs] of expected)
      expect({ id, runs: seen.get(id) }).toEqual({ id, runs: [...runs] });
    expect(app.calls()).toHaveLength(app.runs.length);
  },
);
