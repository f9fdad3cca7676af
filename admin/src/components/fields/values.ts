import type { Json } from '../../api/types.ts';

/** From here on a value is shown only when asked: a text field of this size makes a browser slow. */
export const HUGE = 100_000;
const WRITTEN_ITEMS = 40;

export function isJsonObject(value: unknown): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether two values are the same JSON; what both hold by reference is not looked into. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
}

/** Null and absent are the same in a stored record. */
export function isSameField(a: Json | undefined, b: Json | undefined): boolean {
  return isSame(a ?? undefined, b ?? undefined);
}

/** A value on one line of at most `max` characters; it never reads more than it shows. */
export function preview(value: Json | undefined, max = 120): string {
  const text = write(value, max + 1);
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

function write(value: Json | undefined, room: number): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, room));
  if (typeof value !== 'object') return String(value);
  const isList = Array.isArray(value);
  const parts: string[] = [];
  let left = room;
  let count = 0;
  for (const key in value) {
    const item = isList ? value[Number(key)] : value[key];
    if (left <= 0 || count >= WRITTEN_ITEMS) {
      parts.push('…');
      break;
    }
    const text = isList
      ? write(item, left)
      : `${JSON.stringify(key.slice(0, left))}: ${write(item, left)}`;
    parts.push(text);
    left -= text.length + 2;
    count += 1;
  }
  const inside = parts.join(', ');
  if (isList) return `[${inside}]`;
  return inside === '' ? '{}' : `{ ${inside} }`;
}

/** Whether the JSON of a value is longer than `limit`; stops as soon as it knows. */
export function isLongerThan(value: Json | undefined, limit: number): boolean {
  let left = limit;
  const walk = (each: Json | undefined): boolean => {
    if (typeof each === 'string') left -= each.length + 2;
    else if (each !== null && typeof each === 'object') {
      left -= 2;
      for (const key in each) {
        if (!Array.isArray(each)) left -= key.length + 4;
        if (left < 0 || walk(Array.isArray(each) ? each[Number(key)] : each[key])) return true;
      }
    } else left -= 6;
    return left < 0;
  };
  return walk(value);
}

/** One line of a text, for cells and titles. */
export function clipText(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

/** No JSON that anybody keeps begins so. */
const BROKEN = '\u0000';

/** Text that is no JSON yet, as it stands in the draft of a field that takes any text as a value. */
export function asBroken(text: string): string {
  return BROKEN + text;
}

export function brokenText(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value.startsWith(BROKEN)
    ? value.slice(BROKEN.length)
    : undefined;
}

export interface Parsed {
  readonly value?: Json;
  /** Why it is not JSON: "Line 3, place 7: …" where the browser says it. */
  readonly fault?: string;
}

export function parseJson(text: string): Parsed {
  try {
    const value: Json = JSON.parse(text);
    return { value };
  } catch (error) {
    return { fault: jsonFault(text, error instanceof Error ? error.message : String(error)) };
  }
}

function jsonFault(text: string, message: string): string {
  const pair = /line (\d+) column (\d+)/.exec(message);
  const at = /position (\d+)/.exec(message);
  const reason = message
    .replace(/^JSON\.parse: /, '')
    .replace(/,? ?\.{3}.*is not valid JSON$/s, '')
    .replace(/, ".*" is not valid JSON$/s, '')
    .replace(/ in JSON at position.*$/s, '')
    .replace(/ at line \d+ column \d+ of the JSON data$/, '')
    .replace(/ \(line \d+ column \d+\)$/, '');
  if (text.trim() === '') return 'Nothing here yet: JSON is expected.';
  const place = pair ? [Number(pair[1]), Number(pair[2])] : at ? placeOf(text, Number(at[1])) : [];
  const [line, column] = place;
  return line === undefined ? `${reason}.` : `Line ${line}, place ${column}: ${reason}.`;
}

function placeOf(text: string, position: number): [number, number] {
  const before = text.slice(0, position);
  const line = before.split('\n').length;
  return [line, position - before.lastIndexOf('\n')];
}
