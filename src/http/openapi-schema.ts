/** JSON Schema as it stands in a document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Formats that Elysia writes for text it would coerce; a reader of JSON never sees such text. */
const COERCED_FORMATS = new Set(['integer', 'numeric', 'boolean']);

/** Schemas that have a name of their own, collected while others refer to them. */
export interface NamedSchemas {
  /** A schema as OpenAPI 3.1 has it; whatever carries a $id becomes a reference. */
  toClean(schema: unknown): JsonSchema;
  readonly schemas: Record<string, JsonSchema>;
}

export function createNamedSchemas(): NamedSchemas {
  const schemas: Record<string, JsonSchema> = {};

  function toClean(schema: unknown): JsonSchema {
    return clean(schema) as JsonSchema;
  }

  function clean(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(clean);
    if (!isObject(value)) return value;
    const { $id: id, ...rest } = value;
    if (typeof id !== 'string') return cleanObject(rest);
    if (!(id in schemas)) {
      // Its place is taken first, so that a schema may hold itself.
      schemas[id] = {};
      schemas[id] = cleanObject(rest);
    }
    return { $ref: `#/components/schemas/${id}` };
  }

  function cleanObject(value: Readonly<Record<string, unknown>>): JsonSchema {
    const variants = value.anyOf;
    if (Array.isArray(variants)) {
      const { anyOf: _, ...rest } = value;
      const meant = variants.filter((variant) => !isCoercedText(variant));
      if (meant.length === 1 && isObject(meant[0]))
        return { ...(clean(meant[0]) as object), ...withoutFormat(rest) };
      const choices = toChoices(meant);
      if (choices !== undefined) return { ...(clean(rest) as object), ...choices };
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        key === 'properties' ? cleanEach(item) : isData(key) ? item : clean(item),
      ]),
    );
  }

  /** The names here are a user's, even one called anyOf or default. */
  function cleanEach(properties: unknown): unknown {
    if (!isObject(properties)) return properties;
    return Object.fromEntries(
      Object.entries(properties).map(([name, schema]) => [name, clean(schema)]),
    );
  }

  return { toClean, schemas };
}

/** Values, not schemas. */
function isData(key: string): boolean {
  return key === 'default' || key === 'examples' || key === 'enum' || key === 'const';
}

function isCoercedText(variant: unknown): boolean {
  return (
    isObject(variant) && variant.type === 'string' && COERCED_FORMATS.has(String(variant.format))
  );
}

function withoutFormat(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { format: _, ...rest } = schema;
  return rest;
}

/** A union of constants is an enum: shorter, and every generator knows it. */
function toChoices(variants: readonly unknown[]): JsonSchema | undefined {
  if (variants.length === 0) return undefined;
  const constants = variants.map((variant) =>
    isObject(variant) && typeof variant.const === 'string' ? variant.const : undefined,
  );
  return constants.includes(undefined) ? undefined : { type: 'string', enum: constants };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
