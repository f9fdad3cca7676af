import { FUNCTION_NAME, TAKEN_FUNCTION_NAMES } from '../lib/function-name.ts';
import { findAnswerFault } from './http-answer.ts';
import {
  type AnsweredCall,
  ASK_NAMES,
  type CallFailure,
  type CallOutcome,
  FUNCTION_ACCESS,
  type FunctionDefinition,
  type InputFault,
  type JsonSchema,
  LINE_LEVELS,
  type LoadFault,
  MAX_DATA_CHARS,
  MAX_DESCRIPTION_CHARS,
  MAX_FAULTS,
  MAX_LINE_BYTES,
  MAX_MESSAGE_CHARS,
  MAX_STACK_CHARS,
  MAX_TAG_CHARS,
  MAX_TAGS,
  MAX_TIMEOUT_SECONDS,
  MAX_TYPE_CHARS,
  type Place,
  type ToServer,
} from './messages.ts';
import { toPlainSchema } from './plain-schema.ts';

/**
 * Reads a message of a worker. User code lives in that process and may have sent anything, so nothing
 * is taken on trust; undefined means that it is no message of ours.
 */
export function parseToServer(raw: unknown): ToServer | undefined {
  if (!isObject(raw)) return undefined;
  try {
    return parseByKind(raw);
  } catch {
    // A getter that throws, a cycle: no message of ours.
    return undefined;
  }
}

function parseByKind(raw: Fields): ToServer | undefined {
  const { kind, id } = raw;
  switch (kind) {
    case 'started':
    case 'claim':
      return isId(id) ? { kind, id } : undefined;
    case 'done': {
      const outcome = parseOutcome(raw.outcome);
      return isId(id) && outcome ? { kind, id, outcome } : undefined;
    }
    case 'line': {
      const level = LINE_LEVELS.find((known) => known === raw.level);
      return isId(id) && level && isText(raw.text)
        ? { kind, id, level, text: raw.text.slice(0, MAX_LINE_BYTES) }
        : undefined;
    }
    case 'ask': {
      const name = ASK_NAMES.find((known) => known === raw.name);
      return isId(id) && isId(raw.ask) && name && isText(raw.body)
        ? { kind, id, ask: raw.ask, name, body: raw.body }
        : undefined;
    }
    case 'pong':
      return isId(raw.n) ? { kind, n: raw.n } : undefined;
    case 'loading':
      return isText(raw.file) ? { kind, file: raw.file } : undefined;
    case 'exiting':
      return { kind, id: isId(id) ? id : null, place: parsePlace(raw.place) ?? null };
    case 'loaded': {
      const functions = parseList(raw.functions, parseDefinition);
      const errors = parseList(raw.errors, parseLoadFault);
      return isId(raw.version) && functions && errors
        ? { kind, version: raw.version, functions, errors }
        : undefined;
    }
    default:
      return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function parseOutcome(value: unknown): CallOutcome | undefined {
  if (!isObject(value)) return undefined;
  switch (value.status) {
    case 'succeeded':
      return isText(value.json) ? { status: 'succeeded', json: value.json } : undefined;
    case 'answered':
      return parseAnswered(value);
    case 'invalid_input': {
      const faults = parseList(value.faults, parseInputFault);
      return faults && faults.length > 0
        ? { status: 'invalid_input', faults: faults.slice(0, MAX_FAULTS) }
        : undefined;
    }
    case 'failed':
      return parseFailure(value);
    default:
      return undefined;
  }
}

function parseAnswered({ http_status, headers, body }: Fields): AnsweredCall | undefined {
  const pairs = parseList(headers, (pair) => {
    const [name, value] = parseList(pair, (part) => (isText(part) ? part : undefined)) ?? [];
    return name !== undefined && value !== undefined ? ([name, value] as const) : undefined;
  });
  if (!isId(http_status) || !pairs || !(isText(body) || body instanceof Uint8Array))
    return undefined;
  const answered = { status: 'answered', http_status, headers: pairs, body } as const;
  return findAnswerFault(answered) === undefined ? answered : undefined;
}

function parseFailure(value: Fields): CallFailure | undefined {
  const { error_type, message, stack, http_status, data } = value;
  if (!isText(error_type) || !isText(message) || !isTextOrNull(stack) || !isTextOrNull(data))
    return undefined;
  const isStatus = isId(http_status) && http_status >= 400 && http_status <= 599;
  if (http_status !== null && !isStatus) return undefined;
  return {
    status: 'failed',
    error_type: error_type.slice(0, MAX_TYPE_CHARS),
    message: message.slice(0, MAX_MESSAGE_CHARS),
    stack: stack?.slice(0, MAX_STACK_CHARS) ?? null,
    data: data !== null && data.length > MAX_DATA_CHARS ? null : data,
    http_status,
  };
}

function parseInputFault(value: unknown): InputFault | undefined {
  if (!isObject(value) || !isText(value.msg) || !isText(value.type)) return undefined;
  const loc = parseList(value.loc, (part) =>
    isText(part) || typeof part === 'number' ? part : undefined,
  );
  return loc ? { loc, msg: value.msg, type: value.type } : undefined;
}

function parseDefinition(value: unknown): FunctionDefinition | undefined {
  if (!isObject(value)) return undefined;
  const { name, description, timeout_seconds, file, input_schema, output_schema } = value;
  const auth = FUNCTION_ACCESS.find((known) => known === value.auth);
  const tags = parseList(value.tags, (tag) =>
    isText(tag) && tag.length <= MAX_TAG_CHARS ? tag : undefined,
  );
  if (!isName(name) || !isText(file) || !auth || !tags || tags.length > MAX_TAGS) return undefined;
  if (!isTextOrNull(description) || (description?.length ?? 0) > MAX_DESCRIPTION_CHARS)
    return undefined;
  if (timeout_seconds !== null && !isTimeout(timeout_seconds)) return undefined;
  if (!isSchema(input_schema) || !isSchema(output_schema)) return undefined;
  return {
    name,
    description,
    auth,
    tags,
    timeout_seconds,
    // Made plain in the worker too, by code that user code may have changed.
    input_schema: input_schema && toPlainSchema(input_schema),
    output_schema: output_schema && toPlainSchema(output_schema),
    raw_body: value.raw_body === true,
    file,
  };
}

function parseLoadFault(value: unknown): LoadFault | undefined {
  const place = parsePlace(value);
  return place && isObject(value) && isText(value.message)
    ? { ...place, message: value.message }
    : undefined;
}

function parsePlace(value: unknown): Place | undefined {
  if (!isObject(value) || !isText(value.file)) return undefined;
  const line = isId(value.line) ? value.line : null;
  const column = isId(value.column) ? value.column : null;
  return { file: value.file, line, column };
}

function parseList<T>(value: unknown, parse: (item: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: T[] = [];
  for (const item of value) {
    const parsed = parse(item);
    if (parsed === undefined) return undefined;
    items.push(parsed);
  }
  return items;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
function isName(value: unknown): value is string {
  return isText(value) && FUNCTION_NAME.test(value) && !TAKEN_FUNCTION_NAMES.includes(value);
}
function isTimeout(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= MAX_TIMEOUT_SECONDS;
}
function isSchema(value: unknown): value is JsonSchema | null {
  return value === null || isObject(value);
}
function isText(value: unknown): value is string {
  return typeof value === 'string';
}
function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
