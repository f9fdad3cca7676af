import { AppError, type Fault, invalidInput } from '../../core/errors.ts';
import type { NamedField } from '../collections/schema.ts';
import { decodeCursor } from './cursor.ts';
import { join } from './filter/comparison.ts';
import { type Equality, parseEqualities } from './filter/equalities.ts';
import { type QueryContext, quote } from './filter/operand.ts';
import { parseFilter } from './filter/parser.ts';
import { parseExpand, parseFields, type ShowQuery } from './show-query.ts';
import { parseSort, type SortQuery } from './sort.ts';
import type { Filter, Position, SortTerm } from './store.ts';

export type { QueryContext } from './filter/operand.ts';
export type { ShowQuery } from './show-query.ts';

/** Which records are meant. */
export interface FilterQuery {
  readonly filter?: string | undefined;
  /** Plain equality, each field by its name: several are joined by "and". */
  readonly [equality: `filter[${string}]`]: string | undefined;
}

/** The query of a list, by the names of its parameters. */
export interface ListQuery extends SortQuery, FilterQuery, ShowQuery {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  readonly cursor?: string | undefined;
  /** `true` (default), `false` or `exact`. */
  readonly count?: string | undefined;
}

export interface ListRequest {
  readonly filter: Filter;
  readonly sort: readonly SortTerm[];
  readonly limit: number;
  readonly offset: number;
  /** Where the page begins; then the offset is 0. */
  readonly after: Position | undefined;
  /** The only fields to show; undefined for all. */
  readonly fields: readonly string[] | undefined;
  /** Reference fields whose records are shown too. */
  readonly expand: readonly NamedField[];
  readonly count: 'cached' | 'exact' | 'none';
  /** Of which list a cursor is; made when it is asked for. */
  readonly fingerprint: string;
}

const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1_000;
const FINGERPRINT_LENGTH = 16;
const ALL: Filter = { op: 'all' };
const COUNTS: ReadonlyMap<string, ListRequest['count']> = new Map([
  ['true', 'cached'],
  ['false', 'none'],
  ['exact', 'exact'],
]);

/** Everything that a list was asked; throws every fault at once, or that the caller may not read a field. */
export function parseListQuery(query: ListQuery, context: QueryContext): ListRequest {
  const faults: Fault[] = [];
  const filter = attempt(faults, () => parseFilterQuery(query, context)) ?? ALL;
  const sort = attempt(faults, () => parseSort(query, context)) ?? [];
  const page = parsePage(query, faults);
  const fields = attempt(faults, () => parseFields(query.fields, context));
  const expand = attempt(faults, () => parseExpand(query.expand, context)) ?? [];
  const count = parseCount(query.count, faults);
  let made: string | undefined;
  const fingerprint = () => {
    made ??= toFingerprint(query, context.live.collection.id, sort);
    return made;
  };
  // What a cursor was made for is only known once the rest is understood.
  const { cursor } = query;
  const after =
    cursor === undefined || faults.length > 0
      ? undefined
      : attempt(faults, () => decodeCursor(cursor, fingerprint(), sort));
  if (faults.length > 0) throw invalidInput(faults);
  return {
    filter,
    sort,
    ...page,
    after,
    fields,
    expand,
    count,
    get fingerprint() {
      return fingerprint();
    },
  };
}

/** The rows that a filter and plain equalities mean together. */
export function parseFilterQuery(query: FilterQuery, context: QueryContext): Filter {
  const { filter } = query;
  const equalities = equalitiesOf(query);
  if (equalities.length === 0) return filter === undefined ? ALL : parseFilter(filter, context);
  const faults: Fault[] = [];
  const filters = [
    filter === undefined ? undefined : attempt(faults, () => parseFilter(filter, context)),
    attempt(faults, () => parseEqualities(equalities, context)),
  ];
  if (faults.length > 0) throw invalidInput(faults);
  return join(
    'and',
    filters.filter((one) => one !== undefined),
  );
}

/** Functions ask without the checks of HTTP in between. */
function parsePage({ limit = DEFAULT_LIMIT, offset, cursor }: ListQuery, faults: Fault[]) {
  const refuse = (key: string, msg: string) =>
    faults.push({ loc: ['query', key], type: 'value_error', msg });
  const check = (key: string, value: number, min: number, max: number) => {
    if (Number.isInteger(value) && value >= min && value <= max) return;
    refuse(key, `must be a whole number from ${min} to ${max}, got ${value}`);
  };
  check('limit', limit, 1, MAX_LIMIT);
  if (offset !== undefined) {
    check('offset', offset, 0, Number.MAX_SAFE_INTEGER);
    if (cursor !== undefined)
      refuse('offset', 'goes without cursor, which says where the page begins');
  }
  return { limit, offset: offset ?? 0 };
}

function parseCount(text: string | undefined, faults: Fault[]): ListRequest['count'] {
  if (text === undefined) return 'cached';
  const count = COUNTS.get(text);
  if (count === undefined)
    faults.push({
      loc: ['query', 'count'],
      type: 'value_error',
      msg: `must be ${[...COUNTS.keys()].join(', ')}; got ${quote(text)}`,
    });
  return count ?? 'cached';
}

function equalitiesOf(query: FilterQuery): readonly Equality[] {
  const found: Equality[] = [];
  for (const key in query) {
    if (!isEquality(key)) continue;
    const text = query[key];
    if (text !== undefined) found.push([key, text]);
  }
  return found;
}

function isEquality(key: string): key is `filter[${string}]` {
  return key.startsWith('filter[') && key.endsWith(']');
}

/** By the words of the query, so that a cursor of yesterday's `@now` is good today. */
function toFingerprint(query: ListQuery, collectionId: string, sort: readonly SortTerm[]): string {
  const terms = sort.map(({ key, isDescending }) => [key.name, isDescending]);
  const equalities = [...equalitiesOf(query)].sort(([a], [b]) => (a < b ? -1 : 1));
  const said = JSON.stringify([collectionId, query.filter ?? null, equalities, terms]);
  return Bun.SHA256.hash(said, 'base64').slice(0, FINGERPRINT_LENGTH);
}

/** The answer, or undefined with the faults of what was refused. Anything else than a fault goes on up. */
function attempt<T>(faults: Fault[], parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid_input') throw error;
    faults.push(...(error.faults ?? []));
    return undefined;
  }
}
