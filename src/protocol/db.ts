/** What `ctx.db` asks for: the record API, as data. */
export type DbRequest = {
  /** True: the caller's own rights; false: full rights. */
  readonly as_caller: boolean;
} & (({ readonly collection: string } & DbOperation) | DbBatch);

/** Checked by the service that also serves POST /api/batch. */
export interface DbBatch {
  readonly op: 'batch';
  readonly requests: readonly unknown[];
}

export type DbOperation =
  | { readonly op: 'list'; readonly query: DbListQuery }
  | { readonly op: 'count'; readonly query: DbCountQuery }
  | { readonly op: 'get'; readonly id: string; readonly query: DbGetQuery }
  | {
      readonly op: 'create';
      readonly data: DbData;
      readonly id: string | null;
      /** undefined: the caller with `as_caller`, nobody with full rights. */
      readonly owner_id?: string | null;
    }
  | { readonly op: 'update'; readonly id: string; readonly data: DbData }
  | { readonly op: 'delete'; readonly id: string };

type DbData = Readonly<Record<string, unknown>>;

const COUNT_KEYS = { filter: 'string' } as const;
const GET_KEYS = { fields: 'string', expand: 'string' } as const;
const LIST_KEYS = {
  ...COUNT_KEYS,
  ...GET_KEYS,
  limit: 'number',
  offset: 'number',
  cursor: 'string',
  sort: 'string',
  count: 'string',
} as const;

type Keys = Readonly<Record<string, 'number' | 'string'>>;
type QueryOf<K extends Keys> = {
  readonly [Key in keyof K]?: K[Key] extends 'number' ? number : string;
};
/** Query parameters, by their names over HTTP. */
export type DbListQuery = QueryOf<typeof LIST_KEYS>;
type DbCountQuery = QueryOf<typeof COUNT_KEYS>;
type DbGetQuery = QueryOf<typeof GET_KEYS>;

/** Checks a request that user code made; the answer is a sentence when it is no good. */
export function parseDbRequest(value: unknown): DbRequest | string {
  if (!isObject(value)) return 'A database request must be an object.';
  const { collection, as_caller, op } = value;
  if (typeof as_caller !== 'boolean') return 'A database request must say with whose rights.';
  if (op === 'batch')
    return Array.isArray(value.requests)
      ? { as_caller, op, requests: value.requests }
      : 'batch() wants a list of requests.';
  if (typeof collection !== 'string' || collection === '')
    return 'ctx.db.collection() wants the name of a collection.';
  const operation = parseOperation(op, value);
  return typeof operation === 'string' ? operation : { as_caller, collection, ...operation };
}

function parseOperation(op: unknown, value: Record<string, unknown>): DbOperation | string {
  switch (op) {
    case 'list': {
      const query = parseQuery(op, value.query, LIST_KEYS);
      return typeof query === 'string' ? query : { op, query };
    }
    case 'count': {
      const query = parseQuery(op, value.query, COUNT_KEYS);
      return typeof query === 'string' ? query : { op, query };
    }
    case 'get': {
      if (typeof value.id !== 'string') return 'get() wants an id.';
      const query = parseQuery(op, value.query, GET_KEYS);
      return typeof query === 'string' ? query : { op, id: value.id, query };
    }
    case 'delete':
      return typeof value.id === 'string' ? { op, id: value.id } : 'delete() wants an id.';
    case 'update':
      if (typeof value.id !== 'string') return 'update() wants an id.';
      return isObject(value.data)
        ? { op, id: value.id, data: value.data }
        : 'update() wants an object with the fields to change.';
    case 'create':
      return parseCreate(value);
    default:
      return `There is no database operation ${String(op)}.`;
  }
}

function parseCreate(value: Record<string, unknown>): DbOperation | string {
  const { data, id, owner_id } = value;
  if (!isObject(data)) return 'create() wants an object with the fields of the record.';
  if (id !== null && typeof id !== 'string') return 'create() wants an id that is text.';
  if (owner_id === undefined) return { op: 'create', data, id };
  if (owner_id !== null && typeof owner_id !== 'string')
    return "create() wants an owner_id that is a user's id or null.";
  return { op: 'create', data, id, owner_id };
}

function parseQuery<K extends Keys>(op: string, value: unknown, keys: K): QueryOf<K> | string {
  if (!isObject(value)) return `${op}() wants its options as an object.`;
  for (const [key, item] of Object.entries(value)) {
    const type = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (type === undefined)
      return `${op}() does not know ${key}; it knows ${Object.keys(keys).join(', ')}.`;
    if (typeof item !== type) return `${op}() wants ${key} to be a ${type}.`;
  }
  return value as QueryOf<K>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
