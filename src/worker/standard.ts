import { dirname } from 'node:path';
import { type InputFault, type JsonSchema, MAX_FAULTS } from '../protocol/messages.ts';
import { toPlainSchema } from '../protocol/plain-schema.ts';
import type { StandardResult, StandardSchema } from '../sdk/schema.ts';
import type { Checked, Validator, ValidatorOptions } from './validator.ts';

const TARGET = 'draft-2020-12';

/** https://standardschema.dev/json-schema: Zod and ArkType have it, Valibot has a package for it. */
interface StandardJsonSchema {
  readonly jsonSchema?: Readonly<
    Record<'input' | 'output', (options: Readonly<Record<string, unknown>>) => unknown>
  >;
}

type Standard = StandardSchema['~standard'] & StandardJsonSchema;

export async function fromStandard(
  schema: StandardSchema,
  options: ValidatorOptions,
): Promise<Validator> {
  const standard: Standard = schema['~standard'];
  return {
    jsonSchema: toPlainSchema(await describe(schema, options)),
    check(value) {
      const result = standard.validate(value);
      return result instanceof Promise ? result.then(toChecked) : toChecked(result);
    },
  };
}

/** What callers send for an input, what they get for an output; {} when that cannot be said. */
async function describe(schema: StandardSchema, options: ValidatorOptions): Promise<unknown> {
  const side = options.isInput ? 'input' : 'output';
  const { jsonSchema, vendor }: Standard = schema['~standard'];
  try {
    if (jsonSchema) {
      // Zod's own word: a date or a transform becomes {} in its place, and the rest is still shown.
      const libraryOptions = vendor === 'zod' ? { unrepresentable: 'any' } : undefined;
      return jsonSchema[side]({ target: TARGET, ...(libraryOptions && { libraryOptions }) });
    }
    return vendor === 'valibot' ? await describeValibot(schema, side, options.file) : {};
  } catch {
    // It still validates.
    return {};
  }
}

interface ValibotJsonSchema {
  toJsonSchema(schema: unknown, config: Readonly<Record<string, unknown>>): unknown;
}

interface ValibotAction {
  readonly valibotAction: { readonly kind: string };
  readonly errors?: readonly unknown[] | undefined;
}

/** By the package that lies beside the functions, when there is one. */
async function describeValibot(
  schema: StandardSchema,
  typeMode: 'input' | 'output',
  file: string,
): Promise<unknown> {
  const path = Bun.resolveSync('@valibot/to-json-schema', dirname(file));
  const { toJsonSchema } = (await import(path)) as ValibotJsonSchema;
  return toJsonSchema(schema, {
    typeMode,
    target: TARGET,
    errorMode: 'ignore',
    // Nobody knows what a transform makes; the type before it would be a lie.
    overrideAction: ({ valibotAction, errors }: ValibotAction): JsonSchema | undefined =>
      errors && valibotAction.kind === 'transformation' ? {} : undefined,
  });
}

/** A package, or a schema of the author's own, may tell faults in any form. */
function toChecked(result: StandardResult<unknown>): Checked {
  if (!result.issues) return { isValid: true, value: result.value };
  const faults = Array.from(result.issues).slice(0, MAX_FAULTS).map(toFault);
  return { isValid: false, faults: faults.length > 0 ? faults : [toFault({})] };
}

function toFault(issue: { readonly message?: unknown; readonly path?: unknown }): InputFault {
  const path = Array.isArray(issue.path) ? (issue.path as unknown[]) : [];
  const msg = typeof issue.message === 'string' ? issue.message : 'is not valid';
  return { loc: ['body', ...path.map(toSegment)], msg, type: 'value_error' };
}

function toSegment(part: unknown): string | number {
  const key: unknown = typeof part === 'object' && part !== null && 'key' in part ? part.key : part;
  return typeof key === 'number' ? key : String(key);
}
