import { type Clock, systemClock } from './clock.ts';
import { escapeControls, formatFields, toLoggable } from './logger-format.ts';

export const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one line per event. Fields never hold secrets: callers pass ids, not tokens or bodies. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warning(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  isEnabled(level: LogLevel): boolean;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes a whole line with its end; standard error when left out. */
  readonly write?: (line: string) => void;
  readonly clock?: Clock;
  /** Of the text format; by default when standard error is a terminal and NO_COLOR is not set. */
  readonly hasColour?: boolean;
}

/** As wide as one another, so that messages stand in a column. */
const LABELS = {
  debug: 'debug',
  info: 'info ',
  warning: 'warn ',
  error: 'error',
} as const satisfies Record<LogLevel, string>;

const COLOURS = { debug: 90, info: 36, warning: 33, error: 31 } as const satisfies Record<
  LogLevel,
  number
>;
const GREY = 90;

/** Logging never throws: a line that cannot be made is replaced, one that cannot be written is lost. */
export function createLogger({
  level: lowest,
  format,
  write = writeToStderr,
  clock = systemClock,
  hasColour = isColourWanted(),
}: LoggerOptions): Logger {
  const least = LOG_LEVELS.indexOf(lowest);
  const toLine = format === 'json' ? toJsonLine : toTextLine;

  function isEnabled(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= least;
  }

  function log(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (!isEnabled(level)) return;
    try {
      write(makeLine(level, message, fields));
    } catch {
      // Nowhere left to say it.
    }
  }

  function makeLine(level: LogLevel, message: string, fields: LogFields): string {
    try {
      return toLine(clock.now(), level, message, fields, hasColour);
    } catch {
      // A getter or a proxy among the fields threw: the event itself is still worth a line.
      return toLine(clock.now(), level, message, { fields: '[not printable]' }, hasColour);
    }
  }

  return {
    debug: (message, fields) => log('debug', message, fields),
    info: (message, fields) => log('info', message, fields),
    warning: (message, fields) => log('warning', message, fields),
    error: (message, fields) => log('error', message, fields),
    isEnabled,
  };
}

function toJsonLine(ms: number, level: LogLevel, message: string, fields: LogFields): string {
  const entry: Record<string, unknown> = Object.create(null);
  entry.time = new Date(ms).toISOString();
  entry.level = level;
  entry.message = String(message);
  for (const [key, value] of Object.entries(toLoggable(fields) as LogFields)) {
    // A field must not replace what every line has.
    entry[key in entry ? `field_${key}` : key] = value;
  }
  return `${JSON.stringify(entry)}\n`;
}

function toTextLine(
  ms: number,
  level: LogLevel,
  message: string,
  fields: LogFields,
  hasColour: boolean,
): string {
  const paint = (code: number, text: string) =>
    hasColour && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  const { inline, below } = formatFields(fields);
  const head = `${paint(GREY, toClockTime(ms))} ${paint(COLOURS[level], LABELS[level])} ${escapeControls(String(message))}`;
  const tail = inline === '' ? '' : ` ${paint(GREY, inline)}`;
  return [`${head}${tail}`, ...below.map((line) => paint(GREY, line)), ''].join('\n');
}

/** Time of day where the server stands: whoever reads the text format sits beside it. */
function toClockTime(ms: number): string {
  const time = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

function isColourWanted(): boolean {
  return process.stderr.isTTY === true && !process.env.NO_COLOR;
}

function writeToStderr(line: string): void {
  process.stderr.write(line);
}
