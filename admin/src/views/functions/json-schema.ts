import type { Json, JsonSchema } from '../../api/types.ts';
import { isJsonObject } from '../../components/fields/values.ts';
import type { TileType } from '../../components/ui/tile-types.ts';
import { countOf, toNumber } from '../../components/ui/times.ts';

/** One part of a function's input as a form can show it. */
interface NodeFacts {
  readonly description: string | undefined;
  readonly isNullable: boolean;
  readonly fallback: Json | undefined;
  /** "1 to 200 characters" */
  readonly rule: string;
  /** Beside the rule, because it is no words. */
  readonly pattern: string | undefined;
  readonly tile: TileType;
}
export type FormNode = NodeFacts &
  (
    | { readonly kind: 'string'; readonly isLong: boolean }
    | { readonly kind: 'number' | 'integer' | 'boolean' | 'json' }
    | { readonly kind: 'enum'; readonly values: readonly Json[] }
    | { readonly kind: 'array'; readonly item: FormNode }
    | { readonly kind: 'object'; readonly fields: readonly FormField[] }
  );
export interface FormField {
  readonly name: string;
  readonly node: FormNode;
  readonly isRequired: boolean;
}

const DEEPEST = 8;
const FORMATS: Readonly<Record<string, TileType>> = {
  email: 'email',
  uri: 'url',
  url: 'url',
  uuid: 'uuid',
  date: 'date',
  'date-time': 'datetime',
};

/** Reads a JSON Schema; what no form can show becomes a field for JSON. */
export function readSchema(schema: JsonSchema): FormNode {
  return readNode(schema, schema, 0);
}

function readNode(schema: Json | undefined, root: JsonSchema, depth: number): FormNode {
  if (!isJsonObject(schema) || depth > DEEPEST) return jsonNode(isJsonObject(schema) ? schema : {});
  const { $ref: ref } = schema;
  if (typeof ref === 'string') {
    const target = followRef(ref, root);
    if (!target) return jsonNode(schema);
    const { $ref: _, ...own } = schema;
    return readNode({ ...target, ...own }, root, depth + 1);
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) return readChoices(schema, choices, root, depth);
  if ('const' in schema) return enumNode(schema, [schema.const ?? null]);
  if (Array.isArray(schema.enum)) return enumNode(schema, schema.enum);
  const { type } = schema;
  if (Array.isArray(type)) {
    const rest = type.filter((each) => each !== 'null');
    if (rest.length !== 1) return jsonNode(schema);
    const node = readNode({ ...schema, type: rest[0] ?? null }, root, depth);
    return { ...node, isNullable: node.isNullable || rest.length < type.length };
  }
  switch (type) {
    case 'string':
      return {
        ...factsOf(schema, FORMATS[String(schema.format)] ?? 'string'),
        kind: 'string',
        isLong: !('format' in schema) && Number(schema.maxLength ?? 0) > 200,
      };
    case 'number':
      return { ...factsOf(schema, 'float'), kind: 'number' };
    case 'integer':
      return { ...factsOf(schema, 'integer'), kind: 'integer' };
    case 'boolean':
      return { ...factsOf(schema, 'boolean'), kind: 'boolean' };
    case 'array':
      if (!isJsonObject(schema.items) || 'prefixItems' in schema) return jsonNode(schema, 'list');
      return {
        ...factsOf(schema, 'list'),
        kind: 'array',
        item: readNode(schema.items, root, depth + 1),
      };
    case 'object':
      return objectNode(schema, root, depth);
    default:
      return jsonNode(schema);
  }
}

function objectNode(schema: JsonSchema, root: JsonSchema, depth: number): FormNode {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const names = Object.keys(properties);
  // A record with names of its own cannot be a form, and an object that may hold anything neither.
  const isFree = names.length === 0 && schema.additionalProperties !== false;
  if (isFree && (depth > 0 || 'patternProperties' in schema)) return jsonNode(schema, 'dict');
  const required = Array.isArray(schema.required) ? schema.required : [];
  return {
    ...factsOf(schema, 'dict'),
    kind: 'object',
    fields: names.map((name) => ({
      name,
      node: readNode(properties[name], root, depth + 1),
      isRequired: required.includes(name),
    })),
  };
}

/** A union: of values it is a choice, with null it is the other part, else it is JSON. */
function readChoices(
  schema: JsonSchema,
  choices: readonly Json[],
  root: JsonSchema,
  depth: number,
): FormNode {
  const { anyOf: _a, oneOf: _o, ...own } = schema;
  const rest = choices.filter((each) => !(isJsonObject(each) && each.type === 'null'));
  const isNullable = rest.length < choices.length;
  const values = rest.map((each) =>
    isJsonObject(each) && 'const' in each
      ? [each.const ?? null]
      : isJsonObject(each) && Array.isArray(each.enum)
        ? each.enum
        : undefined,
  );
  if (rest.length > 0 && values.every((each) => each !== undefined))
    return { ...enumNode(own, values.flat()), isNullable };
  const [only] = rest;
  if (rest.length === 1 && isJsonObject(only))
    return { ...readNode({ ...only, ...own }, root, depth + 1), isNullable };
  return jsonNode(schema);
}

