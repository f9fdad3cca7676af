import type { Schedule } from '../../api/types.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const SHORT_DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const WHOLE = /^\d{1,2}$/;

const onceText = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});

/** When a schedule runs, as people say it: "02:30 on weekdays". */
export function whenWords(schedule: Schedule): string {
  switch (schedule.method) {
    case 'once': {
      const day = new Date(`${schedule.date}T00:00:00Z`);
      const date = Number.isNaN(day.getTime()) ? schedule.date : onceText.format(day);
      return `Once, ${date} at ${schedule.time}`;
    }
    case 'interval':
      return schedule.value === 1
        ? `Every ${schedule.unit.slice(0, -1)}`
        : `Every ${schedule.value} ${schedule.unit}`;
    case 'cron':
      return cronWords(schedule.cron) ?? schedule.cron;
  }
}

/** Whether its words are the expression itself. */
export function isBareCron(schedule: Schedule): boolean {
  return schedule.method === 'cron' && cronWords(schedule.cron) === undefined;
}

/** An expression in words; undefined where it is itself the shortest way to say it. */
export function cronWords(cron: string): string | undefined {
  const text = cron.trim();
  const fields = (NICKNAMES[text.toLowerCase()] ?? text).split(/\s+/);
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  if (fields.length !== 5) return undefined;
  const isEveryDay = day === '*' && month === '*' && weekday === '*';
  const step = /^\*\/(\d+)$/.exec(minute)?.[1];
  if (isEveryDay && hour === '*') {
    if (minute === '*') return 'Every minute';
    if (step !== undefined && 60 % Number(step) === 0) return `Every ${step} minutes`;
    return WHOLE.test(minute) ? `Every hour at ${minute} past` : undefined;
  }
  if (!WHOLE.test(minute) || !WHOLE.test(hour)) return undefined;
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (isEveryDay) return `${time} every day`;
  if (day === '*' && month === '*') {
    const days = weekdayWords(weekday);
    return days && `${time} on ${days}`;
  }
  if (weekday !== '*') return undefined;
  if (month !== '*') {
    const name = WHOLE.test(month) ? MONTHS[Number(month) - 1] : undefined;
    return name !== undefined && WHOLE.test(day) ? `${time} on ${day} ${name}` : undefined;
  }
  if (day.toUpperCase() === 'L') return `${time} on the last day of the month`;
  return WHOLE.test(day) ? `${time} on day ${day} of the month` : undefined;
}

function weekdayWords(field: string): string | undefined {
  const parts = field.toUpperCase().split(',');
  const range = /^(\w+)-(\w+)$/.exec(field.toUpperCase());
  if (range) {
    const [from, to] = [dayOf(range[1] ?? ''), dayOf(range[2] ?? '')];
    if (from === undefined || to === undefined) return undefined;
    return from === 1 && to === 5 ? 'weekdays' : `${DAYS[from]} to ${DAYS[to]}`;
  }
  const days = parts.map(dayOf);
  if (days.some((each) => each === undefined)) return undefined;
  const names = days.map((each) => DAYS[each ?? 0]);
  if (names.length === 1) return `${names[0]}s`;
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function dayOf(text: string): number | undefined {
  if (/^[0-7]$/.test(text)) return Number(text) % 7;
  const found = SHORT_DAYS.indexOf(text);
  return found === -1 ? undefined : found;
}

/** "Mon 23 Nov, 02:30", in a zone. */
export function runText(time: string, timezone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: new Date(time).getFullYear() === new Date().getFullYear() ? undefined : 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: /:00\.000Z$/.test(time) ? undefined : '2-digit',
    timeZone: timezone,
  }).format(new Date(time));
}

/** What a change of the clocks does to the next runs; undefined when none comes between them. */
export function clockChangeWords(times: readonly string[], timezone: string): string | undefined {
  const offsets = times.map((time) => offsetText(time, timezone));
  const at = offsets.findIndex((offset, index) => index > 0 && offset !== offsets[index - 1]);
  if (at === -1) return undefined;
  const change = `The clocks of ${timezone} change before run ${at + 1}`;
  const [hours = [], others = []] = [times.slice(0, at), times.slice(at)].map((part) => [
    ...new Set(part.map((time) => clockText(time, timezone))),
  ]);
  const [before, after] = [hours[0], others[0]];
  // Every few minutes: there is no time of day that could move.
  if (hours.length > 1 || before === undefined || after === undefined) return `${change}.`;
  if (others.length === 1 && after === before) return `${change}: it stays at ${before}.`;
  const isOnlyThat = others.length > 1 && others.slice(1).every((other) => other === before);
  if (others.length > 1 && !isOnlyThat) return `${change}.`;
  return `${change}: it is at ${after} then${isOnlyThat ? ', once' : ''}, not at ${before}.`;
}

function clockText(time: string, timezone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    timeZone: timezone,
  }).format(new Date(time));
}

/** How far a zone is from UTC at a time: "GMT+2". */
function offsetText(time: string, timezone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    timeZoneName: 'shortOffset',
  });
  const parts = format.formatToParts(new Date(time));
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}
