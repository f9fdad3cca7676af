import { type Fault, invalidInput } from '../../../core/errors.ts';
import { type CsvRow, readCsv } from '../../../lib/csv-reader.ts';
import type { FileFault } from '../../../lib/file-fault.ts';
import { parseJsonPart } from '../../../lib/json-part.ts';
import { isPlainObject } from '../../../lib/json-value.ts';
import { readLines } from '../../../lib/ndjson-reader.ts';
import type { ForeignUsers } from '../store.ts';
import { type ColumnName, findColumn } from './columns.ts';

/** What a row says of an account, before any of it is checked; what it leaves out is not there. */
export interface RawRow {
  readonly line: number;
  readonly values: Readonly<Partial<Record<ColumnName, unknown>>>;
}

/** Rows that were read together, and what is wrong with those that are none. */
export interface RawBatch {
  readonly rows: readonly RawRow[];
  readonly faults: readonly FileFault[];
}

const BATCH_ROWS = 500;
/** An account has no values within values. */
const MAX_DEPTH = 8;

/** The rows of a CSV file, whose first line names the columns. */
export async function* readCsvAccounts(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<RawBatch> {
  let columns: readonly (ColumnName | 'ignored')[] | undefined;
  for await (const batch of readCsv(chunks)) {
    const rows: RawRow[] = [];
    const faults: FileFault[] = [];
    for (const row of batch) {
      if (columns) addCells(row, columns, rows, faults);
      else columns = readHeader(row);
    }
    yield { rows, faults };
  }
  if (!columns) throw badHeader([], 'is required: name the columns in line 1');
}

/** The rows of a file with one JSON object a line. */
export async function* readNdjsonAccounts(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<RawBatch> {
  for await (const { lines, faults: unread } of readLines(chunks)) {
    const rows: RawRow[] = [];
    const faults: FileFault[] = [...unread];
    for (const { line, text } of lines) {
      const part = parseJsonPart(text, MAX_DEPTH);
      if (!part.ok) faults.push({ line, loc: part.path, msg: part.msg });
      else if (!isPlainObject(part.value))
        faults.push({ line, loc: [], msg: 'must be an object: an account' });
      else addObject(line, part.value, rows, faults);
    }
    yield { rows, faults };
  }
}

/** The rows of a database, numbered as they come. */
export async function* readForeignAccounts(users: ForeignUsers): AsyncGenerator<RawBatch> {
  let line = 0;
  let rows: RawRow[] = [];
  for (const values of users.rows()) {
    rows.push({ line: ++line, values: withoutEmpty(values) });
    if (rows.length < BATCH_ROWS) continue;
    yield { rows, faults: [] };
    rows = [];
  }
  yield { rows, faults: [] };
}

function readHeader({ cells, isUtf8 }: CsvRow): readonly (ColumnName | 'ignored')[] {
  if (!isUtf8) throw badHeader([], 'is not valid UTF-8');
  const faults: Fault[] = [];
  const names = cells.map((cell) => (cell ?? '').trim());
  const columns = names.flatMap((name, index) => {
    const column = findColumn(name);
    if (typeof column === 'object') faults.push(headerFault([name], column.fault));
    else if (names.indexOf(name) < index) faults.push(headerFault([name], 'stands there twice'));
    else return [column];
    return [];
  });
  if (!names.includes('email')) faults.push(headerFault(['email'], 'is required'));
  if (faults.length > 0) throw invalidInput(faults);
  return columns;
}

function addCells(
  { line, cells, isUtf8 }: CsvRow,
  columns: readonly (ColumnName | 'ignored')[],
  rows: RawRow[],
  faults: FileFault[],
): void {
  const refuse = (msg: string) => void faults.push({ line, loc: [], msg });
  if (!isUtf8) refuse('is not valid UTF-8');
  else if (cells.length !== columns.length)
    refuse(`has ${cells.length} cells, but the header names ${columns.length} columns`);
  else {
    const values = columns.map((column, index) => [column, cells[index]] as const);
    rows.push({ line, values: withoutEmpty(Object.fromEntries(values)) });
  }
}

function addObject(
  line: number,
  object: Readonly<Record<string, unknown>>,
  rows: RawRow[],
  faults: FileFault[],
): void {
  const before = faults.length;
  for (const key of Object.keys(object)) {
    const column = findColumn(key);
    if (typeof column === 'object') faults.push({ line, loc: [key], msg: column.fault });
  }
  if (faults.length === before) rows.push({ line, values: withoutEmpty(object) });
}

/** Null and an empty cell say nothing. */
function withoutEmpty(values: Readonly<Record<string, unknown>>): RawRow['values'] {
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => name !== 'ignored' && value != null),
  );
}

function headerFault(loc: readonly string[], msg: string): Fault {
  return { loc: ['header', ...loc], msg, type: 'value_error' };
}

function badHeader(loc: readonly string[], msg: string) {
  return invalidInput([headerFault(loc, msg)]);
}
