import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { listFiles } from '../support/content-hash.ts';
import { inRoot, ROOT } from '../support/paths.ts';
import { medianOf } from '../support/words.ts';
import type { StepResult } from './step.ts';

const LONG_FILE_LINES = 400;

/** Warns about long files, and says the median, so that growth is seen. */
export async function checkLineCount(): Promise<StepResult> {
  const files = ['src', 'admin/src', 'scripts', 'test']
    .flatMap((folder) => listFiles(inRoot(folder)))
    .filter((file) => /\.(ts|vue|css|mjs)$/.test(file) && !file.endsWith('.gen.ts'))
    .map((file) => ({
      path: relative(ROOT, file),
      lines: readFileSync(file, 'utf8').split('\n').length - 1,
    }));
  const source = files.filter((file) => file.path.startsWith('src/'));
  const largest = source.reduce((a, b) => (b.lines > a.lines ? b : a), { path: '-', lines: 0 });
  const long = files.filter((file) => file.lines > LONG_FILE_LINES);
  return {
    ok: true,
    warning: long.length > 0,
    output: long
      .sort((a, b) => b.lines - a.lines)
      .map(
        (file) =>
          `${file.path} has ${file.lines} lines; above ${LONG_FILE_LINES} it wants splitting`,
      )
      .join('\n'),
    note: `src: median ${medianOf(source.map((file) => file.lines))} lines, largest ${largest.path} with ${largest.lines}`,
  };
}
