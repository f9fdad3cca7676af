import { dirname, sep } from 'node:path';
import { IS_COMPILED } from '../lib/is-compiled.ts';
import {
  type CallFailure,
  MAX_DATA_CHARS,
  MAX_MESSAGE_CHARS,
  MAX_STACK_CHARS,
  MAX_TYPE_CHARS,
} from '../protocol/messages.ts';
import { FunctionError } from '../sdk/function-error.ts';

/** Of causes, and of the errors that one AggregateError holds. */
const MAX_INNER = 5;
const UNREADABLE = 'What the function threw cannot be read.';

/** What was thrown, as the server hears of it. It may be anything, and reading it may throw as well. */
export function toFailure(error: unknown): CallFailure {
  const meant = attempt(() => (error instanceof FunctionError ? error : undefined), undefined);
  return {
    status: 'failed',
    error_type: attempt(() => typeOf(error), 'Error'),
    message: attempt(() => messageOf(error), UNREADABLE).slice(0, MAX_MESSAGE_CHARS),
    stack: attempt(() => stackOf(error), null),
    http_status: meant ? attempt(() => statusOf(meant), 500) : null,
    data: meant ? attempt(() => dataOf(meant), null) : null,
  };
}

function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** readonly holds for those who check types only. */
function statusOf({ status }: FunctionError): number {
  return Number.isInteger(status) && status >= 400 && status <= 599 ? status : 500;
}

function dataOf({ data }: FunctionError): string | null {
  const json = JSON.stringify(data) as string | undefined;
  return json === undefined || json.length > MAX_DATA_CHARS ? null : json;
}

/** As JavaScriptCore says it of its own objects, and Bun of texts made from buffers. */
const NO_MEMORY = /out of memory|failed to allocate memory/i;

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Error';
  if (error instanceof RangeError && NO_MEMORY.test(error.message)) return 'OutOfMemory';
  // A class that extends Error without giving itself a name is still known by its own.
  const name: unknown = error.name === 'Error' ? error.constructor.name : error.name;
  // It is a word in lists, filters and log lines.
  const word = typeof name === 'string' ? name.replace(/[^\w$.-]+/g, '') : '';
  return word.slice(0, MAX_TYPE_CHARS) || 'Error';
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error))
    return typeof error === 'string' ? error : Bun.inspect(error, { depth: 2 });
  const message = String(error.message);
  if (message === '' && error instanceof AggregateError)
    return error.errors.slice(0, MAX_INNER).map(messageOf).join('; ');
  return message;
}

/** The stack with those of the causes and of inner errors; null for what has none. */
function stackOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const text = describe(error, new Set()).join('\n');
  return text.slice(0, MAX_STACK_CHARS);
}

function describe(error: unknown, seen: Set<unknown>): string[] {
  if (!(error instanceof Error)) return [Bun.inspect(error, { depth: 2 }).slice(0, 500)];
  seen.add(error);
  const lines = [attempt(() => ownStackOf(error), UNREADABLE)];
  const add = (label: string, inner: unknown) => {
    if (seen.has(inner) || seen.size > MAX_INNER) return;
    const text = attempt(() => describe(inner, seen).join('\n'), UNREADABLE);
    lines.push(`${label}: ${text}`);
  };
  if (error instanceof AggregateError && Array.isArray(error.errors))
    for (const inner of error.errors.slice(0, MAX_INNER) as unknown[]) add('One of them', inner);
  if (error.cause !== undefined) add('Caused by', error.cause);
  return lines;
}

function ownStackOf(error: Error): string {
  const stack: unknown = error.stack;
  // A DOMException of a time-out, for one, has no stack.
  if (typeof stack !== 'string') return `${typeOf(error)}: ${messageOf(error)}`;
  // A message as long as a book must not push out the places.
  const frames = /\n {4}at /.exec(stack)?.index ?? stack.length;
  return (
    stack.slice(0, Math.min(frames, MAX_MESSAGE_CHARS)) + withoutOwnFrames(stack.slice(frames))
  );
}

/**
 * Where our own code lies. The compiled program tells of it by paths of the checkout that it was
 * made from, without a root; the files of users have one.
 */
const OWN_PLACE = IS_COMPILED
  ? '^ *at (?:async )?(?:[^(]*\\()?(?:\\.\\./)*(?:src|node_modules)/|/\\$bunfs/|~BUN'
  : RegExp.escape(`${dirname(import.meta.dir)}${sep}`);
const OWN_FRAME = new RegExp(
  `${OWN_PLACE}|processTicksAndRejections|drainMicrotasks \\(|\\(node:async_hooks`,
);

/** Leaves what the author of the function can do something about. */
function withoutOwnFrames(frames: string): string {
  return frames
    .split('\n')
    .filter((line) => !OWN_FRAME.test(line))
    .join('\n');
}
