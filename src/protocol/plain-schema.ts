import type { JsonSchema } from './messages.ts';

/** Longer than any that a person reads, and short enough for a document that holds hundreds. */
const MAX_CHARS = 256 * 1024;
const MAX_DEPTH = 60;
/** What would make a copy of the schema change its own prototype. */
const DROPPED_KEYS: ReadonlySet<string> = new Set(['__proto__', '$schema']);

/**
 * A JSON Schema as plain data, whatever a package made of it; an empty one, which describes anything,
 * for what cannot be shown: a cycle, no object, one that is huge or deep.
 */
export function toPlainSchema(schema: unknown): JsonSchema {
  try {
    const text = JSON.stringify(schema, (key, value: unknown) =>
      DROPPED_KEYS.has(key) ? undefined : value,
    );
    if (text === undefined || text.length > MAX_CHARS) return {};
    const plain: unknown = JSON.parse(text);
    return isObject(plain) && !isTooDeep(plain, MAX_DEPTH) ? plain : {};
  } catch {
    return {};
  }
}

function isTooDeep(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((item) => isTooDeep(item, depth - 1));
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
