import { OptionalKind, type TSchema } from '@sinclair/typebox';
import { AppError, invalidInput } from '../core/errors.ts';
import { describeJsonFault, isJsonTooDeep, mayHoldLoneSurrogate } from '../lib/json-text.ts';
import { findNonJson, MAX_JSON_DEPTH } from '../lib/json-value.ts';
import { SMALL_BODY_BYTES } from './body-budget.ts';
import { createValidator } from './faults.ts';
import { trackedContext } from './request-context.ts';

export const DEFAULT_MAX_BODY_BYTES = 10 * 1024 * 1024;

/** `application/json`, with or without parameters. */
const JSON_TYPE = /^application\/json *(;|$)/i;

/** What of Elysia's context the body goes into. */
export interface BodyContext {
  readonly request: Request;
  body: unknown;
}

/**
 * Makes a hook that reads a request's JSON, checks it and hands it to the handler.
 * A body may be left out when its schema says Type.Optional; it is undefined then.
 */
export function createBodyHook(schema: TSchema, maxBytes: number) {
  const validator = createValidator(schema);
  const isOptional = OptionalKind in schema;
  // One async function and one await: each further layer costs every write 0.3 µs.
  return async (context: BodyContext): Promise<void> => {
    const { request } = context;
    const value = hasJson(request) ? parseOrNothing(await readBytes(request, maxBytes)) : undefined;
    if (value === undefined) {
      if (isOptional) return;
      throw badBody('missing', 'is required: send JSON');
    }
    const faults = validator.findFaults(value, 'body');
    if (faults.length > 0) throw invalidInput(faults);
    context.body = value;
  };
}

/**
 * The JSON text that a request holds, undefined when its body is empty. For what parses it elsewhere:
 * all but its grammar is checked.
 */
export async function readJsonText(
  request: Request,
  maxBytes: number,
): Promise<string | undefined> {
  if (!hasJson(request)) return undefined;
  const bytes = await readBytes(request, maxBytes);
  if (bytes.length === 0) return undefined;
  const text = decodeJson(bytes);
  if (mayHoldLoneSurrogate(text)) refuseLoneSurrogates(parseJson(text));
  return text;
}

/** False for a request without body; throws when there is one of another type. */
function hasJson(request: Request): boolean {
  const declared = request.headers.get('content-length');
  // Looking at request.body makes a stream of it, which costs more than the rest of this function.
  if (declared === '0' || (declared === null && request.body === null)) return false;
  const type = request.headers.get('content-type');
  if (type !== null && JSON_TYPE.test(type)) return true;
  const found = type === null ? 'without one' : `as ${type.slice(0, 80)}`;
  throw new AppError(
    'unsupported_media_type',
    `Send the body with Content-Type: application/json; it came ${found}.`,
  );
}

function parseOrNothing(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  const text = decodeJson(bytes);
  const value = parseJson(text);
  if (mayHoldLoneSurrogate(text)) refuseLoneSurrogates(value);
  return value;
}

/** The bytes of a request's body; 413 as soon as they are known to be too many. */
export function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const declared = request.headers.get('content-length');
  // The shortest way is for the small ones, which most are.
  if (declared !== null && Number(declared) <= Math.min(maxBytes, SMALL_BODY_BYTES))
    return request.bytes();
  return collectBytes(request, maxBytes);
}

/** For a body that is large or of unknown length: counted while it comes, here and with all others. */
async function collectBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const context = trackedContext(request);
  const chunks: Uint8Array[] = [];
  let size = 0;
  let counted = 0;
  for await (const chunk of readChunks(request, maxBytes)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size <= SMALL_BODY_BYTES) continue;
    context.bodyShare ??= context.bodies?.open();
    await context.bodyShare?.take(size - counted);
    counted = size;
  }
  context.bodyShare?.noteWhole();
  return Buffer.concat(chunks);
}

/** The body piece by piece, for imports and uploads; throws 413 once it is too long. */
export async function* readChunks(request: Request, maxBytes: number): AsyncGenerator<Uint8Array> {
  if (Number(request.headers.get('content-length')) > maxBytes) throw tooLarge(maxBytes);
  if (request.body === null) return;
  let size = 0;
  for await (const chunk of request.body as ReadableStream<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

/** Text of a body: UTF-8, nested at most 64 deep. */
function decodeJson(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (isJsonTooDeep(text))
    throw badBody('json_too_deep', `must not nest deeper than ${MAX_JSON_DEPTH} levels`);
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badBody('json_invalid', describeJsonFault(error));
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw badBody('json_invalid', 'is not valid UTF-8');
  }
}

function refuseLoneSurrogates(value: unknown): void {
  const found = findNonJson(value);
  if (found !== undefined)
    throw invalidInput([{ loc: ['body', ...found.path], msg: found.reason, type: 'value_error' }]);
}

function badBody(type: string, msg: string): AppError {
  return invalidInput([{ loc: ['body'], msg, type }]);
}

function tooLarge(maxBytes: number): AppError {
  const limit = maxBytes >= 1024 * 1024 ? `${maxBytes / 1024 / 1024} MB` : `${maxBytes} bytes`;
  return new AppError('too_large', `The body is larger than the ${limit} that are allowed here.`);
}
