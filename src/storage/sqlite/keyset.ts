import type { Filter, PageRequest, Position, SortTerm } from '../../features/records/store.ts';
import { type ColumnTest, conjunctsOf, countTests, toColumnTest } from './conditions.ts';
import {
  type Bindings,
  type Condition,
  type OrderColumn,
  sortColumn,
  toOrder,
  toOrderBy,
  toWhere,
} from './sql.ts';

// The rows behind a position lie in a few stretches, one after another: those that tie with it in all
// terms but the last, then those that tie in all but the last two, and so on; nulls are a stretch of
// their own. Each is a range of an index that serves the sort, so a page costs the same at any depth,
// where one condition over all of them would be a walk from the start.

/** A statement that answers one page. */
export interface PageQuery {
  readonly sql: string;
  readonly args: Bindings;
  /** Tests that indexes would have to answer, over all parts; undefined when none can. */
  readonly tests: number | undefined;
}

export interface PageQueryRequest extends Pick<PageRequest, 'sort' | 'limit' | 'offset' | 'after'> {
  /** What comes between SELECT and WHERE. */
  readonly columns: string;
  readonly table: string;
  readonly filter: Filter;
}

export function toPageQuery(request: PageQueryRequest): PageQuery {
  const { sort, limit, after } = request;
  const conjuncts = conjunctsOf(request.filter);
  const order = orderWithin(sort, conjuncts);
  if (!after) return toFirstPage(request, conjuncts, order);
  const parts = stretchesAfter(order, valuesOf(sort, after)).map((stretch) =>
    toPart(request, stretch, conjuncts),
  );
  // Somebody made up a position behind all rows.
  if (parts.length === 0) return toFirstPage(request, [{ op: 'none' }], order);
  const tests = parts.map((part) => part.tests);
  return {
    sql: `${parts.map(({ sql }) => `SELECT * FROM (${sql} LIMIT ?)`).join(' UNION ALL ')} LIMIT ?`,
    args: [...parts.flatMap(({ args }) => [...args, limit]), limit],
    tests: tests.reduce(
      (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
      0,
    ),
  };
}

function toFirstPage(
  request: PageQueryRequest,
  conjuncts: readonly Filter[],
  order: readonly OrderColumn[],
): PageQuery {
  const [where, args] = toWhere({ op: 'and', filters: conjuncts });
  return {
    sql: `${selectFrom(request, where, order)} LIMIT ? OFFSET ?`,
    args: [...args, request.limit, request.offset ?? 0],
    tests: countTests(conjuncts),
  };
}

function selectFrom(
  { columns, table }: PageQueryRequest,
  where: string,
  order: readonly OrderColumn[],
): string {
  const orderBy = order.length > 0 ? ` ORDER BY ${toOrderBy(order)}` : '';
  return `SELECT ${columns} FROM ${table} WHERE ${where}${orderBy}`;
}

/** The order without what the filter makes the same for all rows. */
function orderWithin(
  sort: readonly SortTerm[],
  conjuncts: readonly Filter[],
): readonly OrderColumn[] {
  const tests = conjuncts.flatMap((part) => toColumnTest(part) ?? []);
  const isFixed = (column: string) =>
    tests.some((test) => test.column === column && test.relation === '=');
  const isFilled = (column: string) => tests.some((test) => test.column === column);
  const order = toOrder(sort);
  return order
    .filter(({ column }, index) => index === order.length - 1 || !isFixed(column))
    .map((one) => ({ ...one, canBeNull: one.canBeNull && !isFilled(one.column) }));
}

type Value = string | number | null;

/** By column, what the row at the position had. */
function valuesOf(
  sort: readonly SortTerm[],
  { values, seq }: Position,
): ReadonlyMap<string, Value> {
  const found = new Map<string, Value>();
  for (const [index, { key }] of sort.entries()) {
    const value = values[index];
    if (value === undefined) throw new Error('a position has a value for each term of its sort');
    found.set(sortColumn(key), value);
  }
  return found.set('seq', seq);
}

/** Rows that follow the position in one run, and the order in which they do. */
interface Stretch {
  readonly tests: readonly (ColumnTest & { readonly value: Value })[];
  readonly order: readonly OrderColumn[];
}

/** The nearest first. */
function stretchesAfter(
  order: readonly OrderColumn[],
  values: ReadonlyMap<string, Value>,
): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (const [index, one] of [...order.entries()].toReversed()) {
    const { column, isDescending, canBeNull } = one;
    const ties = order.slice(0, index).map((earlier) => ({
      column: earlier.column,
      relation: '=' as const,
      value: values.get(earlier.column) ?? null,
    }));
    const value = values.get(column) ?? null;
    // Nothing comes behind the nulls.
    if (value === null) continue;
    const later = order.slice(index + 1);
    stretches.push({
      tests: [...ties, { column, relation: isDescending ? '<' : '>', value }],
      order: [{ ...one, canBeNull: false }, ...later],
    });
    if (canBeNull)
      stretches.push({ tests: [...ties, { column, relation: '=', value: null }], order: later });
  }
  return stretches;
}

/** One stretch as a statement, within the filter. */
function toPart(
  request: PageQueryRequest,
  { tests, order }: Stretch,
  conjuncts: readonly Filter[],
): PageQuery {
  // An index takes one bound from each side: of two it may take the far one, and walk.
  const rest = conjuncts.filter((part) => !isImplied(toColumnTest(part), tests));
  const [where, args] = toWhere({ op: 'and', filters: rest });
  const conditions: readonly Condition[] = tests.map(({ column, relation, value }) =>
    value === null ? [`${column} IS NULL`, []] : [`${column} ${relation} ?`, [value]],
  );
  const inFilter = countTests(rest);
  return {
    sql: selectFrom(
      request,
      [...conditions.map(([sql]) => sql), `(${where})`].join(' AND '),
      order,
    ),
    args: [...conditions.flatMap(([, values]) => values), ...args],
    tests: inFilter === undefined ? undefined : inFilter + tests.length,
  };
}

/** True when a part of the filter holds for every row of the stretch, by what the stretch itself says. */
function isImplied(part: ColumnTest | undefined, tests: Stretch['tests']): boolean {
  return tests.some((test) => part?.column === test.column && implies(test, part));
}

function implies(test: Stretch['tests'][number], { relation, value }: ColumnTest): boolean {
  if (value === undefined || value === null || typeof value !== typeof test.value) return false;
  const distance = compareValues(test.value, value);
  switch (relation) {
    case '>':
      return test.relation === '=' ? distance > 0 : test.relation === '>' && distance >= 0;
    case '>=':
      return test.relation !== '<' && distance >= 0;
    case '<':
      return test.relation === '=' ? distance < 0 : test.relation === '<' && distance <= 0;
    case '<=':
      return test.relation !== '>' && distance <= 0;
    case '=':
    case 'in':
      return false;
    default:
      return relation satisfies never;
  }
}

/** Negative, zero or positive, in the order of the database: text by code point, as its UTF-8 has it. */
function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(String(b)));
  return Number(a) - Number(b);
}
