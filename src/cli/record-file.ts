import { extname } from 'node:path';
import { Option } from 'commander';
import { AppError } from '../core/errors.ts';

/** Stands for standard input or output. */
export const STANDARD = '-';

const EXTENSIONS: Readonly<Record<string, string>> = {
  '.csv': 'csv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.json': 'json',
};

/** The option that says what a file is. */
export function formatOption(formats: readonly string[]): Option {
  return new Option('--format <format>', 'default: by the end of the name').choices(formats);
}

/** The format that was asked for, else the one that the file's name ends with. */
export function readFormat<Format extends string>(
  file: string,
  given: string | undefined,
  formats: readonly Format[],
): Format {
  const format =
    given === undefined ? findFormat(file, formats) : formats.find((one) => one === given);
  if (format) return format;
  throw new AppError(
    'invalid_input',
    `What ${file} is cannot be told from its name. Say it with --format ${formats.join(' or ')}.`,
  );
}

/** The format that the file's name ends with, if it does. */
export function findFormat<Format extends string>(
  file: string,
  formats: readonly Format[],
): Format | undefined {
  const name = EXTENSIONS[extname(file).toLowerCase()];
  return formats.find((one) => one === name);
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

/** How far something is whose end is known, from 0 to 1. */
export function showShare(what: string, done: number): string {
  return `${toBar(done)}${what} ${Math.floor(done * 100)} %`;
}

/** 12.3 MB; what is smaller than a tenth of that is told in KB. */
export function formatBytes(bytes: number): string {
  const megabytes = bytes / 1_000_000;
  if (megabytes >= 10_000) return `${(megabytes / 1_000).toFixed(0)} GB`;
  return megabytes < 0.1 ? `${Math.ceil(bytes / 1_000)} KB` : `${megabytes.toFixed(1)} MB`;
}

function toBar(part: number | undefined): string {
  if (part === undefined) return '';
  const done = Math.round(Math.min(1, part) * BAR_LENGTH);
  return `[${'#'.repeat(done)}${'.'.repeat(BAR_LENGTH - done)}] `;
}
