/** JSON Schema of a function, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const PREFIX = '#/components/schemas/';
const MAPS: ReadonlySet<string> = new Set(['properties', 'patternProperties', 'dependentSchemas']);
const LISTS: ReadonlySet<string> = new Set(['anyOf', 'allOf', 'oneOf', 'prefixItems']);
const SINGLES: ReadonlySet<string> = new Set([
  'items',
  'additionalProperties',
  'not',
  'if',
  'then',
  'else',
  'contains',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
/** They make sense in a document of their own only; what they hold gets a name where it is referred to. */
const DROPPED: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$anchor',
  '$dynamicAnchor',
  '$dynamicRef',
  '$recursiveAnchor',
  '$recursiveRef',
  '$vocabulary',
  '$defs',
  'definitions',
  'additionalItems',
]);

/**
 * Makes named schemas of an OpenAPI document from one JSON Schema, whose references lead to places
 * inside itself. The first is called `name`, others get names that begin with it.
 */
export function toComponents(
  root: JsonSchema,
  name: string,
  taken: Set<string>,
): Record<string, JsonSchema> {
  const components: Record<string, JsonSchema> = {};
  const names = new Map<JsonSchema, string>([[root, name]]);
  const identified = findIdentified(root);
  const waiting: JsonSchema[] = [root];

  function find(reference: string): JsonSchema | undefined {
    return identified.get(reference) ?? followPointer(root, reference);
  }

  /** What a reference leads to; undefined when that is nothing, or only references in a circle. */
  function findTarget(reference: string): JsonSchema | undefined {
    const target = find(reference);
    const seen = new Set<JsonSchema>();
    for (let at = target; at && typeof at.$ref === 'string'; at = find(at.$ref)) {
      if (seen.has(at)) return undefined;
      seen.add(at);
    }
    return target;
  }

  function refer(reference: string): JsonSchema {
    const target = findTarget(reference);
    if (!target) return {};
    let found = names.get(target);
    if (found === undefined) {
      found = takeName(name + toWord(reference), taken);
      names.set(target, found);
      waiting.push(target);
    }
    return { $ref: PREFIX + found };
  }

  function toSchema(value: unknown): unknown {
    if (!isObject(value)) return typeof value === 'boolean' ? value : {};
    const entries: [string, unknown][] = [];
    for (const [key, item] of Object.entries(value)) {
      if (DROPPED.has(key) || key === '__proto__') continue;
      if (key === '$ref') entries.push(...Object.entries(refer(String(item))));
      else if (key === 'items' && Array.isArray(item)) {
        // How tuples were written before 2020-12.
        entries.push(['prefixItems', item.map(toSchema)]);
        if (value.additionalItems !== undefined)
          entries.push(['items', toSchema(value.additionalItems)]);
      } else if (SINGLES.has(key)) entries.push([key, toSchema(item)]);
      else if (LISTS.has(key)) entries.push([key, Array.isArray(item) ? item.map(toSchema) : []]);
      else if (MAPS.has(key)) entries.push([key, toMap(item)]);
      else entries.push([key, item]);
    }
    return Object.fromEntries(entries);
  }

  function toMap(value: unknown): JsonSchema {
    if (!isObject(value)) return {};
    const entries = Object.entries(value).filter(([key]) => key !== '__proto__');
    return Object.fromEntries(entries.map(([key, item]) => [key, toSchema(item)]));
  }

  for (let schema = waiting.pop(); schema; schema = waiting.pop())
    components[names.get(schema) ?? name] = toSchema(schema) as JsonSchema;
  return components;
}

/** Parts that carry an $id, which is how TypeBox refers to them. */
function findIdentified(root: JsonSchema): Map<string, JsonSchema> {
  const found = new Map<string, JsonSchema>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (isObject(value) && typeof value.$id === 'string') found.set(value.$id, value);
    for (const item of Object.values(value)) visit(item);
  };
  visit(root);
  return found;
}

/** `#/a/b` from the root; undefined when no schema is there. */
function followPointer(root: JsonSchema, reference: string): JsonSchema | undefined {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  let at: unknown = root;
  for (const part of reference.slice(2).split('/')) {
    const key = decode(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return isObject(at) ? at : undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The last part of a reference as a word for a name. */
function toWord(reference: string): string {
  const last = decode(reference.slice(reference.lastIndexOf('/') + 1));
  const word = last.replace(/[^A-Za-z0-9]+/g, '').slice(0, 40);
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function takeName(wanted: string, taken: Set<string>): string {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? wanted : `${wanted}${count}`;
    if (taken.has(candidate)) continue;
    taken.add(candidate);
    return candidate;
  }
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
