import type { AdminFunction, Json, JsonSchema } from '../../api/types.ts';
import { isJsonObject } from '../../components/fields/values.ts';
import {
  type ApiRequest,
  curlOf,
  type ErrorLine,
  literal,
  member,
  quote,
  shellQuote,
  TOKEN,
  withClient,
} from '../api/api-request.ts';
import { digitsFor, EXAMPLES, numberFor, textFor } from '../api/example-values.ts';

const DEEPEST = 8;
/** As many as say something; all that are required come besides. */
const MOST_FIELDS = 6;

const FORMATS: Readonly<Record<string, string>> = {
  email: EXAMPLES.email,
  uri: EXAMPLES.url,
  url: EXAMPLES.url,
  uuid: EXAMPLES.uuid,
  date: EXAMPLES.date,
  'date-time': EXAMPLES.datetime,
};

/** A value that fits a JSON Schema, as far as it can be read. */
export function exampleOf(schema: JsonSchema): Json {
  return exampleIn(schema, schema, 'value', 0);
}

function exampleIn(found: Json | undefined, root: JsonSchema, name: string, depth: number): Json {
  if (!isJsonObject(found) || depth > DEEPEST) return null;
  const schema = followRef(found, root);
  if (schema.default !== undefined) return schema.default;
  if (Array.isArray(schema.examples) && schema.examples[0] !== undefined) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0] ?? null;
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) {
    const [first] = choices.filter((each) => !(isJsonObject(each) && each.type === 'null'));
    return exampleIn(first ?? choices[0], root, name, depth + 1);
  }
  if (Array.isArray(schema.allOf)) {
    const parts = schema.allOf.map((each) => exampleIn(each, root, name, depth + 1));
    return parts.every(isJsonObject) ? Object.assign({}, ...parts) : (parts[0] ?? null);
  }
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type ?? (schema.properties === undefined ? undefined : 'object')) {
    case 'string':
      return stringIn(schema, name);
    case 'integer':
      return Math.ceil(numberIn(schema, 1));
    case 'number':
      return numberIn(schema, 9.5);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return schema.maxItems === 0
        ? []
        : Array.from({ length: Math.max(1, countOf(schema.minItems)) }, () =>
            exampleIn(schema.items ?? {}, root, name.replace(/s$/, ''), depth + 1),
          );
    case 'object':
      return objectIn(schema, root, depth);
    default:
      return 'anything';
  }
}

function objectIn(schema: JsonSchema, root: JsonSchema, depth: number): Json {
  const fields = isJsonObject(schema.properties) ? Object.entries(schema.properties) : [];
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const room = Math.max(0, MOST_FIELDS - required.size);
  const optional = new Set(
    fields
      .filter(([name]) => !required.has(name))
      .slice(0, room)
      .map(([name]) => name),
  );
  return Object.fromEntries(
    fields
      .filter(([name]) => required.has(name) || optional.has(name))
      .map(([name, each]) => [name, exampleIn(each, root, name, depth + 1)]),
  );
}

function stringIn(schema: JsonSchema, name: string): string {
  const format = typeof schema.format === 'string' ? FORMATS[schema.format] : undefined;
  if (format !== undefined) return format;
  const digits = typeof schema.pattern === 'string' ? digitsFor(schema.pattern) : undefined;
  const most = typeof schema.maxLength === 'number' ? schema.maxLength : 200;
  return digits ?? textFor(name, countOf(schema.minLength), most);
}

function numberIn(schema: JsonSchema, wanted: number): number {
  const above = schema.exclusiveMinimum;
  const below = schema.exclusiveMaximum;
  const min = typeof above === 'number' ? above + 1 : schema.minimum;
  const max = typeof below === 'number' ? below - 1 : schema.maximum;
  const { multipleOf } = schema;
  const value = numberFor({ min, max }, wanted);
  return typeof multipleOf === 'number' ? Math.ceil(value / multipleOf) * multipleOf : value;
}

function countOf(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}

/** The schema itself, or what it refers to within the same document. */
function followRef(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const { $ref: ref } = schema;
  if (typeof ref !== 'string' || !ref.startsWith('#')) return schema;
  let at: Json | undefined = root;
  for (const part of ref.slice(1).split('/').filter(Boolean))
    at = isJsonObject(at) ? at[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
  return isJsonObject(at) ? at : schema;
}

/** The call of a function; a body of any type is text here. */
export function callOf(item: AdminFunction, body: Json | undefined): ApiRequest {
  return {
    method: 'POST',
    path: `/api/functions/${item.name}`,
    body: body ?? exampleBody(item),
    needsToken: item.auth !== 'public',
  };
}

/** What the example sends by itself; undefined: nothing. */
export function exampleBody({ input_schema, raw_body }: AdminFunction): Json | undefined {
  return input_schema === null || raw_body ? undefined : exampleOf(input_schema);
}

export function callExample(
  origin: string,
  item: AdminFunction,
  body?: Json,
): { readonly curl: string; readonly typescript: string } {
  const request = callOf(item, body);
  const { path, needsToken } = request;
  if (item.raw_body)
    return {
      curl: [
        `curl -X POST ${shellQuote(origin + path)}`,
        ...(needsToken ? [`-H "Authorization: Bearer ${TOKEN}"`] : []),
        "-H 'Content-Type: text/plain'",
        "--data-binary 'any bytes'",
      ].join(' \\\n  '),
      typescript: withClient(
        origin,
        needsToken,
        `const response = await tinybase.request('${path}', {\n  method: 'POST',\n  headers: { 'content-type': 'text/plain' },\n  body: 'any bytes',\n});\nconsole.log(response.status, await response.text());`,
      ),
    };
  const input = request.body === undefined ? '' : literal(request.body);
  return {
    curl: curlOf(origin, request),
    typescript: withClient(
      origin,
      needsToken,
      `// The result itself; a failure is thrown as TinyBaseError.\nconst result = await tinybase.functions${member(item.name)}(${input});\nconsole.log(result);`,
    ),
  };
}

/** With what a call can be refused, and how it can fail. */
export function callErrors({
  name,
  auth,
  input_schema,
  timeout_seconds,
}: AdminFunction): ErrorLine[] {
  const limit = timeout_seconds === null ? "the server's time limit" : `${timeout_seconds} s`;
  return [
    {
      status: 401,
      text:
        auth === 'public' ? 'The token is unknown or has ended' : 'No token, or one that has ended',
    },
    ...(auth === 'admin' ? [{ status: 403, text: 'Not an admin' }] : []),
    { status: 404, text: `${quote(name).slice(1, -1)} is not there any more` },
    ...(input_schema === null
      ? []
      : [{ status: 422, text: 'The input does not fit; every fault is listed with its place' }]),
    { status: 429, text: 'Too many calls of the same user at once; Retry-After says when' },
    {
      status: 500,
      text: 'It failed: function_failed, with call_id and error_type. A FunctionError brings its own status, message and data',
    },
    { status: 503, text: 'The queue is full, or its worker ended because of another call' },
    { status: 504, text: `It took longer than ${limit}` },
  ];
}
