import { FUNCTION_ACCESS, type FunctionDefinition } from '../protocol/messages.ts';
import type { FunctionOptions, Registration } from '../sdk/register.ts';
import type { Schema } from '../sdk/schema.ts';
import { createValidator, type Validator } from './validator.ts';

export interface LoadedFunction {
  readonly definition: FunctionDefinition;
  readonly input: Validator | undefined;
  readonly output: Validator | undefined;
  readonly handler: Registration['handler'];
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
/** Words that stand at this place in the paths of the API. */
const TAKEN_NAMES: readonly string[] = ['calls', 'metrics', 'deploy', 'deployments'];
const MAX_TIMEOUT_SECONDS = 3_600;
const OPTIONS: readonly string[] = [
  'name',
  'description',
  'auth',
  'input',
  'output',
  'tags',
  'timeout_seconds',
] satisfies (keyof FunctionOptions)[];

/** Checks what register() was given, at run time: user code need not be type-checked. Throws sentences. */
export function defineFunction(
  { options, handler }: Registration,
  defaultName: string | undefined,
  file: string,
): LoadedFunction {
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
  const { description = null, tags = [], timeout_seconds = null } = options;
  if (!auth) return fail(`auth must be one of ${FUNCTION_ACCESS.join(', ')}.`);
  if (description !== null && typeof description !== 'string') fail('description must be text.');
  if (!Array.isArray(tags) || tags.some((tag) => typeof tag !== 'string'))
    fail('tags must be a list of texts.');
  if (timeout_seconds !== null && !isTimeout(timeout_seconds))
    fail(`timeout_seconds must be a number above 0, to ${MAX_TIMEOUT_SECONDS}.`);
  const prepare = (key: 'input' | 'output'): Validator | undefined => {
    const schema: Schema | undefined = options[key];
    if (schema === undefined) return undefined;
    try {
      return createValidator(schema, { isClosed: key === 'input' });
    } catch (error) {
      return fail(`${key} ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const input = prepare('input');
  const output = prepare('output');
  return {
    definition: {
      name,
      description,
      auth,
      tags: [...tags],
      timeout_seconds,
      input_schema: input?.jsonSchema ?? null,
      output_schema: output?.jsonSchema ?? null,
      raw_body: false,
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
  if (typeof name !== 'string' || !NAME.test(name))
    throw new TypeError(
      `${JSON.stringify(name)} is no name for a function: letters, digits, _ and -, a letter first, at most 63.`,
    );
  if (TAKEN_NAMES.includes(name))
    throw new TypeError(`A function cannot be named ${name}: the API uses that word.`);
  return name;
}

function isTimeout(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= MAX_TIMEOUT_SECONDS;
}
