import { type Fault, invalidInput } from '../../core/errors.ts';
import { suggest } from '../../lib/nearest.ts';
import { columnOf } from '../collections/schema.ts';
import { type QueryContext, quote, requireReadable } from './filter/operand.ts';
import { type SortKey, type SortTerm, SYSTEM_KEYS } from './store.ts';

type SortContext = Pick<QueryContext, 'live' | 'mayRead'>;

const NEWEST_FIRST: readonly SortTerm[] = [
  { key: { kind: 'system', name: 'created_at' }, isDescending: true },
];
const OLDEST_FIRST: readonly SortTerm[] = [
  { key: { kind: 'system', name: 'created_at' }, isDescending: false },
];
const MAX_TERMS = 8;

export interface SortQuery {
  /** `-rating,title`: a minus sorts downwards. */
  readonly sort?: string | undefined;
  readonly sort_by?: string | undefined;
  readonly sort_order?: 'asc' | 'desc' | undefined;
}

/**
 * What a list is sorted by; newest first when nothing was said. A field that is named again decides
 * nothing more and is left out. Throws when the caller may not read one.
 */
export function parseSort(
  { sort, sort_by, sort_order }: SortQuery,
  context: SortContext,
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
    return sort_order === 'asc' ? OLDEST_FIRST : NEWEST_FIRST;
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
  const terms = new Map<string, SortTerm>();
  for (const name of names.slice(0, MAX_TERMS)) {
    const isDescending = name.startsWith('-');
    const key = findKey(isDescending ? name.slice(1) : name, context);
    if (typeof key === 'string') faults.push({ loc, type: 'value_error', msg: key });
    else if (!terms.has(key.name)) terms.set(key.name, toTerm(key, isDescending, context));
  }
  if (faults.length > 0) throw invalidInput(faults);
  return [...terms.values()];
}

function toTerm(key: SortKey, isDescending: boolean, { live }: SortContext): SortTerm {
  const isFilled = key.kind === 'field' && live.compiled.fieldByName.get(key.name)?.required;
  return isFilled ? { key, isDescending, isFilled } : { key, isDescending };
}

/** What can be sorted by under this name, or in words why nothing. */
function findKey(name: string, context: SortContext): SortKey | string {
  const system = SYSTEM_KEYS.find((key) => key === name);
  if (system) return { kind: 'system', name: system };
  const { fieldByName } = context.live.compiled;
  const field = fieldByName.get(name);
  if (!field)
    return `there is no field ${quote(name)}${suggest(name, [...SYSTEM_KEYS, ...fieldByName.keys()])}`;
  requireReadable(name, context);
  return columnOf(field) === 'none'
    ? `${name} is of type ${field.type}, which has no order`
    : { kind: 'field', name };
}
