import { isJsonObject, parseJson } from '../../../../components/fields/values.ts';
import { type FileColumn, isAsItIs, type Mapping } from './columns.ts';
import { createCsvSplitter, toCell } from './csv-cells.ts';
import type { ImportFormat } from './import-file.ts';

/** The file with its columns under the names that the collection has for them; line by line the same. */
export async function mapFile(
  file: Blob,
  format: ImportFormat,
  columns: readonly FileColumn[],
  mapping: Mapping,
): Promise<Blob> {
  if (isAsItIs(columns, mapping)) return file;
  const write = format === 'csv' ? csvWriter(mapping) : ndjsonWriter(columns, mapping);
  const parts: Blob[] = [];
  const decoder = new TextDecoder('utf-8');
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    const text = write(decoder.decode(value, { stream: !done }), done);
    // A Blob is kept outside of the memory of the page when it gets large.
    if (text !== '') parts.push(new Blob([text]));
    if (done) return new Blob(parts);
  }
}

type Writer = (text: string, isLast: boolean) => string;

function csvWriter(mapping: Mapping): Writer {
  const splitter = createCsvSplitter();
  let hasHeader = false;
  const kept = mapping.flatMap((target, index) => (target === undefined ? [] : [index]));

  function toLine(row: readonly string[]): string {
    if (!hasHeader) {
      hasHeader = true;
      return kept.map((index) => toCell(mapping[index] ?? '')).join(',');
    }
    // Empty lines stay empty, and surplus cells stay faults.
    if (row.length === 1 && row[0] === '') return '';
    const cells = kept.flatMap((index) => row[index] ?? []);
    return [...cells, ...row.slice(mapping.length)].join(',');
  }

  return (text, isLast) => {
    const rows = splitter.push(text);
    if (isLast) rows.push(...splitter.end());
    return rows.map((row) => `${toLine(row)}\n`).join('');
  };
}

function ndjsonWriter(columns: readonly FileColumn[], mapping: Mapping): Writer {
  const targets = new Map(columns.map(({ name }, index) => [name, mapping[index]]));
  let rest = '';

  function toLine(line: string): string {
    const { value } = parseJson(line);
    // What cannot be read is left for the server to say so.
    if (!isJsonObject(value)) return line;
    const entries = Object.entries(value).flatMap(([key, each]) => {
      const target = targets.has(key) ? targets.get(key) : key;
      return target === undefined ? [] : [[target, each] as const];
    });
    return JSON.stringify(Object.fromEntries(entries));
  }

  return (text, isLast) => {
    const lines = (rest + text).split('\n');
    rest = isLast ? '' : (lines.pop() ?? '');
    return lines
      .map((line, at) => toLine(line) + (isLast && at === lines.length - 1 ? '' : '\n'))
      .join('');
  };
}
