import type { Field, FieldRules, Json } from '../../api/types.ts';
import { isDay, toUtc } from './times.ts';
import { brokenText, isJsonObject, isSame, parseJson } from './values.ts';

/** Faults by place: `price`, `formats.1`, `size.width`. */
export type Faults = Readonly<Record<string, string>>;
type Found = Record<string, string>;

/** Null is a value where the definition says so, and by default wherever none is required. */
export function isNullable(field: FieldRules): boolean {
  return !field.required && (field.nullable ?? true);
}

/**
 * What the app can tell before the server does. Patterns are left to the server: they are RE2.
 * Where a value holds a text that could not be read (a number or JSON being typed), it says so.
 */
export function checkField(field: Field, value: Json | undefined, isNew: boolean): Found {
  const found: Found = {};
  if (value === undefined || value === null) {
    const hasDefault = isNew && value === undefined && field.default !== undefined;
    if (field.required && !hasDefault) found[field.name] = 'Required.';
    else if (value === null && !isNullable(field)) found[field.name] = 'This cannot be null.';
  } else checkValue(field, value, field.name, found);
  return found;
}

export function checkFields(
  fields: readonly Field[],
  values: Readonly<Record<string, Json | undefined>>,
  isNew: boolean,
): Found {
  const found = fields.map((field) => checkField(field, values[field.name], isNew));
  return Object.assign({}, ...found);
}

function checkValue(field: FieldRules, value: Json, path: string, found: Found): void {
  const fault = CHECKS[field.type](field, value, path, found);
  if (fault !== undefined) found[path] = fault;
  else if (field.enum && !field.enum.some((each) => each === value)) {
    found[path] = `One of ${field.enum.join(', ')}.`;
  }
}

type Check = (field: FieldRules, value: Json, path: string, found: Found) => string | undefined;

const CHECKS: Record<FieldRules['type'], Check> = {
  string(field, value) {
    if (typeof value !== 'string') return 'A text is expected.';
    const { min_length: min = 0, max_length: max = Number.POSITIVE_INFINITY } = field;
    if (value.length < min || value.length > max) {
      const count = [...value].length;
      if (count < min) return `At least ${min} characters, this has ${count}.`;
      if (count > max) return `At most ${max} characters, this has ${count}.`;
    }
    return undefined;
  },
  integer(field, value) {
    if (typeof value === 'string' && /^[+-]?\d+$/.test(value.trim())) {
      return `Between ${Number.MIN_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}.`;
    }
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      return 'A whole number is expected, such as 12.';
    return boundFault(field, value);
  },
  float(field, value) {
    if (typeof value !== 'number') return 'A number is expected, such as 12.5.';
    return boundFault(field, value);
  },
  boolean: (_field, value) =>
    typeof value === 'boolean' ? undefined : 'True or false is expected.',
  date(field, value) {
    if (typeof value !== 'string' || !isDay(value))
      return 'A whole date is expected, such as 2024-12-31.';
    return timeFault(field, value);
  },
  datetime(field, value) {
    const utc = typeof value === 'string' ? toUtc(value) : undefined;
    if (utc === undefined) return 'A whole time is expected, such as 2024-12-31T23:59:59Z.';
    return timeFault(field, utc);
  },
  email(field, value) {
    if (typeof value !== 'string' || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value.trim()))
      return 'An e-mail address is expected, such as ada@example.com.';
    return lengthFault(field, value);
  },
  url(field, value) {
    if (typeof value !== 'string' || !isWebAddress(value))
      return 'A whole address is expected, such as https://example.com/a.';
    return lengthFault(field, value);
  },
  uuid: (_field, value) =>
    typeof value === 'string' && UUID.test(value)
      ? undefined
      : 'A UUID is expected: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12.',
  reference({ collection }, value) {
    if (typeof value === 'string' && UUID.test(value)) return undefined;
    return `Choose a ${collection === 'users' ? 'user' : `record of ${collection}`}, or give its id.`;
  },
  json({ max_bytes: most = Number.POSITIVE_INFINITY }, value) {
    const broken = brokenText(value);
    if (broken !== undefined) return parseJson(broken).fault ?? 'JSON is expected.';
    const bytes =
      most === Number.POSITIVE_INFINITY
        ? 0
        : new TextEncoder().encode(JSON.stringify(value)).length;
    return bytes > most ? `At most ${most} bytes as JSON, this has ${bytes}.` : undefined;
  },
  list(field, value, path, found) {
    if (typeof value === 'string') return parseJson(value).fault ?? 'A list is expected: [ … ].';
    if (!Array.isArray(value)) return 'A list is expected: [ … ].';
    const { items, min_items: min = 0, max_items: max = Number.POSITIVE_INFINITY } = field;
    if (value.length < min) return `At least ${count(min)}, this has ${value.length}.`;
    if (value.length > max) return `At most ${count(max)}, this has ${value.length}.`;
    if (items) {
      for (const [index, item] of value.entries()) {
        if (item !== null) checkValue(items, item, `${path}.${index}`, found);
        else if (!items.nullable) found[`${path}.${index}`] = 'This cannot be null.';
      }
    }
    if (field.unique_items) checkDoubles(value, path, found);
    return undefined;
  },
  dict(field, value, path, found) {
    if (typeof value === 'string') return parseJson(value).fault ?? 'An object is expected: { … }.';
    if (!isJsonObject(value)) {
      return 'An object is expected: { … }.';
    }
    const properties = field.properties ?? [];
    for (const each of properties) {
      const own = Object.hasOwn(value, each.name) ? value[each.name] : undefined;
      for (const [at, msg] of Object.entries(checkField(each, own, true))) {
        found[`${path}.${at}`] = msg;
      }
    }
    if (isOpen(field)) return undefined;
    const names = new Set(properties.map((each) => each.name));
    const extra = Object.keys(value).find((key) => !names.has(key));
    return extra === undefined ? undefined : `There is no property ${extra}.`;
  },
};

