import { relative } from 'node:path';
import { AppError } from '../core/errors.ts';

/** Everything a command touches outside of itself, so that tests can run `main` in memory. */
export interface CliIo {
  /** Changed by --env-file, so that functions find what it holds. */
  readonly env: Record<string, string | undefined>;
  readonly cwd: string;
  /** True when a person can be asked. */
  readonly isTerminal: boolean;
  /** Colour of what goes to standard output. */
  readonly hasColour: boolean;
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
  /** Waits until what was written has left the program. */
  flush(): Promise<void>;
}

/** The real terminal, environment and signals. */
export function createProcessIo(): ProcessIo {
  const { stdin, stdout, stderr, env } = process;
  // A reader that went away (`tinybase … | head`) is no reason to fail.
  for (const stream of [stdout, stderr]) stream.on('error', () => {});
  return {
    env,
    cwd: process.cwd(),
    isTerminal: stdin.isTTY === true && stdout.isTTY === true,
    hasColour: stdout.isTTY === true && !env.NO_COLOR,
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    write: (text) =>
      new Promise((resolve) => {
        stdout.write(text, (error) => resolve(!error));
      }),
    input: () => Bun.stdin.stream(),
    status(line) {
      // Back to the first column, and away with what stands there: ECMA-48.
      if (stderr.isTTY === true) stderr.write(`\r\u001b[K${line}`);
    },
    ask,
    onStop(listener) {
      process.on('SIGINT', listener);
      process.on('SIGTERM', listener);
      return () => {
        process.off('SIGINT', listener);
        process.off('SIGTERM', listener);
      };
    },
    exitNow: (code) => process.exit(code),
    async flush() {
      await Promise.all([stdout, stderr].map((stream) => drain(stream)));
    },
  };
}

function drain(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}

async function ask({ message, isSecret = false, findFault }: Question): Promise<string> {
  // Only needed on a terminal; loading it would cost every other start.
  const { isCancel, password, text } = await import('@clack/prompts');
  const validate = (answer: string | undefined) => findFault?.(answer ?? '');
  const answer = isSecret
    ? await password({ message, validate })
    : await text({ message, validate });
  if (isCancel(answer)) throw new AppError('conflict', 'Cancelled: nothing more was done.');
  return answer;
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
