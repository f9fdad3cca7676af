import { Kind, type TSchema } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { Value } from '@sinclair/typebox/value';
import { toPlainSchema } from '../protocol/plain-schema.ts';
import { toFaults } from './faults.ts';
import { registerFormats } from './formats.ts';
import type { Validator } from './validator.ts';

export function isTypeBox(schema: unknown): schema is TSchema {
  return typeof schema === 'object' && schema !== null && Kind in schema;
}

export function fromTypeBox(schema: TSchema): Validator {
  registerFormats(schema);
  const jsonSchema = toPlainSchema(schema);
  const compiled = TypeCompiler.Compile(schema);
  const hasDefaults = JSON.stringify(schema).includes('"default":');
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
export function closeObjects(schema: TSchema): TSchema {
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
