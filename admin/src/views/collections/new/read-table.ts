import type { Json } from '../../../api/types.ts';
import { isJsonObject, parseJson } from '../../../components/fields/values.ts';
import { countOf } from '../../../components/ui/times.ts';
import type { FileTable } from './guess-fields.ts';
import { readText } from './read-text.ts';

/** It is held in memory as a whole; a larger one goes through the import of a collection. */
const MOST_BYTES = 50_000_000;
const MOST_COLUMNS = 200;
/** So much of the beginning tells what stands between the values. */
const HEAD_LENGTH = 20_000;

/** The note says what was made of the file that its author may not have meant. */
export type ReadTable = (FileTable & { readonly note?: string }) | { readonly fault: string };

/** A CSV with a head, a JSON list of objects, or an object a line. */
export async function readTable(file: File): Promise<ReadTable> {
  if (file.size === 0) return { fault: `${file.name} is empty.` };
  if (file.size > MOST_BYTES)
    return {
      fault: `${file.name} is larger than 50 MB. Make the collection first and import the file there: it is sent piece by piece.`,
    };
  const { text, note } = readText(new Uint8Array(await file.arrayBuffer()));
  // Also a file in two bytes a character that does not say so.
  if (text.includes('\0'))
    return { fault: `${file.name} is no text that can be read. Save it as CSV or JSON in UTF-8.` };
  const start = text.trimStart().charAt(0);
  const found =
    start === '[' || start === '{' ? readJsonRows(text, file.name) : await readCsv(text, file.name);
  if ('fault' in found) return found;
  if (found.rows.length === 0) return { fault: `${file.name} holds no rows.` };
  if (found.columns.length > MOST_COLUMNS)
    return {
      fault: `${file.name} has ${countOf(found.columns.length, 'column')}; a collection has at most ${MOST_COLUMNS} fields.`,
    };
  return note === undefined ? found : { ...found, note };
}

function readJsonRows(text: string, name: string): ReadTable {
  const whole = parseJson(text).value;
  if (whole !== undefined) {
    const { rows, key } = rowsOf(whole);
    if (!rows.every(isJsonObject)) return { fault: `${name} holds something that is no object.` };
    return {
      ...toTable(rows),
      ...(key !== undefined && { note: `The rows are those of ${key}; the rest is left out.` }),
    };
  }
  if (text.trimStart().startsWith('[')) return { fault: `${name} is not JSON.` };
  const rows: Record<string, Json>[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const value = parseJson(line).value;
    if (value === undefined) return { fault: `Line ${index + 1} of ${name} is not JSON.` };
    if (!isJsonObject(value)) return { fault: `${name} holds something that is no object.` };
    rows.push(value);
  }
  return toTable(rows);
}

/** A list, one object, or an object around a single list: the answer of some API. */
function rowsOf(whole: Json): { readonly rows: readonly Json[]; readonly key?: string } {
  if (Array.isArray(whole)) return { rows: whole };
  if (!isJsonObject(whole)) return { rows: [whole] };
  const lists = Object.entries(whole).filter(
    ([, value]) => Array.isArray(value) && value.length > 0 && value.every(isJsonObject),
  );
  const [[key, rows] = []] = lists;
  return lists.length === 1 && Array.isArray(rows) && key !== undefined
    ? { rows, key }
    : { rows: [whole] };
}

function toTable(rows: readonly { readonly [key: string]: Json }[]): FileTable {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { kind: 'json', columns, rows };
}

async function readCsv(text: string, name: string): Promise<ReadTable> {
  const { CsvError, parse: parseCsv } = await import('csv-parse/browser/esm/sync');
  try {
    const [head = [], ...lines]: string[][] = parseCsv(text, {
      delimiter: delimiterOf(text),
      skip_empty_lines: true,
      relax_column_count: true,
    });
    const columns = distinct(head);
    const rows = lines.map((line) =>
      Object.fromEntries(columns.map((column, at) => [column, line[at] ?? ''])),
    );
    return { kind: 'csv', columns, rows };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { fault: `${name} cannot be read as CSV: ${csvWords(error.code, Number(error.lines))}` };
  }
}

/** What stands most often in the head, outside of quotes. */
function delimiterOf(text: string): string {
  const bare = text.slice(0, HEAD_LENGTH).replaceAll(/"(?:[^"]|"")*"/g, '');
  const [head = ''] = bare.split(/[\r\n]/, 1);
  return [',', ';', '\t', '|'].reduce((best, each) =>
    head.split(each).length > head.split(best).length ? each : best,
  );
}

/** Two columns of one name are two columns. */
function distinct(head: readonly string[]): string[] {
  const taken = new Set(head.map((cell) => cell.trim()));
  const seen = new Set<string>();
  return head.map((cell, at) => {
    const name = cell.trim() || `column ${at + 1}`;
    let own = name;
    for (let number = 2; seen.has(own) || (own !== name && taken.has(own)); number += 1)
      own = `${name} ${number}`;
    seen.add(own);
    return own;
  });
}

function csvWords(code: string, line: number): string {
  const where = Number.isInteger(line) ? `Line ${line}` : 'A line';
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quote is opened and never closed.';
    case 'INVALID_OPENING_QUOTE':
    case 'CSV_INVALID_CLOSING_QUOTE':
      return `${where} has a quote in the middle of a value. A value with quotes stands in quotes as a whole, those inside doubled.`;
    default:
      return `${where} is not what the lines before it are.`;
  }
}
