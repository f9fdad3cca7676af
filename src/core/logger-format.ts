const HIDDEN = '[hidden]';
const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
const MAX_TEXT = 8_192;
const MAX_CAUSES = 5;

const SECRET_WORDS = ['password', 'passwd', 'token', 'authorization', 'cookie', 'secret', 'apikey'];
/** `token_id`, `password_min_length` and the like say something about a secret and hold none. */
const HARMLESS_ENDS = ['id', 'ids', 'kind', 'count', 'format', 'hours', 'length', 'interval'];

/** True when a field of this name probably holds something that must not be in a log. */
function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  if (HARMLESS_ENDS.includes(words.at(-1) ?? '')) return false;
  const joined = words.join('');
  return SECRET_WORDS.some((secret) => joined.includes(secret)) || words.includes('jwt');
}

/** A copy that JSON.stringify takes: without secrets, cycles, BigInt, and of bounded size. */
export function toLoggable(value: unknown): unknown {
  return copy(value, 0, []);
}

function copy(value: unknown, depth: number, parents: readonly object[]): unknown {
  switch (typeof value) {
    case 'string':
      return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}… (${value.length})` : value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
    case 'symbol':
      return String(value);
    case 'function':
      return `[function ${value.name}]`;
    case 'object':
      return value === null ? null : copyObject(value, depth, parents);
    default:
      return value;
  }
}

function copyObject(value: object, depth: number, parents: readonly object[]): unknown {
  if (parents.includes(value)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[deep]';
  const inner = [...parents, value];
  if (value instanceof Error) return copyError(value, depth, inner);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid' : value.toISOString();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return `[${value.byteLength} bytes]`;
  if (Array.isArray(value) || value instanceof Set) {
    const items = [...value].slice(0, MAX_ITEMS).map((item) => copy(item, depth + 1, inner));
    const size = Array.isArray(value) ? value.length : value.size;
    return size > MAX_ITEMS ? [...items, `… (${size})`] : items;
  }
  const entries =
    value instanceof Map || value instanceof Headers
      ? [...value].map(([key, item]): [string, unknown] => [String(key), item])
      : Object.entries(value);
  const result: Record<string, unknown> = Object.create(null);
  for (const [key, item] of entries.slice(0, MAX_ITEMS))
    result[key] = isSecretName(key) && item != null ? HIDDEN : copy(item, depth + 1, inner);
  return result;
}

interface LoggableError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: unknown;
}

function copyError(error: Error, depth: number, parents: readonly object[]): LoggableError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    name: String(error.name),
    message: copy(String(error.message), depth, parents) as string,
    ...(code === undefined ? {} : { code }),
    ...(typeof error.stack === 'string'
      ? { stack: copy(error.stack, depth, parents) as string }
      : {}),
    ...(error.cause === undefined ? {} : { cause: copy(error.cause, depth + 1, parents) }),
  };
}

export interface FormattedFields {
  /** `key=value key="two words"`. */
  readonly inline: string;
  /** Stacks and causes, indented, so that no line of them can pass for an event. */
  readonly below: readonly string[];
}

/** Fields as the text format writes them. */
export function formatFields(fields: Readonly<Record<string, unknown>>): FormattedFields {
  const below: string[] = [];
  const copied = toLoggable(fields) as Record<string, unknown>;
  const inline = Object.entries(copied)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => {
      const isError = fields[key] instanceof Error;
      if (isError) below.push(...formatStack(value as LoggableError, 0));
      return `${escapeControls(key).replaceAll(/[\s=]/g, '_')}=${isError ? formatText(title(value)) : formatValue(value)}`;
    })
    .join(' ');
  return { inline, below };
}

function formatValue(value: unknown): string {
  if (typeof value === 'string') return formatText(value);
  return escapeControls(JSON.stringify(value) ?? 'undefined');
}

function formatText(text: string): string {
  const isPlain = text !== '' && !/[\s"=\\]/.test(text);
  return escapeControls(isPlain ? text : JSON.stringify(text));
}

function formatStack(error: LoggableError, depth: number): string[] {
  const frames = (error.stack ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .map((line) => `    ${escapeControls(line)}`);
  const { cause } = error;
  if (cause === undefined || depth >= MAX_CAUSES) return frames;
  const head = `    caused by ${escapeControls(title(cause))}`;
  return isLoggableError(cause)
    ? [...frames, head, ...formatStack(cause, depth + 1)]
    : [...frames, head];
}

function title(value: unknown): string {
  return isLoggableError(value) ? `${value.name}: ${value.message}` : formatValue(value);
}

function isLoggableError(value: unknown): value is LoggableError {
  return typeof value === 'object' && value !== null && 'message' in value && 'name' in value;
}

const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Keeps one event on one line, and terminal codes and text direction of strangers out of it. */
export function escapeControls(text: string): string {
  return text.replaceAll(
    CONTROLS,
    (char) => SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
