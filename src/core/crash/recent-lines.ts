import type { LogFields, Logger, LogLevel } from '../logger.ts';

/** A log line without what came from elsewhere: neither a text of a user nor a value of a field. */
export interface RecentLine {
  readonly time: number;
  readonly level: LogLevel;
  readonly text: string;
}

export interface RememberingLogger extends Logger {
  /** The last ones, oldest first. */
  recent(): readonly RecentLine[];
}

const KEPT = 30;
const MAX_TEXT = 120;
/** With one of these as a field, the message is what user code has written. */
const OUTPUT_FIELDS = ['worker', 'extension_host'];

/** Passes on to a logger and remembers the gist of the last lines. */
export function rememberLines(logger: Logger, now: () => number): RememberingLogger {
  const lines: RecentLine[] = [];
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      logger[level](message, fields);
      if (!logger.isEnabled(level)) return;
      lines.push({ time: now(), level, text: toGist(message, fields) });
      if (lines.length > KEPT) lines.shift();
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warning: at('warning'),
    error: at('error'),
    isEnabled: logger.isEnabled,
    recent: () => lines,
  };
}

function toGist(message: string, fields: LogFields): string {
  const isOutput = OUTPUT_FIELDS.some((name) => name in fields);
  // What our own messages quote stands behind a colon.
  const [said = ''] = isOutput ? ['a line of user code'] : message.split(/[:"'`(\n]/);
  const facts = Object.entries(fields).flatMap(([name, value]) => {
    if (typeof value === 'number' || typeof value === 'boolean') return [`${name}=${value}`];
    if (value instanceof Error) return [`${name}=${nameError(value)}`];
    return [];
  });
  return [said.slice(0, MAX_TEXT).trim(), ...facts].join(' ');
}

/** What kind of error it is, without its message: that may quote anything. */
export function nameError(error: Error): string {
  const name = toWord(error.name) ?? 'Error';
  const code = 'code' in error ? toWord(error.code) : undefined;
  return code === undefined ? name : `${name} ${code}`;
}

/** Names and codes are words; anything else was put there by somebody. */
function toWord(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_]{0,40}$/.test(value)
    ? value
    : undefined;
}
