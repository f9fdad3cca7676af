import { invalidInput } from '../../../core/errors.ts';
import { type CsvRow, readCsv } from '../../../lib/csv-reader.ts';
import type { LiveCollection } from '../../collections/service.ts';
import type { ImportFault } from '../store.ts';
import { type Column, parseCell, parseHeader } from './columns.ts';
import type { FileRow, RowBatch } from './file-row.ts';

export interface CsvRowsOptions {
  readonly live: LiveCollection;
  readonly upsertBy: string | undefined;
  /** Told the fields of the header, before any row. */
  readonly onHeader: (fields: readonly string[]) => void;
}

/** The rows of a CSV file, whose first line names the columns. */
export async function* readCsvRows(
  chunks: AsyncIterable<Uint8Array>,
  { live, upsertBy, onHeader }: CsvRowsOptions,
): AsyncGenerator<RowBatch> {
  let columns: readonly Column[] | undefined;
  for await (const batch of readCsv(chunks)) {
    const rows: FileRow[] = [];
    const faults: ImportFault[] = [];
    for (const row of batch) {
      if (columns) addRow(row, columns, rows, faults);
      else {
        columns = readHeader(row, live, upsertBy);
        onHeader(columns.flatMap((column) => (column.kind === 'field' ? [column.field.name] : [])));
      }
    }
    yield { rows, faults };
  }
  if (!columns) throw noHeader('missing', 'is required: name the columns in line 1');
}

function readHeader(
  { cells, isUtf8 }: CsvRow,
  live: LiveCollection,
  upsertBy: string | undefined,
): readonly Column[] {
  if (!isUtf8) throw noHeader('value_error', 'is not valid UTF-8');
  return parseHeader(cells, live, upsertBy);
}

function noHeader(type: string, msg: string) {
  return invalidInput([{ loc: ['body', 'header'], type, msg }]);
}

function addRow(
  { line, cells, isUtf8 }: CsvRow,
  columns: readonly Column[],
  rows: FileRow[],
  faults: ImportFault[],
): void {
  const before = faults.length;
  const refuse = (loc: ImportFault['loc'], msg: string) => faults.push({ line, loc, msg });
  if (!isUtf8) refuse([], 'is not valid UTF-8');
  else if (cells.length !== columns.length)
    refuse([], `has ${cells.length} cells, but the header names ${columns.length} columns`);
  if (faults.length > before) return;
  let id: string | null | undefined;
  let ownerId: string | null | undefined;
  const data: Record<string, unknown> = {};
  for (const [index, column] of columns.entries()) {
    const cell = cells[index] ?? null;
    switch (column.kind) {
      case 'id':
        id = cell;
        break;
      case 'owner':
        ownerId = cell;
        break;
      case 'field': {
        const { field } = column;
        const parsed = parseCell(field, cells[index] ?? null);
        if (!parsed.ok) refuse([field.name, ...parsed.path], parsed.msg);
        else if (parsed.value !== undefined) data[field.name] = parsed.value;
        break;
      }
      case 'ignored':
        break;
      default:
        column satisfies never;
    }
  }
  if (faults.length === before) rows.push({ line, id, ownerId, data, isWhole: false });
}
