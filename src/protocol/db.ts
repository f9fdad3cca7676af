/** What `ctx.db` asks for: the record API, as data. */
export type DbRequest = {
  /** True: the caller's own rights; false: full rights. */
  readonly as_caller: boolean;
  readonly collection: string;
} & DbOperation;

export type DbOperation =
  | { readonly op: 'list'; readonly query: DbListQuery }
  | { readonly op: 'count' }
  | { readonly op: 'get'; readonly id: string }
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

/** The query parameters of a list, by their names over HTTP. */
interface DbListQuery {
  readonly limit?: number;
  readonly offset?: number;
  readonly sort?: string;
}

const LIST_KEYS = {
  limit: 'number',
  offset: 'number',
  sort: 'string',
} as const satisfies Record<keyof DbListQuery, 'number' | 'string'>;

/** Checks a request that user code made; the answer is a sentence when it is no good. */
export function parseDbRequest(value: unknown): DbRequest | string {
  if (!isObject(value)) return 'A database request must be an object.';
  const { collection, as_caller, op } = value;
  if (typeof collection !== 'string' || collection === '')
    return 'ctx.db.collection() wants the name of a collection.';
  if (typeof as_caller !== 'boolean') return 'A database request must say with whose rights.';
  const operation = parseOperation(op, value);
  return typeof operation === 'string' ? operation : { as_caller, collection, ...operation };
}

function parseOperation(op: unknown, value: Record<string, unknown>): DbOperation | string {
  switch (op) {
    case 'list': {
      const query = parseListQuery(value.query);
      return typeof query === 'string' ? query : { op, query };
    }
    case 'count':
      return { op };
    case 'get':
    case 'delete':
      return typeof value.id === 'string' ? { op, id: value.id } : `${op}() wants an id.`;
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

function parseListQuery(value: unknown): DbListQuery | string {
  if (!isObject(value)) return 'list() wants an object such as { sort, limit }.';
  for (const [key, item] of Object.entries(value)) {
    if (!Object.hasOwn(LIST_KEYS, key))
      return `list() does not know ${key}; it knows ${Object.keys(LIST_KEYS).join(', ')}.`;
    const type = LIST_KEYS[key as keyof typeof LIST_KEYS];
    if (typeof item !== type) return `list() wants ${key} to be a ${type}.`;
  }
  return value as DbListQuery;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
