import type { FieldType, Json } from '../../../api/types.ts';
import { isUuid, isWebAddress } from '../../../components/fields/check.ts';
import { isDay, toUtc } from '../../../components/fields/times.ts';
import { isJsonObject, parseJson } from '../../../components/fields/values.ts';
import { nameFrom } from '../new-collection.ts';
import type { Definition } from '../schema/definition.ts';
import { freeName } from '../schema/draft.ts';

/** A file as columns: of CSV all values are texts, of JSON they are what they are. */
export interface FileTable {
  readonly kind: 'csv' | 'json';
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, Json>>[];
}

/** So many rows are looked at; those behind them are checked by the import. */
export const GUESS_ROWS = 1000;
const SAMPLES = 5;
const MOST_CHOICES = 8;
const CHOICE_ROWS = 20;
const WHOLE = /^(?:0|-?[1-9]\d{0,14})$/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
/** Kept by the server; only an id may come along. */
const TAKEN = ['id', 'owner_id', 'collection_id', 'created_at', 'updated_at'];

export interface GuessedColumn {
  readonly column: string;
  /** Undefined for the id of the record itself. */
  readonly field: Definition | undefined;
  readonly samples: readonly string[];
}

/** A field for each column, with the narrowest type that holds all that was looked at. */
export function guessFields({ kind, columns, rows }: FileTable): GuessedColumn[] {
  const looked = rows.slice(0, GUESS_ROWS);
  const taken = [...TAKEN];
  return columns.map((column, index) => {
    const values = looked.map((row) => own(row, column)).filter((value) => isValue(value));
    const samples = values.slice(0, SAMPLES).map((value) => asText(value));
    const type = guessType(values, kind === 'csv');
    if (column === 'id' && type === 'uuid') return { column, field: undefined, samples };
    const wanted = nameFrom(column) || `column_${index + 1}`;
    const name = taken.includes(wanted) ? freeName(wanted, taken) : wanted;
    taken.push(name);
    return { column, field: { name, type, ...choicesOf(type, values) }, samples };
  });
}

/** A row that lacks `constructor` has none. */
function own(row: Readonly<Record<string, Json>>, column: string): Json | undefined {
  return Object.hasOwn(row, column) ? row[column] : undefined;
}

function isValue(value: Json | undefined): value is Json {
  return value !== undefined && value !== null && value !== '';
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function guessType(values: readonly Json[], isText: boolean): FieldType {
  const all = (isGood: (value: Json) => boolean) => values.length > 0 && values.every(isGood);
  const text = (isGood: (value: string) => boolean) =>
    all((value) => typeof value === 'string' && isGood(value));
  if (isText) {
    if (text((value) => value === 'true' || value === 'false')) return 'boolean';
    if (text((value) => WHOLE.test(value))) return 'integer';
    if (text((value) => NUMBER.test(value) && Number.isFinite(Number(value)))) return 'float';
    if (text((value) => Array.isArray(parseJson(value).value))) return 'list';
    if (text((value) => isJsonObject(parseJson(value).value ?? null))) return 'dict';
  }
  if (all((value) => typeof value === 'boolean')) return 'boolean';
  if (all((value) => Number.isSafeInteger(value))) return 'integer';
  if (all((value) => typeof value === 'number')) return 'float';
  if (all((value) => Array.isArray(value))) return 'list';
  if (all((value) => isJsonObject(value))) return 'dict';
  if (text(isDay)) return 'date';
  if (text((value) => toUtc(value) !== undefined)) return 'datetime';
  if (text(isUuid)) return 'uuid';
  if (text((value) => EMAIL.test(value))) return 'email';
  if (text(isWebAddress)) return 'url';
  return values.every((value) => typeof value === 'string') ? 'string' : 'json';
}

/** A few words that come again and again are the only ones that are meant. */
function choicesOf(type: FieldType, values: readonly Json[]): { enum?: Json[] } {
  if (type !== 'string' || values.length < CHOICE_ROWS) return {};
  const different = [...new Set(values)];
  const isFew = different.length <= MOST_CHOICES && different.length * 4 <= values.length;
  return isFew && different.every((value) => asText(value).length <= 40)
    ? { enum: different.sort() }
    : {};
}

/** The rows as the import takes them: columns under the names of their fields, others left out. */
export function toImport(
  { kind, rows }: FileTable,
  names: ReadonlyMap<string, string>,
): { readonly format: 'csv' | 'ndjson'; readonly text: string } {
  const columns = [...names.keys()];
  if (kind === 'json') {
    const lines = rows.map((row) =>
      JSON.stringify(
        Object.fromEntries(
          columns.flatMap((column) => {
            const value = own(row, column);
            return value === undefined ? [] : [[names.get(column) ?? column, value]];
          }),
        ),
      ),
    );
    return { format: 'ndjson', text: `${lines.join('\n')}\n` };
  }
  const lines = [
    columns.map((column) => quote(names.get(column) ?? column)),
    ...rows.map((row) => columns.map((column) => quote(asText(own(row, column) ?? '')))),
  ];
  return { format: 'csv', text: `${lines.map((line) => line.join(',')).join('\r\n')}\r\n` };
}

/** Nothing stays unquoted: that is no value, and not the empty text. */
function quote(text: string): string {
  return text === '' ? '' : `"${text.replaceAll('"', '""')}"`;
}
