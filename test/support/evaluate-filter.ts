import type { RecordData } from '../../src/features/collections/schema.ts';
import type { Filter, FilterKey, Scalar } from '../../src/features/records/store.ts';
import { isPlainObject } from '../../src/lib/json-value.ts';
import { containsFolded } from './case-fold.ts';

/** A record as far as filters look at it. */
export interface Filterable {
  readonly id: string;
  readonly owner_id: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly data: RecordData;
}

/** What a filter means, without a database: the words above `Filter` in store.ts and nothing else. */
export function matches(filter: Filter, record: Filterable): boolean {
  switch (filter.op) {
    case 'all':
      return true;
    case 'none':
      return false;
    case 'owner':
      return record.owner_id === filter.id;
    case 'and':
      return filter.filters.every((one) => matches(one, record));
    case 'or':
      return filter.filters.some((one) => matches(one, record));
    case 'not':
      return !matches(filter.filter, record);
    case 'equals':
      return isSame(findValue(filter.key, record), filter.value);
    case 'in': {
      const value = findValue(filter.key, record);
      return filter.values.some((one) => isSame(value, one));
    }
    case 'compare':
      return isRelated(findValue(filter.key, record), filter.relation, filter.value);
    case 'contains': {
      const value = findValue(filter.key, record);
      return typeof value === 'string' && containsFolded(value, filter.text);
    }
    case 'holds': {
      const value = findValue(filter.key, record);
      return Array.isArray(value) && value.some((item) => isSame(item, filter.value));
    }
    default:
      return filter satisfies never;
  }
}

/** Null where there is nothing. Only own keys of objects lead on. */
function findValue(key: FilterKey, record: Filterable): unknown {
  switch (key.kind) {
    case 'system':
      return record[key.name];
    case 'field':
      return step(record.data, key.name);
    case 'path':
      return key.path.reduce<unknown>(step, record.data);
    default:
      return key satisfies never;
  }
}

function step(value: unknown, key: string): unknown {
  return isPlainObject(value) && Object.hasOwn(value, key) ? (value[key] ?? null) : null;
}

/** Of the same JSON type and equal; 0 and -0 are. */
function isSame(value: unknown, wanted: Scalar): boolean {
  return value === wanted;
}

function isRelated(
  value: unknown,
  relation: '<' | '<=' | '>' | '>=',
  bound: string | number,
): boolean {
  const order = findOrder(value, bound);
  if (order === undefined) return false;
  switch (relation) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return relation satisfies never;
  }
}

function findOrder(value: unknown, bound: string | number): number | undefined {
  if (typeof value === 'number' && typeof bound === 'number')
    return value < bound ? -1 : value > bound ? 1 : 0;
  if (typeof value === 'string' && typeof bound === 'string') return compareTexts(value, bound);
  return undefined;
}

/** By code point: JavaScript itself compares halves of surrogate pairs. */
export function compareTexts(one: string, other: string): number {
  const left = Array.from(one, (letter) => letter.codePointAt(0) ?? 0);
  const right = Array.from(other, (letter) => letter.codePointAt(0) ?? 0);
  for (const [index, code] of left.entries()) {
    const rival = right[index];
    if (rival === undefined) return 1;
    if (code !== rival) return code - rival;
  }
  return left.length - right.length;
}