/** Keys beyond the named properties are welcome when nothing was said and none are named. */
export function isOpen(field: FieldRules): boolean {
  return field.additional ?? (field.properties ?? []).length === 0;
}

function boundFault({ min, max }: FieldRules, value: number): string | undefined {
  if (typeof min === 'number' && value < min) return `At least ${min}, this is ${value}.`;
  if (typeof max === 'number' && value > max) return `At most ${max}, this is ${value}.`;
  return undefined;
}

/** Days and moments are kept in a spelling in which earlier ones sort first. */
function timeFault({ min, max }: FieldRules, value: string): string | undefined {
  if (typeof min === 'string' && value < min) return `Not before ${min}.`;
  if (typeof max === 'string' && value > max) return `Not after ${max}.`;
  return undefined;
}

function lengthFault({ max_length: max }: FieldRules, value: string): string | undefined {
  const count = [...value].length;
  return max !== undefined && count > max
    ? `At most ${max} characters, this has ${count}.`
    : undefined;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Of the web alone: a link `javascript:…` would run in this page. */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\/[^\s/\\?#][^\s\\]*$/i.test(text) && URL.canParse(text);
}

function count(items: number): string {
  return items === 1 ? '1 item' : `${items} items`;
}

function checkDoubles(items: readonly Json[], path: string, found: Found): void {
  const first = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const key = JSON.stringify(item);
    const before = first.get(key);
    if (before === undefined) first.set(key, index);
    else found[`${path}.${index}`] ??= `The same as item ${before + 1}.`;
  }
}

/** The fault of a place, and of places below it that no input of their own shows. */
export function faultAt(
  faults: Faults,
  path: string,
  hasOwnInput: (part: string) => boolean = () => false,
): string | undefined {
  if (faults[path] !== undefined) return faults[path];
  for (const [at, msg] of Object.entries(faults)) {
    if (!at.startsWith(`${path}.`)) continue;
    const rest = at.slice(path.length + 1);
    if (!hasOwnInput(rest.split('.')[0] ?? '')) return `${whereOf(rest)}: ${msg}`;
  }
  return undefined;
}

/** `1.width` → "item 2, width" */
function whereOf(rest: string): string {
  return rest
    .split('.')
    .map((part) => (/^\d+$/.test(part) ? `item ${Number(part) + 1}` : part))
    .join(', ');
}

/** Whether a draft differs from what is stored, field by field. */
export function changedNames(
  base: Readonly<Record<string, Json>>,
  changes: Readonly<Record<string, Json | undefined>>,
): string[] {
  return Object.keys(changes).filter((name) => !isSame(changes[name] ?? undefined, base[name]));
}
