import type {
  Collection,
  Field,
  FieldRules,
  Json,
  Operation,
  RecordData,
} from '../../api/types.ts';

/** A pattern of a fixed number of digits. */
const DIGITS = /^\^(?:\[0-9\]|\\d)\{(\d{1,2})\}\$$/;

/** A field's value as an example: within its own rules, as far as those can be read. */
function exampleValue(field: FieldRules, name = 'value', stored?: Json): Json {
  // As the default of a time, "now" is no value.
  const isTime = field.type === 'date' || field.type === 'datetime';
  if (field.default !== undefined && !(isTime && field.default === 'now')) return field.default;
  if (field.type === 'reference' && stored !== undefined) return stored;
  const [first] = field.enum ?? [];
  if (first !== undefined) return first;
  // What a pattern wants is best seen in a value that passed it.
  if (field.pattern !== undefined) {
    const digits = DIGITS.exec(field.pattern)?.[1];
    if (digits !== undefined) return '1234567890'.repeat(10).slice(0, Number(digits));
    if (typeof stored === 'string') return stored;
  }
  switch (field.type) {
    case 'string':
      return exampleText(name, field.min_length ?? 0, field.max_length ?? 200);
    case 'integer':
      return Math.ceil(exampleNumber(field));
    case 'float':
      return exampleNumber(field, 9.5);
    case 'boolean':
      return true;
    case 'list': {
      const item = field.items ? exampleValue(field.items, name.replace(/s$/, '')) : 'value';
      return field.max_items === 0 ? [] : [item];
    }
    case 'dict':
      return Object.fromEntries(
        (field.properties ?? []).map((each) => [each.name, exampleValue(each, each.name)]),
      );
    case 'date':
      return typeof field.min === 'string' ? field.min : '2026-01-31';
    case 'datetime':
      return typeof field.min === 'string' ? field.min : '2026-01-31T12:00:00Z';
    case 'email':
      return 'ada@example.com';
    case 'url':
      return 'https://example.com';
    case 'uuid':
    case 'reference':
      return '0193f2c4-7d52-7d10-8b0e-5f6f2a9c6c70';
    case 'json':
      return { any: ['JSON'] };
    default:
      return field.type satisfies never;
  }
}

function exampleText(name: string, least: number, most: number): string {
  const words = `${/^[aeiou]/.test(name) ? 'An' : 'A'} ${name.replaceAll('_', ' ')}`;
  return words.padEnd(Math.min(least, 200), 'x').slice(0, Math.max(most, 0));
}

function exampleNumber({ min, max }: FieldRules, wanted = 1): number {
  const least = typeof min === 'number' ? min : wanted;
  const most = typeof max === 'number' ? max : Number.POSITIVE_INFINITY;
  return Math.min(Math.max(wanted, least), most);
}

/** What a create sends: all that is required, and up to six fields so that it says something. */
export function exampleData(fields: readonly Field[], stored?: RecordData): RecordData {
  const chosen = [
    ...fields.filter((field) => field.required && field.default === undefined),
    ...fields.filter((field) => !field.required || field.default !== undefined),
  ].slice(0, Math.max(6, fields.filter((field) => field.required).length));
  return Object.fromEntries(
    fields
      .filter((field) => chosen.includes(field))
      .map((field) => [field.name, exampleValue(field, field.name, stored?.[field.name])]),
  );
}

/** What a change sends: one field, the first that is easy to read. */
function exampleChange(fields: readonly Field[], stored?: RecordData): RecordData {
  const field = fields.find((each) => !each.unique && each.type !== 'dict') ?? fields[0];
  return field ? { [field.name]: exampleValue(field, field.name, stored?.[field.name]) } : {};
}

export interface Example {
  readonly curl: string;
  readonly typescript: string;
}

export interface ExampleFacts {
  readonly origin: string;
  readonly collection: Collection;
  /** A record that is there, or a stand-in. */
  readonly id: string;
  /** Its data, when it is there. */
  readonly stored?: RecordData | undefined;
}

const METHODS: Record<Operation, string> = {
  list: 'GET',
  read: 'GET',
  create: 'POST',
  update: 'PATCH',
  delete: 'DELETE',
};

export function methodOf(operation: Operation): string {
  return METHODS[operation];
}

