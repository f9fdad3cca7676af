import type { Filter, FilterKey, Scalar, SortKey, SortTerm } from '../../features/records/store.ts';
import { columnName } from './record-table.ts';

export type Bindings = readonly (string | number | null)[];
export type Condition = readonly [sql: string, args: Bindings];

// The text of a condition follows from the shape of its filter alone, never from a value, so that
// statements can be kept by their text. A condition may come out as NULL, which WHERE, AND and OR take
// for false; NOT would not, hence IS NOT TRUE.

/** A filter as a condition and the values bound to it; values never become part of the text. */
export function toWhere(filter: Filter): Condition {
  switch (filter.op) {
    case 'all':
      return ['1', []];
    case 'none':
      return ['0', []];
    case 'owner':
      return ['owner_id = ?', [filter.id]];
    case 'and':
      return join(
        filter.filters.filter(({ op }) => op !== 'all'),
        ' AND ',
        '1',
      );
    case 'or':
      return join(filter.filters, ' OR ', '0');
    case 'not': {
      const [sql, args] = toWhere(filter.filter);
      return [`(${sql}) IS NOT TRUE`, args];
    }
    case 'equals':
      return equals(filter.key, filter.value);
    case 'compare':
      return compare(filter.key, filter.relation, filter.value);
    case 'in':
      return isOneOf(filter.key, filter.values);
    case 'contains':
      return contains(filter.key, filter.text);
    case 'holds':
      return holds(filter.key, filter.value);
    default:
      return filter satisfies never;
  }
}

function join(filters: readonly Filter[], word: ' AND ' | ' OR ', empty: '0' | '1'): Condition {
  const parts = filters.map(toWhere);
  const [only] = parts;
  if (!only) return [empty, []];
  if (parts.length === 1) return only;
  return [parts.map(([sql]) => `(${sql})`).join(word), parts.flatMap(([, args]) => args)];
}

function equals(key: FilterKey, value: Scalar): Condition {
  if (key.kind === 'path') return matchesJson(behind(key.path), value);
  const column = columnOf(key);
  return value === null ? [`${column} IS NULL`, []] : [`${column} = ?`, [toColumn(value)]];
}

