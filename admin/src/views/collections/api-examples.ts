import {
  type Collection,
  type Field,
  type FieldRules,
  type Json,
  OPERATIONS,
  type Operation,
  type RecordData,
} from '../../api/types.ts';
import { type ApiRequest, curlOf, literal, quote, withClient } from '../api/api-request.ts';
import { digitsFor, EXAMPLES, numberFor, textFor } from '../api/example-values.ts';

/** What can be asked of a collection; those after the five follow their rules. */
export const API_OPERATIONS = [...OPERATIONS, 'export', 'batch'] as const;
export type ApiOperation = (typeof API_OPERATIONS)[number];

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
    const digits = digitsFor(field.pattern);
    if (digits !== undefined) return digits;
    if (typeof stored === 'string') return stored;
  }
  switch (field.type) {
    case 'string':
      return textFor(name, field.min_length ?? 0, field.max_length ?? 200);
    case 'integer':
      return Math.ceil(numberFor(field));
    case 'float':
      return numberFor(field, 9.5);
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
    case 'datetime':
      return typeof field.min === 'string' ? field.min : EXAMPLES[field.type];
    case 'email':
    case 'url':
    case 'uuid':
      return EXAMPLES[field.type];
    case 'reference':
      return EXAMPLES.uuid;
    case 'json':
      return { any: ['JSON'] };
    default:
      return field.type satisfies never;
  }
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
  /** In place of what the example would send. */
  readonly body?: Json | undefined;
  /** The parameters of a list; those of the example when left out. */
  readonly query?: Readonly<Record<string, string>> | undefined;
}

const METHODS = {
  list: 'GET',
  read: 'GET',
  create: 'POST',
  update: 'PATCH',
  delete: 'DELETE',
  export: 'GET',
  batch: 'POST',
} as const satisfies Record<ApiOperation, ApiRequest['method']>;

export function methodOf(operation: ApiOperation): ApiRequest['method'] {
  return METHODS[operation];
}

/** The five rules; an export is a list, and a batch keeps to those of its parts. */
export function ruleOf(operation: ApiOperation): Operation {
  if (operation === 'export') return 'list';
  return operation === 'batch' ? 'create' : operation;
}

export const LIST_QUERY: Readonly<Record<string, string>> = { limit: '20', sort: '-created_at' };

function pathOf(operation: ApiOperation, { collection, id, query }: ExampleFacts): string {
  const path = `/api/collections/${collection.name}/records`;
  switch (operation) {
    case 'list': {
      const text = new URLSearchParams(query ?? LIST_QUERY).toString();
      return text === '' ? path : `${path}?${text}`;
    }
    case 'create':
      return path;
    case 'export':
      return `${path}/export?format=csv`;
    case 'batch':
      return '/api/batch';
    case 'read':
    case 'update':
    case 'delete':
      return `${path}/${id}`;
    default:
      return operation satisfies never;
  }
}

function bodyOf(operation: ApiOperation, facts: ExampleFacts): Json | undefined {
  const { collection, stored, body, id } = facts;
  const { fields } = collection.schema;
  switch (operation) {
    case 'create':
      return body ?? exampleData(fields, stored);
    case 'update':
      return body ?? exampleChange(fields, stored);
    case 'batch': {
      if (body !== undefined) return body;
      const { name } = collection;
      const made = { method: 'POST', collection: name, data: exampleData(fields, stored) };
      const changed = {
        method: 'PATCH',
        collection: name,
        id,
        data: exampleChange(fields, stored),
      };
      return { requests: stored ? [made, changed] : [made] };
    }
    default:
      return undefined;
  }
}

export function requestOf(operation: ApiOperation, facts: ExampleFacts): ApiRequest {
  const { access } = facts.collection.options;
  return {
    method: METHODS[operation],
    path: pathOf(operation, facts),
    body: bodyOf(operation, facts),
    needsToken:
      operation === 'batch'
        ? access.create !== 'public' || access.update !== 'public'
        : access[ruleOf(operation)] !== 'public',
  };
}

/** The same request twice. The token is a variable and never anybody's; public needs none. */
export function example(operation: ApiOperation, facts: ExampleFacts): Example {
  const request = requestOf(operation, facts);
  return {
    curl: curlOf(facts.origin, request),
    typescript: withClient(facts.origin, request.needsToken, useOf(operation, facts, request)),
  };
}

/** What is done with the client of `tinybase types`. */
function useOf(
  operation: ApiOperation,
  { collection: { name }, id, query }: ExampleFacts,
  { path, body }: ApiRequest,
): string {
  const of = `await tinybase.collection(${quote(name)})`;
  switch (operation) {
    case 'list':
      return `const { items, total } = ${of}.list(${literal(toListQuery(query ?? LIST_QUERY))});\nconsole.log(total, items);`;
    case 'read':
      return `// null when there is none that you may read.\nconst record = ${of}.get('${id}');\nconsole.log(record?.data);`;
    case 'create':
      return `const record = ${of}.create(${literal(body)});\nconsole.log(record.id);`;
    case 'update':
      return `const record = ${of}.update('${id}', ${literal(body)});\nconsole.log(record.data);`;
    case 'delete':
      return `${of}.delete('${id}');`;
    case 'export':
      return `const response = await tinybase.request('${path}');\nconsole.log(await response.text());`;
    case 'batch': {
      const requests =
        typeof body === 'object' && body !== null && 'requests' in body ? body.requests : [];
      return `const results = await tinybase.batch(${literal(requests)});\nconsole.log(results);`;
    }
    default:
      return operation satisfies never;
  }
}

/** The parameters as the client takes them: numbers are numbers, names are lists. */
function toListQuery(query: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query).map(([key, text]) => {
      if (key === 'limit' || key === 'offset') return [key, Number(text)];
      if (key === 'fields' || key === 'expand') return [key, text.split(',')];
      if (key === 'count') return [key, text === 'exact' ? text : text !== 'false'];
      return [key, text];
    }),
  );
}
