/** A JSON Schema in any shape: what is inside is looked at, never trusted. */
export type Schema = Readonly<Record<string, unknown>>;

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export interface Target {
  /** One for each place, whatever names lead to it. */
  readonly place: Schema;
  /** The last part of the name that led there. */
  readonly name: string;
}

export interface References {
  find(reference: unknown): Target | undefined;
  /** The type of one is made of the other's without anything between them that TypeScript can wait for. */
  isCircle(from: Schema, to: Schema): boolean;
}

const UNNAMED = 'Part';

/** What `$ref` leads to within one document. */
export function createReferences(root: Schema): References {
  const named = collectNames(root);

  function find(reference: unknown): Target | undefined {
    if (typeof reference !== 'string') return undefined;
    const place = reference.startsWith('#/') ? follow(root, reference) : named.get(reference);
    if (reference === '#') return { place: root, name: UNNAMED };
    if (!isSchema(place)) return undefined;
    return { place, name: /([^/#]+)$/.exec(reference)?.[1] ?? UNNAMED };
  }

  /** What a schema's type is made of directly: an object or a list in between ends the search. */
  function madeOf(schema: Schema): ReadonlySet<Schema> {
    const found = new Set<Schema>();
    const waiting = [schema];
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop())
      for (const part of [find(one.$ref)?.place, one.anyOf, one.oneOf, one.allOf].flat()) {
        if (!isSchema(part) || found.has(part)) continue;
        found.add(part);
        waiting.push(part);
      }
    return found;
  }

  return { find, isCircle: (from, to) => from === to || madeOf(to).has(from) };
}

/** Places that a reference can name by `$id` or by an anchor. */
function collectNames(root: Schema): ReadonlyMap<string, Schema> {
  const names = new Map<string, Schema>();
  const seen = new Set<object>();
  const waiting: unknown[] = [root];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    waiting.push(...Object.values(value).filter((one) => one !== undefined));
    if (!isSchema(value)) continue;
    const { $id, $anchor } = value;
    if (typeof $id === 'string') names.set($id, value);
    if (typeof $anchor === 'string') names.set(`#${$anchor}`, value);
  }
  return names;
}

/** RFC 6901, as the fragment of a URI. */
function follow(root: Schema, pointer: string): unknown {
  let value: unknown = root;
  for (const part of pointer.slice(2).split('/')) {
    const key = decode(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