const RELATIONS = { '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const;

function compare(
  key: FilterKey,
  relation: keyof typeof RELATIONS,
  value: string | number,
): Condition {
  const sign = RELATIONS[relation];
  if (key.kind !== 'path') return [`${columnOf(key)} ${sign} ?`, [value]];
  return compareJson(behind(key.path), sign, value);
}

function isOneOf(key: FilterKey, values: readonly Exclude<Scalar, null>[]): Condition {
  if (key.kind !== 'path')
    return [`${columnOf(key)} IN (${marksFor(values)})`, values.map(toColumn)];
  const place = behind(key.path);
  const texts = values.filter((value) => typeof value === 'string');
  const numbers = values.filter((value) => typeof value === 'number');
  const flags = [true, false].filter((flag) => values.includes(flag));
  const parts: Condition[] = flags.map((flag) => matchesJson(place, flag));
  if (texts.length > 0) parts.push(ofText(place, `IN (${marksFor(texts)})`, texts));
  if (numbers.length > 0) parts.push(ofNumber(place, `IN (${marksFor(numbers)})`, numbers));
  if (parts.length === 0) return ['0', []];
  return [parts.map(([sql]) => `(${sql})`).join(' OR '), parts.flatMap(([, args]) => args)];
}

/** instr compares the whole needle at each place of the text: only a short one costs no more than the text. */
const MAX_INSTR_NEEDLE = 64;
/** What is no ASCII, or is a case of such a letter: of the Kelvin sign, of the long s. */
const FOLDS_BEYOND_ASCII = /[ks\u0080-\uffff]/i;

/** Looking for plain ASCII costs three quarters of the rest; instr reads on behind a NUL, LIKE does not. */
function contains(key: FilterKey, text: string): Condition {
  const isPlain = text.length <= MAX_INSTR_NEEDLE && !FOLDS_BEYOND_ASCII.test(text);
  const needle = isPlain ? text.toLowerCase() : text;
  const around = (value: string) =>
    isPlain ? `instr(lower(${value}), ?) > 0` : `contains_folded(${value}, ?)`;
  if (key.kind !== 'path') return [around(columnOf(key)), [needle]];
  const { type, value, args } = behind(key.path);
  return [`${type} = 'text' AND ${around(value)}`, [...args, ...args, needle]];
}

function holds(key: FilterKey, wanted: Scalar): Condition {
  if (key.kind === 'system') return ['0', []];
  const path = toJsonPath(key.kind === 'path' ? key.path : [key.name]);
  const [sql, args] = matchesJson({ type: 'item.type', value: 'item.atom', args: [] }, wanted);
  return [
    `json_type(data, ?) = 'array' AND EXISTS (SELECT 1 FROM json_each(data, ?) AS item WHERE ${sql})`,
    [path, path, ...args],
  ];
}

/** How to get at a JSON value's type and at itself, and what each of the two needs bound. */
interface JsonPlace {
  readonly type: string;
  readonly value: string;
  readonly args: Bindings;
}

function behind(path: readonly string[]): JsonPlace {
  return { type: 'json_type(data, ?)', value: 'data ->> ?', args: [toJsonPath(path)] };
}

function matchesJson(place: JsonPlace, value: Scalar): Condition {
  if (value === null) return [`coalesce(${place.type}, 'null') = 'null'`, place.args];
  if (typeof value === 'boolean') return [`${place.type} = '${value}'`, place.args];
  return compareJson(place, '=', value);
}

function compareJson(place: JsonPlace, sign: string, value: string | number): Condition {
  return typeof value === 'string'
    ? ofText(place, `${sign} ?`, [value])
    : ofNumber(place, `${sign} ?`, [value]);
}

function ofText({ type, value, args }: JsonPlace, test: string, values: Bindings): Condition {
  return [`${type} = 'text' AND ${value} ${test}`, [...args, ...args, ...values]];
}

/** As JavaScript reads them: SQLite would take the digits of a large one for an exact integer. */
function ofNumber({ type, value, args }: JsonPlace, test: string, values: Bindings): Condition {
  return [
    `${type} IN ('integer', 'real') AND CAST(${value} AS REAL) ${test}`,
    [...args, ...args, ...values],
  ];
}

const SEGMENT = /^[A-Za-z0-9_-]+$/;

/** Bound like any value. */
function toJsonPath(path: readonly string[]): string {
  for (const segment of path)
    if (!SEGMENT.test(segment)) throw new Error(`${JSON.stringify(segment)} is no key of a path`);
  return `$${path.map((segment) => `."${segment}"`).join('')}`;
}

function toColumn(value: Exclude<Scalar, null>): string | number {
  return typeof value === 'boolean' ? Number(value) : value;
}

function marksFor(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}

/** As SQL; no columns, no order. */
export function toOrderBy(order: readonly OrderColumn[]): string {
  return order
    .map(({ column, isDescending, canBeNull }) => {
      if (isDescending) return `${column} DESC`;
      // Downwards they are last by themselves.
      return canBeNull ? `${column} NULLS LAST` : column;
    })
    .join(', ');
}

/** A column that a list is sorted by. */
export interface OrderColumn {
  readonly column: string;
  readonly isDescending: boolean;
  readonly canBeNull: boolean;
}

/**
 * The columns that decide the order, down to one that no two rows share. Nulls stand last both ways;
 * rows that are equal keep the order in which they were made, or its reverse, as the first term says.
 */
export function toOrder(sort: readonly SortTerm[]): readonly OrderColumn[] {
  const columns: OrderColumn[] = [];
  for (const { key, isDescending, isFilled = false } of sort) {
    const column = sortColumn(key);
    // What was named before has decided already.
    if (columns.some((earlier) => earlier.column === column)) continue;
    const canBeNull = !isFilled && (key.kind === 'field' || key.name === 'owner_id');
    columns.push({ column, isDescending, canBeNull });
    if (column === 'seq' || column === 'id') return columns;
  }
  return [
    ...columns,
    { column: 'seq', isDescending: sort[0]?.isDescending ?? false, canBeNull: false },
  ];
}

/** The column that has the order of a sort's term. */
export function sortColumn(key: SortKey): string {
  // created_at is given in the commit and never goes back, so the rowid has its order for nothing.
  return key.kind === 'system' && key.name === 'created_at' ? 'seq' : columnOf(key);
}

const FIELD = /^[a-z][a-z0-9_]*$/;

/** The column that holds what a key names. */
export function columnOf(key: SortKey): string {
  if (key.kind === 'field') {
    if (!FIELD.test(key.name)) throw new Error(`${JSON.stringify(key.name)} is no field's name`);
    return columnName(key.name);
  }
  const { name } = key;
  switch (name) {
    case 'id':
    case 'owner_id':
    case 'created_at':
    case 'updated_at':
      return name;
    default:
      return name satisfies never;
  }
}
