import type { NamedField } from '../collections/schema.ts';
import { toText } from './answer.ts';
import type { StoredRecord } from './store.ts';

export const EXPORT_FORMATS = ['json', 'ndjson', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Turns records into the parts of a file. */
interface ExportWriter {
  readonly head: string;
  readonly foot: string;
  record(record: StoredRecord, isFirst: boolean): string;
}

/** For each format: its writer, for a collection and the fields that are shown. */
export const EXPORT_WRITERS = {
  json: (collectionId) => ({
    head: '[',
    foot: '\n]\n',
    record: (record, isFirst) => `${isFirst ? '' : ','}\n${toText(collectionId, record)}`,
  }),
  ndjson: (collectionId) => ({
    head: '',
    foot: '',
    record: (record) => `${toText(collectionId, record)}\n`,
  }),
  csv: (_collectionId, fields) => ({
    head: toLine(['id', 'owner_id', 'created_at', 'updated_at', ...fields.map(({ name }) => name)]),
    foot: '',
    record(record) {
      const data: Readonly<Record<string, unknown>> = JSON.parse(record.data);
      const { id, owner_id, created_at, updated_at } = record;
      return toLine([
        id,
        owner_id ?? '',
        created_at,
        updated_at,
        ...fields.map((field) => toCell(field, data)),
      ]);
    },
  }),
} as const satisfies Record<
  ExportFormat,
  (collectionId: string, fields: readonly NamedField[]) => ExportWriter
>;

// Lines end as in RFC 4180.
function toLine(cells: readonly string[]): string {
  return `${cells.join(',')}\r\n`;
}

const NEEDS_QUOTES = /[",\r\n]|^$|^\s|\s$/;

/**
 * Values as they are, so that an import reads back the same: what a spreadsheet would take for a formula
 * is not changed either. Only an empty text is in quotes and empty: nothing at all stands for no value.
 */
function toCell({ name, type }: NamedField, data: Readonly<Record<string, unknown>>): string {
  const value = Object.hasOwn(data, name) ? data[name] : undefined;
  if (value === undefined || value === null) return '';
  // Text in a field of type json is JSON as well, so that it is not taken for a number.
  const text = typeof value === 'string' && type !== 'json' ? value : JSON.stringify(value);
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
