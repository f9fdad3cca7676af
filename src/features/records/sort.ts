import { type Fault, invalidInput } from '../../core/errors.ts';
import { findNearest } from '../../lib/nearest.ts';
import { columnOf } from '../collections/schema.ts';
import type { LiveCollection } from '../collections/service.ts';
import type { SortKey, SortTerm } from './store.ts';

const SYSTEM_KEYS = ['id', 'owner_id', 'created_at', 'updated_at'] as const;
const DEFAULT_SORT: readonly SortTerm[] = [
  { key: { kind: 'system', name: 'created_at' }, isDescending: true },
];
const MAX_TERMS = 8;

export interface SortQuery {
  /** `-rating,title`: a minus sorts downwards. */
  readonly sort?: string | undefined;
  readonly sort_by?: string | undefined;
  readonly sort_order?: 'asc' | 'desc' | undefined;
}

/** What a list is sorted by; newest first when nothing was said. */
export function parseSort(
  { sort, sort_by, sort_order }: SortQuery,
  { compiled }: LiveCollection,
): readonly SortTerm[] {
  if (sort !== undefined && (sort_by !== undefined || sort_order !== undefined))
    throw invalidInput([
      {
        loc: ['query', 'sort'],
        type: 'conflict',
        msg: 'goes without sort_by and sort_order: one says it all',
      },
    ]);
  if (sort === undefined && sort_by === undefined)
    return sort_order === 'asc'
      ? [{ key: { kind: 'system', name: 'created_at' }, isDescending: false }]
      : DEFAULT_SORT;
  const loc = ['query', sort === undefined ? 'sort_by' : 'sort'];
  const names =
    sort === undefined ? [`${sort_order === 'desc' ? '-' : ''}${sort_by}`] : sort.split(',');
  const faults: Fault[] = [];
  if (names.length > MAX_TERMS)
    faults.push({
      loc,
      type: 'too_long',
      msg: `must name at most ${MAX_TERMS} fields, got ${names.length}`,
    });
  const terms: SortTerm[] = [];
  for (const name of names.slice(0, MAX_TERMS)) {
    const isDescending = name.startsWith('-');
    const key = findKey(isDescending ? name.slice(1) : name, compiled, loc, faults);
    if (key) terms.push({ key, isDescending });
  }
  if (faults.length > 0) throw invalidInput(faults);
  return terms;
}

function findKey(
  name: string,
  compiled: LiveCollection['compiled'],
  loc: readonly string[],
  faults: Fault[],
): SortKey | undefined {
  const system = SYSTEM_KEYS.find((key) => key === name);
  if (system) return { kind: 'system', name: system };
  const field = compiled.fieldByName.get(name);
  if (field && columnOf(field) !== 'none') return { kind: 'field', name };
  if (field) {
    faults.push({
      loc,
      type: 'value_error',
      msg: `${name} is of type ${field.type}, which has no order`,
    });
    return undefined;
  }
  const nearest = findNearest(name, [...SYSTEM_KEYS, ...compiled.fieldByName.keys()]);
  faults.push({
    loc,
    type: 'value_error',
    msg: `there is no field ${JSON.stringify(name)}${nearest ? `; did you mean ${nearest}?` : ''}`,
  });
  return undefined;
}
