import { Cron } from 'croner';

/** A cron expression and the time zone that its times are in. */
export interface CronSchedule {
  readonly cron: string;
  readonly timezone: string;
}

const MAX_LENGTH = 200;
const NICKNAMES = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];
const EXAMPLE = 'a cron expression such as 30 2 * * 1-5';
const FIELDS = [
  { name: 'second', allowed: '0-59' },
  { name: 'minute', allowed: '0-59' },
  { name: 'hour', allowed: '0-23' },
  { name: 'day of the month', allowed: '1-31, L (the last day), 15W (the weekday nearest to it)' },
  { name: 'month', allowed: '1-12, JAN-DEC' },
  {
    name: 'day of the week',
    allowed: '0-7, SUN-SAT, 1#2 (the second Monday), 5L (the last Friday)',
  },
] as const;

/** The first moment after another at which a cron expression is due, or undefined when there is none. */
export function nextCronTime(schedule: CronSchedule, afterMs: number): number | undefined {
  return read(schedule).nextRun(new Date(afterMs))?.getTime();
}

/** What is wrong with a cron expression, to follow "must be …", or undefined. */
export function findCronFault(cron: string): string | undefined {
  if (cron.length > MAX_LENGTH) return `${EXAMPLE}, of at most ${MAX_LENGTH} characters`;
  const text = cron.trim();
  if (text.startsWith('@'))
    return NICKNAMES.includes(text.toLowerCase())
      ? undefined
      : `${EXAMPLE} or one of ${NICKNAMES.join(', ')}`;
  const fields = text === '' ? [] : text.split(/\s+/);
  if (fields.length < 5 || fields.length > 6)
    return `${EXAMPLE}: five fields (minute, hour, day of the month, month, day of the week), or six with the second first; it has ${fields.length}`;
  return findFieldFault(fields) ?? (isReadable(text) ? findRarity(text) : EXAMPLE);
}

/** croner counts some fields from 0 and says so, so each field is looked at by itself. */
function findFieldFault(fields: readonly string[]): string | undefined {
  const described = FIELDS.slice(-fields.length);
  for (const [index, field] of fields.entries()) {
    const alone = fields.map((_, at) => (at === index ? field : '*')).join(' ');
    const { name, allowed } = described[index] ?? FIELDS[0];
    if (!isReadable(alone))
      return `${EXAMPLE}; its ${name} is ${JSON.stringify(field)} and may be * or ${allowed}, a list such as 1,3, a range such as 1-5, a step such as */2 or 1-5/2`;
  }
  return undefined;
}

function findRarity(cron: string): string | undefined {
  // The calendar repeats itself every 400 years, and so far croner looks, in milliseconds.
  if (nextCronTime({ cron, timezone: 'UTC' }, 0) !== undefined) return undefined;
  return `${EXAMPLE} that a day fits; none ever fits ${cron}`;
}

function isReadable(cron: string): boolean {
  try {
    read({ cron, timezone: 'UTC' });
    return true;
  } catch {
    return false;
  }
}

/**
 * Jobs follow real time when minute or hour has a wildcard or a step. All others, lists and ranges
 * too, keep their local time: at the first moment after a gap, once where a time comes twice.
 */
function read({ cron, timezone }: CronSchedule): Cron {
  return new Cron(cron.trim(), {
    timezone,
    mode: '5-or-6-parts',
    fixedTimeRule: 'no-wildcard',
    paused: true,
  });
}
