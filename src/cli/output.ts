import { relative } from 'node:path';
import { isatty } from 'node:tty';
import { watchCrashes } from './crash-signals.ts';
import type { CrashCause } from './crash-watch.ts';
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts';
import { StoppedError } from './stopped-error.ts';

/** Everything a command touches outside of itself, so that tests can run `main` in memory. */
export interface CliIo {
  /** Changed by --env-file, so that functions find what it holds. */
  readonly env: Record<string, string | undefined>;
  readonly cwd: string;
  /** True when a person can be asked. */
  readonly isTerminal: boolean;
  /** Colour of what goes to standard output. */
  readonly hasColour: boolean;
  /** The same of standard error. */
  readonly hasErrColour: boolean;
  /** How many characters a line takes that a person reads, where that is known. */
  readonly columns: number | undefined;
  /** Writes text and a line end to standard output. */
  out(text: string): void;
  /** The same to standard error. */
  err(text: string): void;
  /** Writes text as it is to standard output, as fast as it is taken; false when nobody takes it any more. */
  write(text: string): Promise<boolean>;
  /** What is sent to standard input. */
  input(): AsyncIterable<Uint8Array>;
  /** Shows a line in place of the one before, where a person watches; an empty one goes away. */
  status(line: string): void;
  /** Asks a question; only when `isTerminal`. Throws when the person gives up. */
  ask(question: Question): Promise<string>;
  /** Calls back on SIGINT and SIGTERM; the answer stops that. */
  onStop(listener: () => void): () => void;
  /** Calls back before the program ends of a fault of its own; the answer stops that. */
  onCrash(listener: (cause: CrashCause) => Promise<void>): () => void;
  /** Ends the program without cleaning up. */
  exitNow(code: number): void;
}

export interface Question {
  readonly message: string;
  /** Not shown while it is typed. */
  readonly isSecret?: boolean;
  /** What is wrong with an answer, if anything; it is asked again. */
  readonly findFault?: (answer: string) => string | undefined;
}

export interface ProcessIo extends CliIo {
  /** Waits until what was written has left the program; answers the exit code, another one when it could not. */
  finish(code: number): Promise<number>;
}

/** The real terminal, environment and signals. */
export function createProcessIo(): ProcessIo {
  const { stdout, stderr, env } = process;
  let lost: string | undefined;
  const noteFault = (error: Error | null | undefined) => {
    if (!error) return;
    const code = 'code' in error ? String(error.code) : error.message;
    // A reader that went away (`tinybase … | head`) is no reason to fail.
    if (code !== 'EPIPE') lost ??= code;
  };
  stdout.on('error', noteFault);
  stderr.on('error', () => {});
  const flush = async () => {
    await Promise.all([stdout, stderr].map((stream) => drain(stream)));
  };
  return {
    env,
    cwd: process.cwd(),
    // Not process.stdin: it is opened when it is looked at, and hardly any command reads it.
    isTerminal: isatty(0) && stdout.isTTY === true,
    hasColour: wantsColour(stdout, env),
    hasErrColour: wantsColour(stderr, env),
    columns: Number(env.COLUMNS) || stdout.columns || undefined,
    out: (text) => void stdout.write(`${text}\n`, noteFault),
    err: (text) => void stderr.write(`${text}\n`),
    write: (text) =>
      new Promise((resolve) => {
        stdout.write(text, (error) => {
          noteFault(error);
          resolve(!error);
        });
      }),
    input: () => Bun.stdin.stream(),
    status(line) {
      // Back to the first column, and away with what stands there: ECMA-48.
      if (stderr.isTTY === true) stderr.write(`\r\u001b[K${line}`);
    },
    ask,
    onStop,
    onCrash: (listener) =>
      watchCrashes(async (cause) => {
        await listener(cause);
        await flush();
      }),
    exitNow: (code) => process.exit(code),
    async finish(code) {
      await flush();
      if (lost === undefined) return code;
      stderr.write(`Not all of the output could be written (${lost}): is the disk full?\n`);
      await flush();
      return code === EXIT_OK ? EXIT_FAILED : code;
    },
  };
}

/** https://no-color.org and https://force-color.org; a person who says no is right. */
function wantsColour({ isTTY }: { isTTY?: boolean }, env: CliIo['env']): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return isTTY === true && env.TERM !== 'dumb';
}

function drain(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}

function onStop(listener: () => void): () => void {
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return () => {
    process.off('SIGINT', listener);
    process.off('SIGTERM', listener);
  };
}

async function ask({ message, isSecret = false, findFault }: Question): Promise<string> {
  // Only needed on a terminal; loading it would cost every other start.
  const { isCancel, password, text, updateSettings } = await import('@clack/prompts');
  // Ctrl-D says that nothing more comes.
  updateSettings({ aliases: { '\u0004': 'cancel' } });
  const validate = (answer: string | undefined) => findFault?.(answer ?? '');
  // Ctrl-C is a key here; a signal would end the program without a word, or not at all.
  const stopping = new AbortController();
  const stopListening = onStop(() => stopping.abort());
  try {
    const question = { message, validate, signal: stopping.signal };
    const answer = isSecret ? await password(question) : await text(question);
    if (isCancel(answer)) throw new StoppedError('Cancelled: nothing more was done.');
    return answer;
  } finally {
    stopListening();
  }
}

/** Paints text, or leaves it as it is. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
}

export function createPaint(hasColour: boolean): Paint {
  const wrap = (code: number) => (text: string) =>
    hasColour && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  return { bold: wrap(1), dim: wrap(2), green: wrap(32), yellow: wrap(33), red: wrap(31) };
}

/** Control characters, and those that turn the direction of a text around. */
const STEERING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** One line of text that somebody else wrote: what would steer the terminal is named instead. */
export function toVisible(text: string): string {
  return text.replace(STEERING, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`);
}

/** Columns as wide as their widest cell; the last one is left ragged. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, Bun.stringWidth(cell));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - Bun.stringWidth(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A path as short as it can be said from the current folder. */
export function showPath(cwd: string, path: string): string {
  const inside = relative(cwd, path);
  return inside.startsWith('..') ? path : inside || '.';
}
