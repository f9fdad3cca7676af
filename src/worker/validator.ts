import { Kind, type TSchema } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { Value } from '@sinclair/typebox/value';
import type { InputFault, JsonSchema } from '../protocol/messages.ts';
import type { Schema, StandardSchema } from '../sdk/schema.ts';
import { toFaults } from './faults.ts';
import { registerFormats } from './formats.ts';

export type Checked =
  | { readonly isValid: true; readonly value: unknown }
  | { readonly isValid: false; readonly faults: readonly InputFault[] };

/** A schema made ready once, when its file loads. */
export interface Validator {
  readonly jsonSchema: JsonSchema;
  check(value: unknown): Checked | Promise<Checked>;
}

export interface ValidatorOptions {
  /** True for input: an object that says nothing about unknown keys refuses them. */
  readonly isClosed: boolean;
}

/** Throws with a sentence when the schema is of no kind that we know. */
export function createValidator(schema: Schema, { isClosed }: ValidatorOptions): Validator {
  if (isTypeBox(schema)) return fromTypeBox(isClosed ? closeObjects(schema) : schema);
  if (isStandard(schema)) return fromStandard(schema, isClosed);
  throw new TypeError('must be made with t, or be a Standard Schema such as one of Zod or Valibot');
}

function isTypeBox(schema: unknown): schema is TSchema {
  return typeof schema === 'object' && schema !== null && Kind in schema;
}

function isStandard(schema: unknown): schema is StandardSchema {
  return (
    (typeof schema === 'object' || typeof schema === 'function') &&
    schema !== null &&
    '~standard' in schema
  );
}

function fromTypeBox(schema: TSchema): Validator {
  registerFormats(schema);
  const jsonSchema = JSON.parse(JSON.stringify(schema)) as JsonSchema;
  const compiled = TypeCompiler.Compile(schema);
  const hasDefaults = JSON.stringify(jsonSchema).includes('"default":');
  return {
    jsonSchema,
    check(given) {
      // The value was parsed for this check, so filling it in place changes nobody else's.
      const value = hasDefaults ? Value.Default(schema, given) : given;
      return compiled.Check(value)
        ? { isValid: true, value }
        : { isValid: false, faults: toFaults(compiled.Errors(value), value) };
    },
  };
}

/**
 * A mistyped optional key would be lost without a word, so objects refuse unknown keys unless they
 * say `additionalProperties`. Not inside an intersection, whose parts each see the others' keys.
 */
function closeObjects(schema: TSchema): TSchema {
  const closed: Record<PropertyKey, unknown> = { ...schema };
  if (schema.properties) {
    closed.properties = mapValues(schema.properties as Record<string, TSchema>, closeObjects);
    const hasOpinion = schema.additionalProperties !== undefined;
    if (!hasOpinion && Object.keys(schema.properties).length > 0)
      closed.additionalProperties = false;
  }
  if (Array.isArray(schema.items)) closed.items = schema.items.map(closeObjects);
  else if (isTypeBox(schema.items)) closed.items = closeObjects(schema.items);
  if (Array.isArray(schema.anyOf)) closed.anyOf = schema.anyOf.map(closeObjects);
  if (schema.patternProperties)
    closed.patternProperties = mapValues(
      schema.patternProperties as Record<string, TSchema>,
      closeObjects,
    );
  return closed as unknown as TSchema;
}

function mapValues<T>(record: Record<string, T>, map: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

interface StandardJsonSchema {
  readonly jsonSchema?: Readonly<
    Record<'input' | 'output', (options: { target: string }) => JsonSchema>
  >;
}

function fromStandard(schema: StandardSchema, isInput: boolean): Validator {
  const standard = schema['~standard'] as StandardSchema['~standard'] & StandardJsonSchema;
  return {
    jsonSchema: describeStandard(standard, isInput),
    check(value) {
      const result = standard.validate(value);
      return result instanceof Promise ? result.then(toChecked) : toChecked(result);
    },
  };
}

function describeStandard(standard: StandardJsonSchema, isInput: boolean): JsonSchema {
  try {
    const describe = standard.jsonSchema?.[isInput ? 'input' : 'output'];
    return describe?.({ target: 'draft-2020-12' }) ?? {};
  } catch {
    // Some schemas (a date, a transform) cannot be said in JSON Schema; they still validate.
    return {};
  }
}

function toChecked(result: Awaited<ReturnType<StandardSchema['~standard']['validate']>>): Checked {
  if (!result.issues) return { isValid: true, value: result.value };
  return {
    isValid: false,
    faults: result.issues.map((issue) => ({
      loc: ['body', ...(issue.path ?? []).map(toSegment)],
      msg: issue.message,
      type: 'value_error',
    })),
  };
}

function toSegment(part: PropertyKey | { readonly key: PropertyKey }): string | number {
  const key = typeof part === 'object' ? part.key : part;
  return typeof key === 'number' ? key : String(key);
}
