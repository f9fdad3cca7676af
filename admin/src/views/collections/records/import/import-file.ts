import { ApiError } from '../../../../api/client.ts';
import type { Fault, Field, ImportResult } from '../../../../api/types.ts';
import { parseJson } from '../../../../components/fields/values.ts';
import { countOf } from '../../../../components/ui/times.ts';
import { toCell } from './csv-cells.ts';

export type ImportFormat = 'csv' | 'ndjson';

/** The format by the name of the file, else by how it begins; a text instead says why it is none. */
export function formatOf(name: string, start: string): ImportFormat | { readonly fault: string } {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase();
  if (ending === 'csv') return 'csv';
  if (ending === 'ndjson' || ending === 'jsonl') return 'ndjson';
  const text = start.trimStart();
  if (text.startsWith('['))
    return { fault: `${name} is one JSON list. A record a line (NDJSON) or CSV can be imported.` };
  if (text.startsWith('{')) return 'ndjson';
  if (ending === 'txt' || ending === undefined) return 'csv';
  return { fault: `${name} is no CSV and no NDJSON. Its name should end with .csv or .ndjson.` };
}

/** What a row can be known by: its id, or a field that no two records share. */
export function upsertKeys(fields: readonly Field[]): string[] {
  return ['id', ...fields.filter((field) => field.unique).map((field) => field.name)];
}

/** Refused: rows have faults, and nothing was written. */
export interface ImportOutcome extends ImportResult {
  readonly isRefused: boolean;
}

/** The counts, also of a refused import, or what else the server said. */
export function readAnswer(status: number, text: string): ImportOutcome | ApiError {
  const body: unknown = parseJson(text).value;
  if (isResult(body) && (status === 200 || status === 422)) {
    const { created, updated, failed, errors } = body;
    return { created, updated, failed, errors, isRefused: status !== 200 };
  }
  const { detail, code } = isObject(body) ? body : {};
  const faults: readonly Fault[] = Array.isArray(detail) ? detail : [];
  const words = typeof detail === 'string' ? detail : faults.map(({ msg }) => msg).join('; ');
  return new ApiError({
    status,
    code: typeof code === 'string' ? code : 'internal',
    detail: words || `The server answered ${status}.`,
    body,
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isResult(value: unknown): value is ImportResult {
  return (
    isObject(value) &&
    typeof value.created === 'number' &&
    typeof value.updated === 'number' &&
    typeof value.failed === 'number' &&
    Array.isArray(value.errors)
  );
}

/** `["size", "width"]` → "size.width" */
export function placeOf(loc: readonly (string | number)[]): string {
  return loc.join('.');
}

/** "412 more rows have faults": those that the server counted and did not name. */
export function unnamedWords({ failed, errors }: ImportResult): string | undefined {
  const unnamed = failed - new Set(errors.map(({ line }) => line)).size;
  if (unnamed <= 0) return undefined;
  return `${countOf(unnamed, 'more row')} ${unnamed === 1 ? 'has' : 'have'} faults`;
}

/** The faults as CSV, to mend the file by in a spreadsheet. What is not in it, it says. */
export function faultsCsv(outcome: ImportResult): string {
  const lines = outcome.errors.map(({ line, loc, msg }) =>
    [String(line), placeOf(loc), msg].map(toCell).join(','),
  );
  const unnamed = unnamedWords(outcome);
  const rest =
    unnamed === undefined ? [] : [`,,${toCell(`${unnamed}: mend these, then check again`)}`];
  return ['line,field,fault', ...lines, ...rest, ''].join('\r\n');
}

/** "120 created, 3 changed, 2 faulty": only what there is. */
export function outcomeWords({ created, updated, failed }: ImportResult): string {
  const parts = [
    created > 0 || (updated === 0 && failed === 0) ? `${created.toLocaleString('en')} created` : '',
    updated > 0 ? `${updated.toLocaleString('en')} changed` : '',
    failed > 0 ? `${failed.toLocaleString('en')} faulty` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}
