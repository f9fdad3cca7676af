/** A small check of JSON Schema, for the keywords that collections write; an unknown keyword throws. */
export function fits(schema: Record<string, unknown>, value: unknown): boolean {
  return Object.entries(schema).every(([keyword, wanted]) => {
    if (wanted === undefined || keyword === 'description' || keyword === 'default') return true;
    const check = KEYWORDS[keyword];
    if (!check) throw new Error(`this check does not know the keyword ${keyword}`);
    return check(value, wanted as never, schema);
  });
}

type Keyword = (value: unknown, wanted: never, schema: Record<string, unknown>) => boolean;
type Schemas = Record<string, Record<string, unknown>>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const ifText = (value: unknown, test: (text: string) => boolean) =>
  typeof value !== 'string' || test(value);
const ifNumber = (value: unknown, test: (n: number) => boolean) =>
  typeof value !== 'number' || test(value);
const ifList = (value: unknown, test: (list: unknown[]) => boolean) =>
  !Array.isArray(value) || test(value);
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part) =>
    isObject(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  array: Array.isArray,
  object: isObject,
  null: (value) => value === null,
};

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDay(text: string): boolean {
  const [, year = 0, month = 0, day = 0] = (/^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []).map(
    Number,
  );
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day > 0 && day <= (DAYS[month - 1] ?? 0) + (month === 2 && isLeap ? 1 : 0);
}

/** RFC 3339, leap seconds and the year 0 among it, and with a space for the T as many checkers take it. */
function isTime(text: string): boolean {
  const [day = '', time = ''] = text.split(/[tT ]/, 2);
  const clock = '([01]\\d|2[0-3]):[0-5]\\d';
  return (
    isDay(day) && new RegExp(`^${clock}:([0-5]\\d|60)(\\.\\d+)?([zZ]|[+-]${clock})$`).test(time)
  );
}

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  date: isDay,
  'date-time': isTime,
  email: (text) => text.includes('@'),
  uri: (text) => URL.canParse(text),
  uuid: (text) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text),
};

function compareAs(format: unknown, a: string, b: string): number {
  // Texts that the format refuses anyway compare as nothing.
  return format === 'date-time'
    ? Date.parse(a.toUpperCase()) - Date.parse(b)
    : Number(a >= b) - Number(a <= b);
}

const KEYWORDS: Readonly<Record<string, Keyword>> = {
  type: (value, type: string | readonly string[]) =>
    [type].flat().some((name) => TYPES[name]?.(value) === true),
  format: (value, format: string) => ifText(value, (text) => FORMATS[format]?.(text) === true),
  // As ajv-formats has it: bounds that are compared as the format says.
  formatMinimum: (value, min: string, { format }) =>
    ifText(value, (text) => compareAs(format, text, min) >= 0),
  formatMaximum: (value, max: string, { format }) =>
    ifText(value, (text) => compareAs(format, text, max) <= 0),
  'x-max-bytes': (value, max: number) =>
    new TextEncoder().encode(JSON.stringify(value)).length <= max,
  enum: (value, values: readonly unknown[]) =>
    values.some((one) => canonical(one) === canonical(value)),
  anyOf: (value, schemas: Record<string, unknown>[]) =>
    schemas.some((schema) => fits(schema, value)),
  minLength: (value, min: number) => ifText(value, (text) => [...text].length >= min),
  maxLength: (value, max: number) => ifText(value, (text) => [...text].length <= max),
  pattern: (value, pattern: string) => ifText(value, (text) => new RegExp(pattern, 'u').test(text)),
  minimum: (value, min: number) => ifNumber(value, (n) => n >= min),
  maximum: (value, max: number) => ifNumber(value, (n) => n <= max),
  items: (value, schema: Record<string, unknown>) =>
    ifList(value, (list) => list.every((item) => fits(schema, item))),
  minItems: (value, min: number) => ifList(value, (list) => list.length >= min),
  maxItems: (value, max: number) => ifList(value, (list) => list.length <= max),
  uniqueItems: (value) =>
    ifList(value, (list) => new Set(list.map(canonical)).size === list.length),
  properties: (value, schemas: Schemas) =>
    !isObject(value) ||
    Object.entries(schemas).every(
      ([name, schema]) => !Object.hasOwn(value, name) || fits(schema, value[name]),
    ),
  required: (value, names: readonly string[]) =>
    !isObject(value) || names.every((name) => Object.hasOwn(value, name)),
  additionalProperties: (value, allowed: boolean, schema) =>
    allowed ||
    !isObject(value) ||
    Object.keys(value).every((name) => Object.hasOwn(schema.properties as object, name)),
};
