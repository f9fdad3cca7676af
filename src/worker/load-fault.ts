import type { LoadFault } from '../protocol/messages.ts';

interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

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

/** The first frame of a stack that lies in a file of the disk, the failing one preferred. */
function topFrame(error: unknown, file: string): Position | undefined {
  if (!isObject(error) || typeof error.stack !== 'string') return undefined;
  let first: Position | undefined;
  for (const match of error.stack.matchAll(/\(?((?:\/|[A-Z]:\\)[^():\n]+):(\d+):(\d+)\)?$/gm)) {
    const position = { file: match[1] ?? '', line: Number(match[2]), column: Number(match[3]) };
    if (position.file === file) return position;
    if (position.file.startsWith('/$bunfs/') || position.file.includes('/src/worker/')) continue;
    first ??= position;
  }
  return first;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
