import { type Fault, invalidInput } from '../../../core/errors.ts';
import { parseJsonPart } from '../../../lib/json-part.ts';
import { suggest } from '../../../lib/nearest.ts';
import type { NamedField } from '../../collections/schema.ts';
import type { LiveCollection } from '../../collections/service.ts';

/** What the cells below a name of the header are. */
export type Column =
  | { readonly kind: 'id' | 'owner' | 'ignored' }
  | { readonly kind: 'field'; readonly field: NamedField };

const OWN_COLUMNS: Readonly<Record<string, Column>> = {
  id: { kind: 'id' },
  owner_id: { kind: 'owner' },
  // An export has them. They say nothing of what is imported.
  collection_id: { kind: 'ignored' },
  created_at: { kind: 'ignored' },
  updated_at: { kind: 'ignored' },
};
const HEADER = ['body', 'header'] as const;
/** A header may be a megabyte of wrong names. */
const MAX_FAULTS = 100;
/** Suggesting a name costs a comparison with every field. */
const MAX_SUGGESTIONS = 10;

/** The columns that a header names; throws every fault at once. */
export function parseHeader(
  cells: readonly (string | null)[],
  { compiled }: LiveCollection,
  upsertBy: string | undefined,
): readonly Column[] {
  const faults: Fault[] = [];
  const fail = (key: string | number, type: string, msg: string) =>
    faults.push({ loc: [...HEADER, key], type, msg });
  const seen = new Set<string>();
  const toColumn = (cell: string | null, index: number): Column => {
    const name = cell?.trim() ?? '';
    const field = compiled.fieldByName.get(name);
    const own = Object.hasOwn(OWN_COLUMNS, name) ? OWN_COLUMNS[name] : undefined;
    if (name === '') fail(index, 'missing', 'has no name; every column needs one');
    else if (seen.has(name)) fail(name, 'repeated', 'must be there only once');
    else if (!field && !own) {
      const known = [...compiled.fieldByName.keys(), 'id', 'owner_id'];
      const hint = faults.length < MAX_SUGGESTIONS ? suggest(name, known) : '';
      fail(name, 'extra_forbidden', `is not a field of this collection${hint}`);
    }
    seen.add(name);
    return field ? { kind: 'field', field } : (own ?? { kind: 'ignored' });
  };
  const columns: Column[] = [];
  for (const [index, cell] of cells.entries()) {
    columns.push(toColumn(cell, index));
    if (faults.length >= MAX_FAULTS) throw invalidInput(faults);
  }
  if (upsertBy !== undefined && !seen.has(upsertBy))
    fail(upsertBy, 'missing', 'is required: upsert_by finds records by it');
  // A row that changes a record need not name them all.
  if (upsertBy === undefined)
    for (const { name, required, default: fallback } of compiled.fields)
      if (required && fallback === undefined && !seen.has(name))
        fail(name, 'missing', 'is required in every record, and the file has no such column');
  if (faults.length > 0) throw invalidInput(faults);
  return columns;
}

/** What a cell says: no value at all is undefined. */
export type CellValue =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly path: readonly (string | number)[]; readonly msg: string };

const NO_VALUE: CellValue = { ok: true, value: undefined };
const NUMBER = /^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** The value that a cell's text stands for; whether it fits the field is found out later. */
export function parseCell({ type }: NamedField, cell: string | null): CellValue {
  if (cell === null) return NO_VALUE;
  if (type === 'string') return { ok: true, value: cell };
  if (cell === '') return NO_VALUE;
  switch (type) {
    case 'integer':
    case 'float':
      return { ok: true, value: NUMBER.test(cell) ? Number(cell) : cell };
    case 'boolean':
      return { ok: true, value: cell === 'true' ? true : cell === 'false' ? false : cell };
    case 'list':
    case 'dict':
    case 'json':
      return parseJsonPart(cell);
    case 'date':
    case 'datetime':
    case 'email':
    case 'url':
    case 'uuid':
    case 'reference':
      return { ok: true, value: cell };
    default:
      return type satisfies never;
  }
}
