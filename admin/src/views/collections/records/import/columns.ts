import type { Field, FieldType } from '../../../../api/types.ts';
import { isUuid, isWebAddress } from '../../../../components/fields/check.ts';
import { readNumber } from '../../../../components/fields/read-number.ts';
import { isDay, toUtc } from '../../../../components/fields/times.ts';
import { isJsonObject, parseJson } from '../../../../components/fields/values.ts';
import { createCsvSplitter, unquote } from './csv-cells.ts';
import type { ImportFormat } from './import-file.ts';

/** A column of a CSV, or a key of NDJSON, and some of what stands in it. */
export interface FileColumn {
  readonly name: string;
  readonly samples: readonly string[];
  /** What its values look like; undefined where there are none. */
  readonly guess: FieldType | undefined;
}

/** Where a column goes: a field, `id`, `owner_id`; undefined leaves it out. One for each column. */
export type Mapping = readonly (string | undefined)[];

const HEAD_BYTES = 256_000;
const MOST_SAMPLES = 5;
const MOST_ROWS = 200;
const MOST_COLUMNS = 500;
/** What every record has and an export writes: the server passes over those that it makes itself. */
const PASSED_OVER: ReadonlySet<string> = new Set(['collection_id', 'created_at', 'updated_at']);

/** The columns at the head of a file; none where it cannot be read. */
export async function readColumns(
  file: Blob,
  format: ImportFormat,
): Promise<readonly FileColumn[]> {
  const text = (await file.slice(0, HEAD_BYTES).text()).replace(/^\uFEFF/, '');
  const isWhole = file.size <= HEAD_BYTES;
  return format === 'csv' ? csvColumns(text, isWhole) : ndjsonColumns(text, isWhole);
}

function csvColumns(text: string, isWhole: boolean): FileColumn[] {
  const splitter = createCsvSplitter();
  const rows = splitter.push(text);
  if (isWhole) rows.push(...splitter.end());
  const [header = [], ...others] = rows;
  const shown = others.slice(0, MOST_ROWS);
  return header.slice(0, MOST_COLUMNS).map((cell, index) =>
    toColumn(
      unquote(cell).trim(),
      shown.map((row) => unquote(row[index] ?? '')).filter((value) => value !== ''),
    ),
  );
}

function ndjsonColumns(text: string, isWhole: boolean): FileColumn[] {
  const lines = text.split('\n');
  if (!isWhole) lines.pop();
  const values = new Map<string, string[]>();
  for (const line of lines.slice(0, MOST_ROWS)) {
    const { value } = parseJson(line.trim() === '' ? '{}' : line);
    if (!isJsonObject(value)) continue;
    for (const [key, each] of Object.entries(value).slice(0, MOST_COLUMNS)) {
      const kept = values.get(key) ?? [];
      values.set(key, kept);
      if (each !== null) kept.push(typeof each === 'string' ? each : JSON.stringify(each));
    }
  }
  return [...values].map(([name, kept]) => toColumn(name, kept));
}

function toColumn(name: string, values: readonly string[]): FileColumn {
  return { name, samples: [...new Set(values)].slice(0, MOST_SAMPLES), guess: guessType(values) };
}

const GUESSES: readonly (readonly [FieldType, (text: string) => boolean])[] = [
  ['boolean', (text) => text === 'true' || text === 'false'],
  ['integer', (text) => typeof readNumber(text, true) === 'number' && !/^[+-]?0\d/.test(text)],
  ['float', (text) => typeof readNumber(text, false) === 'number' && !/^[+-]?0\d/.test(text)],
  ['date', isDay],
  ['datetime', (text) => toUtc(text) !== undefined],
  ['uuid', isUuid],
  ['url', isWebAddress],
  ['email', (text) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)],
  ['list', (text) => text.startsWith('[') && Array.isArray(parseJson(text).value)],
  ['dict', (text) => text.startsWith('{') && isJsonObject(parseJson(text).value)],
];

/** The narrowest type that all values look like. */
export function guessType(values: readonly string[]): FieldType | undefined {
  if (values.length === 0) return undefined;
  return GUESSES.find(([, fits]) => values.every(fits))?.[0] ?? 'string';
}

/** Where the columns go by their names: the same, or alike but for case and signs. */
export function guessMapping(columns: readonly FileColumn[], fields: readonly Field[]): Mapping {
  const names = [...fields.map(({ name }) => name), 'id', 'owner_id'];
  const taken = new Set<string>();
  const exact = columns.map(({ name }) => {
    if (!names.includes(name) || taken.has(name)) return undefined;
    taken.add(name);
    return name;
  });
  return columns.map(({ name }, index) => {
    if (exact[index] !== undefined) return exact[index];
    const alike = names.find((each) => !taken.has(each) && plain(each) === plain(name));
    if (alike !== undefined) taken.add(alike);
    return alike;
  });
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Whether the server reads the file so by itself. */
export function isAsItIs(columns: readonly FileColumn[], mapping: Mapping): boolean {
  return columns.every(
    ({ name }, index) =>
      mapping[index] === name || (mapping[index] === undefined && PASSED_OVER.has(name)),
  );
}

/** Fields to which more than one column goes. */
export function doubleTargets(mapping: Mapping): readonly string[] {
  const seen = new Set<string>();
  const double = new Set<string>();
  for (const target of mapping) {
    if (target === undefined) continue;
    if (seen.has(target)) double.add(target);
    seen.add(target);
  }
  return [...double];
}
