import { createByteWatch } from './byte-watch.ts';
import { BrokenFileError, MAX_ROW_BYTES } from './file-fault.ts';

/** A row of cells; null for one that is empty and not in quotes. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly (string | null)[];
  readonly isUtf8: boolean;
}

/** The parser takes all that it is given at once: little, so that others get their turn between. */
const SLICE_BYTES = 16 * 1024;

/** The rows of a CSV file as RFC 4180 has it, read piece by piece; throws BrokenFileError. */
export async function* readCsv(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly CsvRow[]> {
  const watch = createByteWatch();
  let rows: CsvRow[] = [];
  let line = 1;
  let emptyLines = 0;

  /** Moves on to the first line of the row that comes next. */
  function skipEmptyLines(): void {
    line += parser.info.empty_lines - emptyLines;
    emptyLines = parser.info.empty_lines;
  }

  // Loaded by the first file: a server into which nobody imports starts without it.
  const { CsvError, Parser } = await import('csv-parse');
  const parser = new Parser({
    bom: true,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES,
    // An empty text and no value are told apart by their quotes.
    cast: (value, { quoting }) => (value === '' && !quoting ? null : value),
    on_record(cells: readonly (string | null)[]) {
      const skipped = parser.info.empty_lines - emptyLines;
      skipEmptyLines();
      const { newlines, isUtf8 } = watch.take(parser.info.bytes);
      rows.push({ line, cells, isUtf8 });
      line += newlines - skipped;
      return null;
    },
  });
  // Each step hears of its own error.
  parser.on('error', () => undefined);

  const step = (run: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) => {
      run((error) => (error ? reject(error) : resolve()));
    }).catch((error: unknown) => {
      if (!(error instanceof CsvError)) throw error;
      skipEmptyLines();
      throw new BrokenFileError(line, explain(error.code));
    });

  for await (const chunk of chunks)
    for (let from = 0; from < chunk.length; from += SLICE_BYTES) {
      const slice = chunk.subarray(from, from + SLICE_BYTES);
      watch.add(slice);
      await step((done) => parser.write(slice, done));
      if (rows.length > 0) yield rows;
      rows = [];
    }
  await step((done) => {
    parser.once('error', done);
    parser.end(() => done());
  });
  if (rows.length > 0) yield rows;
}

function explain(code: string): string {
  switch (code) {
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'has text behind a closing quote; inside of a quoted cell a quote is written twice';
    case 'INVALID_OPENING_QUOTE':
      return 'has a quote inside of a cell that is not in quotes; put quotes around the cell and write those in it twice';
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'opens a quote that is never closed';
    case 'CSV_MAX_RECORD_SIZE':
      return `begins a row of more than ${MAX_ROW_BYTES / 1024 / 1024} MB; a quote may be open`;
    default:
      return `is not CSV (${code})`;
  }
}
