/** What JSON can say. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** As deep as a body may nest; SQLite itself refuses JSON deeper than 1,000. */
export const MAX_JSON_DEPTH = 64;

/** Where in a value something stands that JSON cannot hold, and why; undefined when there is nothing. */
export function findNonJson(
  value: unknown,
  path: readonly (string | number)[] = [],
): { readonly path: readonly (string | number)[]; readonly reason: string } | undefined {
  if (value === null || typeof value === 'boolean') return undefined;
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : { path, reason: 'must be a finite number' };
  if (typeof value === 'string')
    return value.isWellFormed()
      ? undefined
      : { path, reason: 'must be well-formed Unicode, without a lone surrogate' };
  if (typeof value !== 'object')
    return { path, reason: `must be JSON, not a value of type ${typeof value}` };
  if (path.length >= MAX_JSON_DEPTH)
    return { path, reason: `must not nest deeper than ${MAX_JSON_DEPTH} levels` };
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = findNonJson(item, [...path, index]);
      if (found) return found;
    }
    return undefined;
  }
  if (!isPlainObject(value))
    return { path, reason: `must be a plain object, not a ${value.constructor?.name ?? 'class'}` };
  for (const [key, item] of Object.entries(value)) {
    const found = key.isWellFormed()
      ? findNonJson(item, [...path, key])
      : { path, reason: 'must have keys of well-formed Unicode' };
    if (found) return found;
  }
  return undefined;
}

/** True for `{…}` as JSON.parse makes it: no array, no class instance. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** JSON in which objects that say the same are the same text, whatever the order of their keys. */
export function toCanonicalJson(value: JsonValue): string {
  return JSON.stringify(value, (_key, part: JsonValue) =>
    isPlainObject(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
