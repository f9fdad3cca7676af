import { extname } from 'node:path';
import { AppError } from '../core/errors.ts';

/** Stands for standard input or output. */
export const STANDARD = '-';

const EXTENSIONS: Readonly<Record<string, string>> = {
  '.csv': 'csv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.json': 'json',
};

/** The format that was asked for, else the one that the file's name ends with. */
export function readFormat<Format extends string>(
  file: string,
  given: string | undefined,
  formats: readonly Format[],
): Format {
  const name = given ?? EXTENSIONS[extname(file).toLowerCase()];
  const format = formats.find((one) => one === name);
  if (format) return format;
  const choices = formats.join(' or ');
  throw new AppError(
    'invalid_input',
    given === undefined
      ? `What ${file} is cannot be told from its name. Say it with --format ${choices}.`
      : `--format must be ${choices}, got ${given}.`,
  );
}

/** 138000 as 138,000. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** Rows and their number per second; more than this often nobody can read it. */
const SHOW_EVERY_MS = 100;
const BAR_LENGTH = 24;

/** Shows how far something is, in one line that changes. */
export function createProgress(show: (line: string) => void) {
  let begin = performance.now();
  let what = '';
  let shownAt = 0;
  return {
    /** `part` is from 0 to 1 where the end is known. */
    update(step: string, rows: number, part: number | undefined): void {
      const now = performance.now();
      if (step !== what) begin = now;
      else if (now - shownAt < SHOW_EVERY_MS) return;
      what = step;
      shownAt = now;
      const rate = Math.round(rows / Math.max((now - begin) / 1000, 0.001));
      const speed = now - begin < SHOW_EVERY_MS ? '' : `, ${formatCount(rate)} a second`;
      show(`${toBar(part)}${step} ${formatCount(rows)} rows${speed}`);
    },
    end: () => show(''),
  };
}

function toBar(part: number | undefined): string {
  if (part === undefined) return '';
  const done = Math.round(Math.min(1, part) * BAR_LENGTH);
  return `[${'#'.repeat(done)}${'.'.repeat(BAR_LENGTH - done)}] `;
}
