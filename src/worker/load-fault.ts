import type { LoadFault, Place } from '../protocol/messages.ts';

interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A package may lie between the file and what it calls. */
const MAX_FRAMES = 200;

/** Finds the place in the source: of a syntax error, a missing package, or a throw while loading. */
export function toLoadFault(file: string, error: unknown): LoadFault {
  try {
    return findFault(file, error);
  } catch {
    // Anything can be thrown, a value that cannot even be read as well.
    const message = 'This file threw something unreadable while loading.';
    return { file, line: null, column: null, message };
  }
}

function findFault(file: string, error: unknown): LoadFault {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const position = positionOf(first) ?? topFrame(first, file);
  const count = error instanceof AggregateError ? error.errors.length : 1;
  const more = count > 1 ? ` (and ${count - 1} more)` : '';
  const message = `${describe(first)}${more}`;
  if (!position) return { file, line: null, column: null, message };
  if (position.file === file)
    return { file, line: position.line, column: position.column, message };
  const place = `${position.file}:${position.line}:${position.column}`;
  return { file, line: null, column: null, message: `${place}: ${message}` };
}

function describe(error: unknown): string {
  if (!isObject(error)) return `This file threw ${String(error)} while loading.`;
  const message = typeof error.message === 'string' ? error.message : String(error);
  const name = typeof error.name === 'string' ? error.name : '';
  const isPlain = ['', 'Error', 'BuildMessage', 'ResolveMessage'].includes(name);
  return isPlain ? message : `${name}: ${message}`;
}

/** Bun's own messages about code that does not parse or resolve carry their place. */
function positionOf(error: unknown): Position | undefined {
  if (!isObject(error) || !isObject(error.position)) return undefined;
  const { file, line, column } = error.position;
  if (typeof file !== 'string' || typeof line !== 'number' || typeof column !== 'number')
    return undefined;
  return { file, line, column };
}

/**
 * Where the code stands that runs now; `owners` are the files that the server knows, by their real paths.
 * Of several it is the one that called the others: those do what they are asked for.
 */
export function findRunning(owners: ReadonlyMap<string, string>): Place | null {
  const { stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = MAX_FRAMES;
    const frames = framesOf(new Error());
    const file = frames.findLast((frame) => owners.has(frame.file))?.file;
    const position = frames.find((frame) => (file ? frame.file === file : isForeign(frame)));
    return position ? { ...position, file: owners.get(position.file) ?? position.file } : null;
  } catch {
    // Code that makes stacks of its own may break them.
    return null;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The first frame of a stack that lies in a file of the disk, the failing one preferred. */
function topFrame(error: unknown, file: string): Position | undefined {
  const frames = framesOf(error);
  return frames.find((frame) => frame.file === file) ?? frames.find(isForeign);
}

/** Those that lie in files of the disk, innermost first. */
function framesOf(error: unknown): readonly Position[] {
  if (!isObject(error) || typeof error.stack !== 'string') return [];
  return [...error.stack.matchAll(/\(?((?:\/|[A-Z]:\\)[^():\n]+):(\d+):(\d+)\)?$/gm)].map(
    ([, file = '', line, column]) => ({ file, line: Number(line), column: Number(column) }),
  );
}

/** Not of this program. */
function isForeign({ file }: Position): boolean {
  return !file.startsWith('/$bunfs/') && !file.includes('/src/worker/');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
