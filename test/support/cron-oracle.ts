/**
 * When a cron expression or a local time is due, found by walking over the minutes of a zone that
 * Intl.DateTimeFormat tells: it shares nothing with the library that the product uses.
 */

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

interface Stretch {
  readonly fromMs: number;
  readonly offsetMs: number;
}

/** The offsets of a zone, to the minute, in the order in which they come to be. */
function readOffsets(timezone: string, fromMs: number, toMs: number): readonly Stretch[] {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  });
  const offsetAt = (ms: number) => {
    const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute')) - ms;
  };
  const stretches: Stretch[] = [{ fromMs, offsetMs: offsetAt(fromMs) }];
  for (let hour = fromMs; hour < toMs; hour += HOUR) {
    if (offsetAt(hour) === offsetAt(hour + HOUR)) continue;
    let at = hour;
    while (offsetAt(at) === offsetAt(hour)) at += MINUTE;
    stretches.push({ fromMs: at, offsetMs: offsetAt(at) });
  }
  return stretches;
}

export interface Zone {
  /** The local time, as if it were UTC. */
  toLocal(ms: number): number;
  /** The moment of a local time: the first after a gap, the first of two. */
  toMoment(local: number): number;
}

/** A zone within a range of whole hours. */
export function openZone(timezone: string, fromMs: number, toMs: number): Zone {
  const stretches = readOffsets(timezone, fromMs, toMs);
  return {
    toLocal(ms) {
      const stretch = stretches.findLast((one) => one.fromMs <= ms) ?? stretches[0];
      return ms + (stretch?.offsetMs ?? 0);
    },
    toMoment(local) {
      for (const [index, { fromMs: start, offsetMs }] of stretches.entries()) {
        const end = stretches[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
        const moment = local - offsetMs;
        // Before the stretch: no clock ever showed it. The gap is over when the stretch begins.
        if (moment < start && index > 0) return start;
        if (moment < end) return moment;
      }
      throw new Error('no stretch');
    },
  };
}

type Matcher = (local: number) => boolean;

/** Tells whether a local time fits: five fields of numbers, lists, ranges and steps. */
export function readCron(cron: string): Matcher {
  const fields = cron.split(' ').map(readField);
  const [minutes, hours, days, months, weekdays] = fields;
  if (!minutes || !hours || !days || !months || !weekdays) throw new Error(`Five fields: ${cron}`);
  const [, , day, , weekday] = cron.split(' ');
  const isEither = day !== '*' && weekday !== '*';
  return (local) => {
    // The fields that rule most out come first: this walks over the minutes of a year.
    if (!minutes.has(Math.floor(local / MINUTE) % 60)) return false;
    if (!hours.has(Math.floor(local / HOUR) % 24)) return false;
    const date = new Date(local);
    if (!months.has(date.getUTCMonth() + 1)) return false;
    const isDay = days.has(date.getUTCDate());
    const weekdayNumber = date.getUTCDay();
    const isWeekday = weekdays.has(weekdayNumber) || (weekdayNumber === 0 && weekdays.has(7));
    return isEither ? isDay || isWeekday : isDay && isWeekday;
  };
}

function readField(field: string): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [low = '', high = low] = range === '*' ? ['0', '59'] : range.split('-');
    for (let value = Number(low); value <= Number(high); value += Number(step)) values.add(value);
  }
  return values;
}

/** All due times of a cron expression in a range. */
export function cronRuns(
  cron: string,
  timezone: string,
  fromMs: number,
  toMs: number,
): readonly number[] {
  // Two days around it, for those that a zone moves in or out.
  const zone = openZone(timezone, fromMs - 2 * DAY, toMs + 2 * DAY);
  const runs = new Set<number>();
  const [minute = '', hour = ''] = cron.split(' ');
  const isReal = /[*/]/.test(minute + hour);
  const matches = readCron(cron);
  for (let at = fromMs - DAY; at < toMs + DAY; at += MINUTE) {
    // Real time walks over moments; a fixed time over what a wall clock would show without a change.
    if (isReal && matches(zone.toLocal(at))) runs.add(at);
    if (!isReal && matches(at)) runs.add(zone.toMoment(at));
  }
  return [...runs].filter((at) => at > fromMs && at <= toMs).sort((a, b) => a - b);
}

/** All due times in a range of what is due every so many days at the local time of a moment. */
export function dayRuns(
  days: number,
  anchorMs: number,
  timezone: string,
  toMs: number,
): readonly number[] {
  const zone = openZone(timezone, anchorMs - 2 * DAY, toMs + 2 * DAY);
  const anchor = zone.toLocal(anchorMs);
  const runs: number[] = [];
  for (let step = 1; ; step++) {
    const at = zone.toMoment(anchor + step * days * DAY);
    if (at > toMs) return runs;
    runs.push(at);
  }
}
