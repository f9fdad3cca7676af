import type { Fault } from '../../core/errors.ts';
import { findCronFault } from '../../lib/cron-time.ts';
import { parseDay } from '../../lib/rfc3339.ts';
import { findZoneFault } from '../../lib/time-zone.ts';
import { intervalMs, nextRun, zoneOf } from './schedule-time.ts';
import type { Schedule } from './schema.ts';

const TIME = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;
const HUNDRED_YEARS_MS = 36_525 * 86_400_000;
/** Times are stored as texts, which sort up to there. */
const YEAR_10000 = Date.UTC(10_000, 0, 1);

/** What is wrong with a schedule whose shape is right. One that runs once has to lie in the future. */
export function findScheduleFaults(schedule: Schedule, nowMs: number): readonly Fault[] {
  const fault = (key: string, words: string | undefined): readonly Fault[] =>
    words === undefined
      ? []
      : [{ loc: ['body', 'schedule', key], msg: `must be ${words}`, type: 'value_error' }];
  const zone = fault('timezone', findZoneFault(zoneOf(schedule)));
  switch (schedule.method) {
    case 'once': {
      const day = parseDay(schedule.date);
      const found = [
        ...zone,
        ...fault('date', 'fault' in day ? day.fault : undefined),
        ...fault('time', TIME.test(schedule.time) ? undefined : 'a time such as 08:30 or 08:30:15'),
      ];
      return found.length > 0 ? found : fault('date', findUnreachable(schedule, nowMs));
    }
    case 'interval': {
      const isTooLong = intervalMs(schedule) > HUNDRED_YEARS_MS;
      return [...zone, ...fault('value', isTooLong ? 'a hundred years or less' : undefined)];
    }
    case 'cron':
      return [...zone, ...fault('cron', findCronFault(schedule.cron))];
    default:
      return schedule satisfies never;
  }
}

function findUnreachable(schedule: Schedule, nowMs: number): string | undefined {
  const at = nextRun(schedule, { anchorMs: nowMs, afterMs: nowMs });
  if (at === undefined)
    return 'a day and time in the future: this one is over, and it would never run';
  return at < YEAR_10000 ? undefined : 'before the year 10000, also in UTC';
}
