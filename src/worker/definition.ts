import { FUNCTION_NAME, TAKEN_FUNCTION_NAMES } from '../lib/function-name.ts';
import {
  FUNCTION_ACCESS,
  type FunctionDefinition,
  MAX_DESCRIPTION_CHARS,
  MAX_TAG_CHARS,
  MAX_TAGS,
  MAX_TIMEOUT_SECONDS,
} from '../protocol/messages.ts';
import type { FunctionOptions, Registration } from '../sdk/register.ts';
import type { Schema } from '../sdk/schema.ts';
import { createValidator } from './create-validator.ts';
import type { Validator } from './validator.ts';

export interface LoadedFunction {
  readonly definition: FunctionDefinition;
  readonly input: Validator | undefined;
  readonly output: Validator | undefined;
  readonly handler: Registration['handler'];
}

const OPTIONS: readonly string[] = [
  'name',
  'description',
  'auth',
  'input',
  'output',
  'tags',
  'timeout_seconds',
  'raw_body',
] satisfies (keyof FunctionOptions)[];

/** Checks what register() was given, at run time: user code need not be type-checked. Throws sentences. */
export async function defineFunction(
  { options, handler }: Registration,
  defaultName: string | undefined,
  file: string,
): Promise<LoadedFunction> {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('register() wants an object of options first, then the handler.');
  const name = readName(options.name, defaultName);
  const fail = (message: string): never => {
    throw new TypeError(`Function ${name}: ${message}`);
  };
  const unknown = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (unknown) fail(`there is no option ${unknown}; there are ${OPTIONS.join(', ')}.`);
  if (typeof handler !== 'function') fail('register() wants the handler, a function, second.');
  const auth = FUNCTION_ACCESS.find((level) => level === (options.auth ?? 'auth'));
  const { description = null, tags = [], timeout_seconds = null, raw_body = false } = options;
  if (!auth) return fail(`auth must be one of ${FUNCTION_ACCESS.join(', ')}.`);
  if (description !== null && typeof description !== 'string') fail('description must be text.');
  if (description !== null && description.length > MAX_DESCRIPTION_CHARS)
    fail(`description must have at most ${MAX_DESCRIPTION_CHARS} characters.`);
  if (!Array.isArray(tags) || tags.some((tag) => typeof tag !== 'string'))
    fail('tags must be a list of texts.');
  if (tags.length > MAX_TAGS || tags.some((tag) => tag.length > MAX_TAG_CHARS))
    fail(`tags may be ${MAX_TAGS}, of at most ${MAX_TAG_CHARS} characters each.`);
  if (timeout_seconds !== null && !isTimeout(timeout_seconds))
    fail(`timeout_seconds must be a number above 0, to ${MAX_TIMEOUT_SECONDS}.`);
  if (typeof raw_body !== 'boolean') fail('raw_body must be true or false.');
  if (raw_body && options.input !== undefined)
    fail('raw_body takes the body as it comes, so nothing checks it: leave out input or raw_body.');
  const prepare = async (key: 'input' | 'output'): Promise<Validator | undefined> => {
    const schema: Schema | undefined = options[key];
    if (schema === undefined) return undefined;
    try {
      return await createValidator(schema, { isInput: key === 'input', file });
    } catch (error) {
      return fail(`${key} ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const input = await prepare('input');
  const output = await prepare('output');
  return {
    definition: {
      name,
      description,
      auth,
      tags: [...tags],
      timeout_seconds,
      input_schema: input?.jsonSchema ?? null,
      output_schema: output?.jsonSchema ?? null,
      raw_body,
      file,
    },
    input,
    output,
    handler,
  };
}

function readName(given: unknown, defaultName: string | undefined): string {
  const name = given ?? defaultName;
  if (name === undefined)
    throw new TypeError('A file that registers several functions must give each a name.');
  if (typeof name !== 'string' || !FUNCTION_NAME.test(name))
    throw new TypeError(
      `${JSON.stringify(name)} is no name for a function: letters, digits, _ and -, a letter first, at most 63.`,
    );
  if (TAKEN_FUNCTION_NAMES.includes(name))
    throw new TypeError(`A function cannot be named ${name}: the API uses that word.`);
  return name;
}

function isTimeout(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= MAX_TIMEOUT_SECONDS;
}
