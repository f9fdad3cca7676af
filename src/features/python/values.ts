import { MAX_ROW_BYTES } from '../../lib/file-fault.ts';
import { parseJsonPart } from '../../lib/json-part.ts';
import { isPlainObject } from '../../lib/json-value.ts';
import { parseDay, parseMoment } from '../../lib/rfc3339.ts';
import type { PythonRow, TooLong } from './store.ts';

/** A cell that was read, or what is wrong with it, to follow the name of its column. */
type Read<Value> = { readonly value: Value } | { readonly fault: string };

const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/;
/** As SQLAlchemy and Python write a time without a zone, which is in UTC then. */
const PLAIN_TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d(?:\.\d+)?)?$/;
/** The same with a zone, but not as RFC 3339 has it. */
const SPACED_TIME = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d.*)$/;
/** Python writes numbers that JSON has not; quoted texts are stepped over. */
const NO_NUMBER = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

/** With hyphens, or without, as the predecessor stores ids. */
export function readId(cell: unknown): Read<string> {
  const parts = typeof cell === 'string' ? UUID.exec(cell.trim().toLowerCase()) : null;
  return parts
    ? { value: parts.slice(1).join('-') }
    : { fault: 'must be a UUID, such as 018f0000000070008000000000000000' };
}

/** The id, or null where there is none or it is no id. */
export function findId(cell: unknown): string | null {
  const read = readId(cell);
  return 'value' in read ? read.value : null;
}

export function readText(cell: unknown): Read<string> {
  if (isTooLong(cell)) return { fault: describeTooLong(cell) };
  return typeof cell === 'string' && cell.trim() !== ''
    ? { value: cell }
    : { fault: 'must be a text' };
}

/** A moment in our spelling. */
export function readTime(cell: unknown): Read<string> {
  if (typeof cell !== 'string') return { fault: 'must be a time' };
  const parsed = parseMoment(toMoment(cell));
  return 'text' in parsed ? { value: parsed.text } : { fault: `must be ${parsed.fault}` };
}

export function readFlag(cell: unknown, otherwise: boolean): boolean {
  return cell === null || cell === undefined ? otherwise : cell === 1 || cell === true;
}

interface JsonObject {
  readonly value: Readonly<Record<string, unknown>>;
  /** Numbers that JSON has not, such as NaN: the predecessor answered them as null, too. */
  readonly repaired: number;
}

/** A JSON column: an object, or nothing, which is an empty one. */
export function readObject(cell: unknown): Read<JsonObject> {
  if (cell === null || cell === undefined) return { value: { value: {}, repaired: 0 } };
  if (isTooLong(cell)) return { fault: describeTooLong(cell) };
  if (typeof cell !== 'string') return { fault: 'must be JSON' };
  let repaired = 0;
  const text =
    cell.includes('NaN') || cell.includes('Infinity')
      ? cell.replace(NO_NUMBER, (found) => {
          if (found.startsWith('"')) return found;
          repaired++;
          return 'null';
        })
      : cell;
  const part = parseJsonPart(text);
  if (!part.ok) return { fault: [...part.path, part.msg].join(' ') };
  if (part.value === null) return { value: { value: {}, repaired } };
  return isPlainObject(part.value)
    ? { value: { value: part.value, repaired } }
    : { fault: 'must be a JSON object' };
}

/** How a text looks that is a day or a moment in the predecessor. */
export function kindOfTime(value: unknown): 'date' | 'datetime' | 'other' {
  if (typeof value !== 'string') return 'other';
  if ('text' in parseDay(value)) return 'date';
  return 'text' in parseMoment(toMoment(value)) ? 'datetime' : 'other';
}

/** A day or a time without a zone becomes a moment in UTC; what is no time stays as it is. */
export function toMoment(text: string): string {
  if ('text' in parseDay(text)) return `${text}T00:00:00Z`;
  const plain = PLAIN_TIME.exec(text);
  if (plain) return `${plain[1]}T${plain[2]}${plain[3] ?? ':00'}Z`;
  return text.replace(SPACED_TIME, '$1T$2');
}

export function rowIdOf(row: PythonRow): string {
  const { id } = row;
  return typeof id === 'string' ? id.slice(0, 64) : id === null ? 'null' : String(id).slice(0, 64);
}

function isTooLong(cell: unknown): cell is TooLong {
  return typeof cell === 'object' && cell !== null && 'bytes' in cell;
}

function describeTooLong({ bytes }: TooLong): string {
  return `is ${bytes.toLocaleString('en-US')} characters long; ${MAX_ROW_BYTES / 1024 / 1024} MB are read at most`;
}
