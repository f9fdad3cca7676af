import type { Schema, StandardSchema } from '../sdk/schema.ts';
import { fromStandard } from './standard.ts';
import { closeObjects, fromTypeBox, isTypeBox } from './typebox.ts';
import type { Validator, ValidatorOptions } from './validator.ts';

/** Throws with a sentence when the schema is of no kind that we know. */
export async function createValidator(
  schema: Schema,
  options: ValidatorOptions,
): Promise<Validator> {
  if (isTypeBox(schema)) return fromTypeBox(options.isInput ? closeObjects(schema) : schema);
  if (isStandard(schema)) return fromStandard(schema, options);
  throw new TypeError('must be made with t, or be a Standard Schema such as one of Zod or Valibot');
}

function isStandard(schema: unknown): schema is StandardSchema {
  return (
    (typeof schema === 'object' || typeof schema === 'function') &&
    schema !== null &&
    '~standard' in schema
  );
}
