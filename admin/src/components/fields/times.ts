const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** Whether a text is a day of the calendar; JavaScript would make March of the 30th of February. */
export function isDay(text: string): boolean {
  if (!DAY.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00.000Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/** The UTC of a moment as RFC 3339 writes it, as the server keeps it; undefined for anything else. */
export function toUtc(text: string): string | undefined {
  if (!MOMENT.test(text) || !isDay(text.slice(0, 10))) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** A moment as an input of type datetime-local wants it: in the viewer's zone, without a zone. */
export function toLocalInput(utc: string): string {
  const time = new Date(utc);
  const pad = (value: number, digits = 2) => String(value).padStart(digits, '0');
  const day = `${pad(time.getFullYear(), 4)}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`;
  const clock = `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}`;
  const ms = time.getMilliseconds();
  return `${day}T${clock}${ms === 0 ? '' : `.${pad(ms, 3)}`}`;
}

/** Back from such an input; undefined when it holds no whole time. */
export function fromLocalInput(local: string): string | undefined {
  const ms = local === '' ? Number.NaN : new Date(local).getTime();
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** The viewer's zone with its distance from UTC at that moment: "Europe/Zurich, UTC+01:00". */
export function zoneWords(utc: string): string {
  const minutes = -new Date(utc).getTimezoneOffset();
  const pad = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const far = Math.abs(minutes);
  const offset = `UTC${minutes < 0 ? '-' : '+'}${pad(far / 60)}:${pad(far % 60)}`;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone === 'UTC' || zone === '' ? offset : `${zone}, ${offset}`;
}
