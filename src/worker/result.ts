import type { CallFailure, CallOutcome, InputFault } from '../protocol/messages.ts';
import { HttpAnswer } from '../sdk/http-answer.ts';
import { toAnsweredCall } from './http-answer.ts';
import type { Checked, Validator } from './validator.ts';

/** A result larger than this fails its call: it would fill the server's memory as well. */
const MAX_RESULT_CHARS = 64 * 1024 * 1024;
const MAX_FAULTS_SHOWN = 5;

/** Makes the JSON text of a result, once, here: the server splices it into the answer unparsed. */
export async function toOutcome(
  result: unknown,
  output: Validator | undefined,
): Promise<CallOutcome> {
  if (result instanceof HttpAnswer) {
    const answered = toAnsweredCall(result);
    return typeof answered === 'string' ? mismatch(`is an HttpAnswer that ${answered}`) : answered;
  }
  // A schema that lets any object through would take a Response for {}.
  if (!output || result instanceof Response) {
    const problem = findLoss(result, 'result');
    return problem ? mismatch(problem) : stringify(result ?? null);
  }
  const checked = await output.check(result);
  if (checked.isValid) return stringify(checked.value);
  // A Date fits "text" once it is JSON: what counts is what the caller will get.
  const text = stringify(result);
  if (text.status !== 'succeeded') return text;
  const again = await output.check(JSON.parse(text.json));
  return again.isValid ? stringify(again.value) : mismatch(describe(checked));
}

function stringify(value: unknown): CallOutcome {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    return mismatch(`cannot be written as JSON: ${error instanceof Error ? error.message : ''}`);
  }
  if (json === undefined) return mismatch(`is ${typeof value}, which JSON does not have`);
  if (json.length > MAX_RESULT_CHARS) return mismatch('is larger than 64 MB');
  return { status: 'succeeded', json };
}

/** Without a schema, says what JSON would drop without a word: a function, a Map, a Set. */
function findLoss(value: unknown, place: string, depth = 0): string | undefined {
  switch (typeof value) {
    case 'function':
    case 'symbol':
      return `holds a ${typeof value} at ${place}, which JSON does not have`;
    case 'object':
      break;
    default:
      return undefined;
  }
  // A cycle is deeper than this; JSON.stringify then says so.
  if (value === null || depth > 200 || 'toJSON' in value) return undefined;
  if (value instanceof Map || value instanceof Set)
    return `holds a ${value.constructor.name} at ${place}, which JSON would make {}`;
  if (value instanceof Response)
    return `holds a Response at ${place}: return new HttpAnswer(status, headers, body) instead`;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return `holds bytes at ${place}: write them as text, or return them in an HttpAnswer`;
  for (const key in value) {
    const found = findLoss(value[key as keyof typeof value], `${place}.${key}`, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function describe(checked: Checked): string {
  const faults: readonly InputFault[] = checked.isValid ? [] : checked.faults;
  const shown = faults
    .slice(0, MAX_FAULTS_SHOWN)
    .map(({ loc, msg }) => `${['result', ...loc.slice(1)].join('.')} ${msg}`);
  const more = faults.length > shown.length ? ` and ${faults.length - shown.length} more` : '';
  return `does not fit the output schema: ${shown.join('; ')}${more}`;
}

function mismatch(what: string): CallFailure {
  return {
    status: 'failed',
    error_type: 'OutputValidationError',
    message: `What the function returned ${what}.`,
    stack: null,
    http_status: null,
    data: null,
  };
}
