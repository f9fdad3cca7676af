/** The one spelling of a day or a moment, or what is wrong with the text, to follow "must be …". */
export type ParsedTime = { readonly text: string } | { readonly fault: string };

export const FIRST_DAY = '0001-01-01';
export const LAST_DAY = '9999-12-31';
export const FIRST_MOMENT = `${FIRST_DAY}T00:00:00.000Z`;
export const LAST_MOMENT = `${LAST_DAY}T23:59:59.999Z`;

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const MOMENT =
  /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
const MINUTE_MS = 60_000;
const FIRST_MS = Date.parse(FIRST_MOMENT);
const LAST_MS = Date.parse(LAST_MOMENT);

/** A day of the calendar as `YYYY-MM-DD`, in the years 0001 to 9999. */
export function parseDay(text: string): ParsedTime {
  if (!DAY.test(text)) return { fault: 'a date such as 2024-12-31' };
  if (!isDay(text)) return { fault: 'a day that exists' };
  return text < FIRST_DAY ? { fault: 'a day of the years 0001 to 9999' } : { text };
}

/**
 * A moment as RFC 3339 writes it, brought to UTC with three digits of fraction; further ones are cut.
 * SQLite, JavaScript and most clocks know no leap second, so second 60 is refused.
 */
export function parseMoment(text: string): ParsedTime {
  const parts = MOMENT.exec(text);
  if (!parts) return { fault: 'a time with its offset, such as 2024-12-31T23:59:59Z' };
  const [, day = '', hour = '', minute = '', second = '', fraction = '', sign, ...offset] = parts;
  if (!isDay(day)) return { fault: 'a time on a day that exists' };
  if (second === '60') return { fault: 'a time without a leap second: the last second is 59' };
  if (hour > '23' || minute > '59' || second > '59')
    return { fault: 'a time between 00:00:00 and 23:59:59' };
  const [offsetHours = '00', offsetMinutes = '00'] = offset;
  if (offsetHours > '23' || offsetMinutes > '59')
    return { fault: 'a time with an offset between -23:59 and +23:59' };
  const local = `${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
  const offsetMs = (Number(offsetHours) * 60 + Number(offsetMinutes)) * MINUTE_MS;
  const ms = Date.parse(local) - (sign === '-' ? -offsetMs : offsetMs);
  if (ms < FIRST_MS || ms > LAST_MS)
    return { fault: 'a time that lies in the years 0001 to 9999 in UTC' };
  return { text: offsetMs === 0 ? local : new Date(ms).toISOString() };
}

/** The text has the form of a day; JavaScript would make March of the 30th of February. */
function isDay(text: string): boolean {
  const ms = Date.parse(`${text}T00:00:00.000Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}
