import { release } from 'node:os';
import type { RecentLine } from './recent-lines.ts';
import { nameError } from './recent-lines.ts';
import type { Scrub } from './scrub.ts';

export interface Crash {
  /** Such as `uncaught exception in the server`. */
  readonly what: string;
  /** Undefined for a signal. */
  readonly error: unknown;
  readonly time: Date;
  readonly version: string;
  readonly sqlite: string;
  readonly recent: readonly RecentLine[];
}

const MAX_FRAMES = 40;
const MAX_CAUSES = 4;
const MEGABYTE = 1024 * 1024;
/** What the engine itself says, with nothing in it but names of the program's own source. */
const OF_THE_ENGINE =
  /^(undefined is not an object|null is not an object|[\w$.]{1,60} is not (a function|a constructor|defined|iterable)|Maximum call stack size exceeded\.?|Out of memory|Invalid array length)/;

/** `at name (/file:1:2)`, with a file of this program, of the engine or of the disk. */
const FRAME = /^at [\w$.<>[\] ]*\(?(\/|file:|[A-Z]:\\|native|unknown|node:|bun:)[^()]*\)?$/;

/** What helps to find a fault, and nothing that belongs to somebody. */
export function formatReport(crash: Crash, scrub: Scrub): string {
  const { what, error, time, version, sqlite, recent } = crash;
  const { rss, heapUsed } = process.memoryUsage();
  const rows = [
    ['what', what],
    ['time', time.toISOString()],
    [
      'version',
      `TinyBase ${version}, Bun ${Bun.version} (${Bun.revision.slice(0, 9)}), SQLite ${sqlite}`,
    ],
    ['platform', `${process.platform} ${process.arch}, ${scrub(release())}`],
    ['uptime', `${Math.round(process.uptime())} s`],
    [
      'memory',
      `${Math.round(rss / MEGABYTE)} MB resident, ${Math.round(heapUsed / MEGABYTE)} MB heap`,
    ],
  ];
  const lines = recent.map(
    ({ time: at, level, text }) => `${new Date(at).toISOString()} ${level} ${scrub(text)}`,
  );
  return [
    'TinyBase crash report',
    'Messages of errors, values of settings and variables, requests and addresses are left out.',
    '',
    ...rows.map(([label = '', value]) => `${label.padEnd(9)} ${value}`),
    '',
    'Error',
    ...(error === undefined ? ['  none'] : describe(error, scrub, 0)),
    '',
    'Last lines of the log',
    ...(lines.length === 0 ? ['  none'] : lines.map((line) => `  ${line}`)),
    '',
  ].join('\n');
}

function describe(error: unknown, scrub: Scrub, depth: number): string[] {
  if (!(error instanceof Error)) return [`  something that is no error: ${typeof error}`];
  const said = OF_THE_ENGINE.exec(read(() => String(error.message)) ?? '')?.[0];
  const head = `  ${nameError(error)}${said === undefined ? '' : `: ${scrub(said)}`}`;
  const frames = framesOf(error)
    .slice(0, MAX_FRAMES)
    .map((frame) => `    ${scrub(frame)}`);
  const cause = read(() => error.cause);
  if (cause === undefined || depth >= MAX_CAUSES) return [head, ...frames];
  return [head, ...frames, '  caused by', ...describe(cause, scrub, depth + 1)];
}

/** Where it happened. The message stands before that, and may have lines that look the same. */
function framesOf(error: Error): string[] {
  const stack = read(() => String(error.stack)) ?? '';
  const message = read(() => String(error.message)) ?? '';
  const start = message === '' ? -1 : stack.indexOf(message);
  const below = start < 0 ? stack : stack.slice(start + message.length);
  return below
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => FRAME.test(line));
}

/** A getter of an error may throw. */
function read<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}