export function pathOf(operation: Operation, { collection, id }: ExampleFacts): string {
  const path = `/api/collections/${collection.name}/records`;
  if (operation === 'list') return `${path}?limit=20&sort=-created_at`;
  return operation === 'create' ? path : `${path}/${id}`;
}

function bodyOf(
  operation: Operation,
  { collection, stored }: ExampleFacts,
): RecordData | undefined {
  const { fields } = collection.schema;
  if (operation === 'create') return exampleData(fields, stored);
  return operation === 'update' ? exampleChange(fields, stored) : undefined;
}

/** The same request twice. The token is a variable and never anybody's; public needs none. */
export function example(operation: Operation, facts: ExampleFacts): Example {
  const url = facts.origin + pathOf(operation, facts);
  const method = methodOf(operation);
  const body = bodyOf(operation, facts);
  const needsToken = facts.collection.options.access[operation] !== 'public';
  return {
    curl: curl({ url, method, body, needsToken }),
    typescript: typescript({ url, method, body, needsToken, operation }),
  };
}

interface Request {
  readonly url: string;
  readonly method: string;
  readonly body: unknown;
  readonly needsToken: boolean;
}

/** One shell word, whatever is in it. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function curl({ url, method, body, needsToken }: Request): string {
  return [
    `curl${method === 'GET' ? '' : ` -X ${method}`} ${shellQuote(url)}`,
    ...(needsToken ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...(body === undefined
      ? []
      : [`-H 'Content-Type: application/json'`, `-d ${shellQuote(JSON.stringify(body, null, 2))}`]),
  ].join(' \\\n  ');
}

function typescript({
  url,
  method,
  body,
  needsToken,
  operation,
}: Request & { operation: Operation }): string {
  const headers = [
    ...(needsToken ? ["    authorization: 'Bearer $TOKEN',"] : []),
    ...(body === undefined ? [] : ["    'content-type': 'application/json',"]),
  ];
  const options = [
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    ...(headers.length > 0 ? ['  headers: {', ...headers, '  },'] : []),
    ...(body === undefined ? [] : [`  body: JSON.stringify(${literal(body)}),`]),
  ];
  const call =
    options.length > 0 ? `fetch('${url}', {\n${options.join('\n')}\n})` : `fetch('${url}')`;
  const rest = {
    list: 'const { items, total } = await response.json();',
    read: 'const record = await response.json();',
    create: 'const record = await response.json();',
    update: 'const record = await response.json();',
    delete: '',
  }[operation];
  return [
    `const response = await ${call};`,
    'if (!response.ok) throw new Error(await response.text());',
    ...(rest ? [rest] : []),
  ].join('\n');
}

/** JSON as TypeScript reads best: keys that are names go without quotes. */
function literal(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .replaceAll(/^(\s*)"([a-z_][a-z0-9_]*)":/gm, '$1$2:')
    .replaceAll('\n', '\n  ');
}

export interface ErrorLine {
  readonly status: number;
  readonly text: string;
}

/** What each operation can refuse with, and why. */
export function errorsOf(operation: Operation, { name, schema, options }: Collection): ErrorLine[] {
  const level = options.access[operation];
  const isOne = operation !== 'list' && operation !== 'create';
  const isWrite = operation === 'create' || operation === 'update';
  const unique = schema.fields.filter((field) => field.unique).map((field) => field.name);
  return [
    {
      status: 401,
      text:
        level === 'public'
          ? 'The token is unknown or has ended'
          : 'No token, or one that has ended',
    },
    ...(level === 'public' || (level === 'auth' && !isOne)
      ? []
      : [
          {
            status: 403,
            text: level === 'admin' ? 'Not an admin' : 'The record is somebody else’s',
          },
        ]),
    {
      status: 404,
      text: isOne
        ? 'No such record, or one that may not be seen'
        : `No collection ${name} that may be seen`,
    },
    ...(isWrite && unique.length > 0
      ? [{ status: 409, text: `The value of ${unique.join(' or ')} is taken` }]
      : []),
    ...(operation === 'update' || operation === 'delete'
      ? [{ status: 412, text: 'Changed since the ETag that If-Match named' }]
      : []),
    ...(isWrite
      ? [{ status: 422, text: 'A value does not fit; every fault is listed with its place' }]
      : operation === 'list'
        ? [{ status: 422, text: 'A parameter does not fit' }]
        : []),
  ];
}
