import { invalidInput } from '../../core/errors.ts';
import type { Position, SortTerm } from './store.ts';

const VERSION = 1;
/** More than any position needs whose values are not whole documents. */
const MAX_LENGTH = 1 << 20;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/**
 * A position as opaque text. The fingerprint says of what list: a cursor is good for that one alone.
 */
export function encodeCursor({ values, seq }: Position, fingerprint: string): string {
  return Buffer.from(JSON.stringify([VERSION, fingerprint, values, seq])).toString('base64url');
}

/** The position that a cursor names. It comes from a caller, so that nothing about it is taken for granted. */
export function decodeCursor(
  text: string,
  fingerprint: string,
  sort: readonly SortTerm[],
): Position {
  const found = parse(text);
  if (found === undefined)
    throw refusal('is not a cursor of this version: take next_cursor of an answer as it is');
  if (found.fingerprint !== fingerprint || found.position.values.length !== sort.length)
    throw refusal(
      'was made for another sort, filter or collection: begin again without a cursor, or ask as before',
    );
  return found.position;
}

function refusal(msg: string) {
  return invalidInput([{ loc: ['query', 'cursor'], type: 'value_error', msg }]);
}

function parse(
  text: string,
): { readonly position: Position; readonly fingerprint: string } | undefined {
  if (text.length > MAX_LENGTH || !BASE64URL.test(text)) return undefined;
  const parts = parseJson(Buffer.from(text, 'base64url').toString());
  if (!Array.isArray(parts) || parts.length !== 4) return undefined;
  const [version, fingerprint, values, seq]: unknown[] = parts;
  if (version !== VERSION || typeof fingerprint !== 'string') return undefined;
  if (!isPlace(seq) || !Array.isArray(values) || !values.every(isValue)) return undefined;
  const position = { values, seq };
  // Each cursor has one spelling: what decodes in spite of damage does not encode to itself.
  return encodeCursor(position, fingerprint) === text ? { position, fingerprint } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isPlace(seq: unknown): seq is number {
  return typeof seq === 'number' && Number.isSafeInteger(seq) && seq >= 0;
}

function isValue(value: unknown): value is string | number | null {
  return (
    value === null ||
    typeof value === 'number' ||
    (typeof value === 'string' && value.isWellFormed())
  );
}
