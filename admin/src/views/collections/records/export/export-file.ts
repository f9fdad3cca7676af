import { request } from '../../../../api/client.ts';
import { idsFilter } from '../bulk/bulk-targets.ts';
import { type ExportFormat, exportHref } from '../record-api.ts';

const IDS_AT_ONCE = 100;
const TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv;charset=utf-8',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
};

/** Several exports as one file. */
export function joinExports(parts: readonly string[], format: ExportFormat): string {
  switch (format) {
    case 'ndjson':
      return parts.join('');
    case 'csv':
      // Each begins with the names of the columns, which never hold a line break.
      return parts
        .map((part, at) => (at === 0 ? part : part.slice(part.indexOf('\n') + 1)))
        .join('');
    case 'json':
      return `[${parts
        .map((part) => part.trim().slice(1, -1).trimEnd())
        .filter((part) => part.trim() !== '')
        .join(',')}\n]\n`;
    default:
      return format satisfies never;
  }
}

/** The chosen records as one file: a filter has room for a hundred ids. */
export async function exportChosen(
  collection: string,
  ids: readonly string[],
  format: ExportFormat,
  fields: string,
): Promise<Blob> {
  const parts: string[] = [];
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
    const filter = idsFilter(ids.slice(at, at + IDS_AT_ONCE));
    const answer = await fetch(exportHref(collection, format, filter, fields), {
      credentials: 'same-origin',
    });
    if (!answer.ok) await request('GET', exportHref(collection, format, filter, fields));
    parts.push(await answer.text());
  }
  return new Blob([joinExports(parts, format)], { type: TYPES[format] });
}
