import { parseJsonPart } from '../../../lib/json-part.ts';
import { isPlainObject, MAX_JSON_DEPTH } from '../../../lib/json-value.ts';
import { readLines } from '../../../lib/ndjson-reader.ts';
import type { RawData } from '../../collections/schema.ts';
import type { ImportFault } from '../store.ts';
import type { FileRow, RowBatch } from './file-row.ts';

/** Around a value, which the field itself bounds, stand the data and the record. */
const MAX_LINE_DEPTH = MAX_JSON_DEPTH + 2;
/** Only a record has it: no field can be called so. */
const MARK = 'collection_id';
const RECORD_KEYS: ReadonlySet<string> = new Set([
  'id',
  MARK,
  'owner_id',
  'data',
  'expanded',
  'created_at',
  'updated_at',
]);

/** The rows of a file with one JSON object a line: data alone, or records as an export writes them. */
export async function* readNdjsonRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<RowBatch> {
  for await (const { lines, faults: unread } of readLines(chunks)) {
    const rows: FileRow[] = [];
    const faults: ImportFault[] = [...unread];
    for (const { line, text } of lines) {
      const part = parseJsonPart(text, MAX_LINE_DEPTH);
      if (!part.ok) faults.push({ line, loc: part.path, msg: part.msg });
      else if (!isPlainObject(part.value))
        faults.push({ line, loc: [], msg: 'must be an object: a record, or its data' });
      else if (Object.hasOwn(part.value, MARK)) addRecord(line, part.value, rows, faults);
      else rows.push(toRow(line, part.value));
    }
    yield { rows, faults };
  }
}

/** Plain data, among which may stand what a record has of its own. */
function toRow(line: number, object: RawData): FileRow {
  const { id, owner_id: ownerId, created_at: _, updated_at: __, ...data } = object;
  return { line, id, ownerId, data, isWhole: false };
}

function addRecord(
  line: number,
  { id, owner_id: ownerId, data, created_at: createdAt, updated_at: updatedAt, ...rest }: RawData,
  rows: FileRow[],
  faults: ImportFault[],
): void {
  const unknown = Object.keys(rest).find((key) => !RECORD_KEYS.has(key));
  if (unknown !== undefined)
    faults.push({
      line,
      loc: [unknown],
      msg: 'is not a part of a record; fields belong into data',
    });
  else if (!isPlainObject(data))
    faults.push({ line, loc: ['data'], msg: 'must be an object: the data of the record' });
  else rows.push({ line, id, ownerId, data, createdAt, updatedAt, isWhole: true });
}