function enumNode(schema: JsonSchema, all: readonly Json[]): FormNode {
  const values = all.filter((each) => each !== null);
  const areNumbers = values.length > 0 && values.every((each) => typeof each === 'number');
  const areWhole = areNumbers && values.every(Number.isInteger);
  return {
    ...factsOf(schema, areWhole ? 'integer' : areNumbers ? 'float' : 'string'),
    rule: '',
    isNullable: values.length < all.length,
    kind: 'enum',
    values,
  };
}

function jsonNode(schema: JsonSchema, tile: TileType = 'json'): FormNode {
  return { ...factsOf(schema, tile), kind: 'json' };
}

function factsOf(schema: JsonSchema, tile: TileType): NodeFacts {
  return {
    description: textOf(schema.description) ?? textOf(schema.title),
    isNullable: false,
    fallback: schema.default,
    rule: ruleWords(schema),
    pattern: textOf(schema.pattern),
    tile,
  };
}

/** The constraints in words: "1 to 200 characters, all different". */
export function ruleWords(schema: JsonSchema): string {
  const parts = [
    spanWords(schema.minLength, schema.maxLength, 'character'),
    rangeWords(schema),
    spanWords(schema.minItems, schema.maxItems, 'item'),
    schema.uniqueItems === true ? 'all different' : '',
    typeof schema.multipleOf === 'number' ? `a multiple of ${schema.multipleOf}` : '',
    typeof schema.format === 'string' && !(schema.format in FORMATS) ? schema.format : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function spanWords(min: Json | undefined, max: Json | undefined, unit: string): string {
  const isMin = typeof min === 'number' && min > 0;
  const isMax = typeof max === 'number';
  if (isMin && isMax)
    return min === max ? countOf(min, unit) : `${toNumber(min)} to ${countOf(max, unit)}`;
  if (isMin) return `at least ${countOf(min, unit)}`;
  return isMax ? `up to ${countOf(max, unit)}` : '';
}

function rangeWords(schema: JsonSchema): string {
  const { minimum: min, maximum: max, exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  if (typeof min === 'number' && typeof max === 'number') return `${min} to ${max}`;
  return [
    typeof min === 'number' ? `at least ${min}` : '',
    typeof max === 'number' ? `at most ${max}` : '',
    typeof above === 'number' ? `above ${above}` : '',
    typeof below === 'number' ? `below ${below}` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** A row of the schema's table; `depth` says how far inside it stands. */
export interface SchemaRow {
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  readonly tile: TileType;
  readonly type: string;
  readonly isRequired: boolean;
  readonly rule: string;
  readonly pattern: string | undefined;
  readonly description: string | undefined;
}

/** A schema as rows, each object's fields below it. */
export function schemaRows(schema: JsonSchema): SchemaRow[] {
  const root = readSchema(schema);
  if (root.kind === 'object') return fieldRows(root.fields, '', 0);
  return nodeRows(root, { name: 'the value', path: '', isRequired: true }, 0);
}

function fieldRows(fields: readonly FormField[], path: string, depth: number): SchemaRow[] {
  return fields.flatMap(({ name, node, isRequired }) =>
    nodeRows(node, { name, path: `${path}/${name}`, isRequired }, depth),
  );
}

function nodeRows(
  node: FormNode,
  place: { name: string; path: string; isRequired: boolean },
  depth: number,
): SchemaRow[] {
  const row: SchemaRow = {
    ...place,
    depth: Math.min(depth, 4),
    tile: node.tile,
    type: typeWords(node),
    rule: [
      node.rule,
      node.kind === 'enum' ? `one of ${node.values.map((each) => String(each)).join(', ')}` : '',
      node.isNullable ? 'or null' : '',
      node.fallback === undefined ? '' : `default ${JSON.stringify(node.fallback)}`,
    ]
      .filter((part) => part !== '')
      .join(', '),
    pattern: node.pattern,
    description: node.description,
  };
  const inner =
    node.kind === 'object'
      ? node
      : node.kind === 'array' && node.item.kind === 'object'
        ? node.item
        : undefined;
  return inner?.kind === 'object'
    ? [row, ...fieldRows(inner.fields, place.path, depth + 1)]
    : [row];
}

const TYPE_WORDS = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: 'true or false',
  enum: 'choice',
  object: 'object',
  array: 'list',
  json: 'any JSON',
} as const satisfies Record<FormNode['kind'], string>;

function typeWords(node: FormNode): string {
  if (node.kind === 'array') return `list of ${plural(typeWords(node.item))}`;
  if (node.kind === 'string' && node.tile !== 'string') return node.tile;
  if (node.kind === 'json' && node.tile !== 'json') return node.tile;
  return TYPE_WORDS[node.kind];
}

function plural(words: string): string {
  return /(text|JSON|false)$|^list/.test(words) ? words : `${words}s`;
}

function followRef(ref: string, root: JsonSchema): JsonSchema | undefined {
  if (!ref.startsWith('#/')) return undefined;
  let at: Json | undefined = root;
  for (const part of ref.slice(2).split('/')) {
    if (!isJsonObject(at)) return undefined;
    at = at[decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return isJsonObject(at) ? at : undefined;
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
