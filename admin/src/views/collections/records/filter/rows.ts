/** Words of the language that stand for a value: the time of the request, and who asks. */
export interface FilterWord {
  readonly word: '@now' | '@me';
}
export type FilterValue = string | number | boolean | FilterWord;

/** How a condition compares; in words in operators.ts. */
export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=' | '~' | '!~' | '?=';
export type Operator = Comparison | 'in' | 'between' | 'last' | 'null' | 'not null';

/** One row of the builder. While it is being filled in, values are missing. */
export interface Condition {
  /** A field or a path into one. */
  readonly name: string;
  readonly operator: Operator;
  /** One; two of `between`; any number of `in`; none of `null`. Of `last`: how many, and of what. */
  readonly values: readonly (FilterValue | undefined)[];
}

export type Join = 'and' | 'or';

/** Conditions in brackets, one level deep. */
export interface Group {
  readonly join: Join;
  readonly conditions: readonly Condition[];
}
export type FilterRow = Condition | Group;

/** A filter as the builder shows it. */
export interface FilterRows {
  readonly join: Join;
  readonly rows: readonly FilterRow[];
}

export const NO_ROWS: FilterRows = { join: 'and', rows: [] };
const SIGNS: Readonly<Record<Join, string>> = { and: ' && ', or: ' || ' };
const NAME = /^[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};
export const UNITS = ['minutes', 'hours', 'days'] as const;

export function isGroup(row: FilterRow): row is Group {
  return 'conditions' in row;
}

export function isWord(value: FilterValue | undefined): value is FilterWord {
  return typeof value === 'object';
}

/** The filter that the rows say; what is not filled in yet says nothing. */
export function writeRows({ join, rows }: FilterRows, now: () => Date = () => new Date()): string {
  return rows
    .flatMap((row) => (isGroup(row) ? writeGroup(row, now) : writeCondition(row, now)))
    .join(SIGNS[join]);
}

function writeGroup({ join, conditions }: Group, now: () => Date): string[] {
  const parts = conditions.flatMap((condition) => writeCondition(condition, now));
  return parts.length === 0 ? [] : [`(${parts.join(SIGNS[join])})`];
}

/** None or one. */
function writeCondition(
  { name, operator, values }: Condition,
  now: () => Date = () => new Date(),
): string[] {
  if (!NAME.test(name)) return [];
  const given = values.filter((value) => value !== undefined);
  const [first, second] = given;
  switch (operator) {
    case 'null':
      return [`${name} = null`];
    case 'not null':
      return [`${name} != null`];
    case 'in':
      return given.length === 0 ? [] : [`${name} in (${given.map(writeValue).join(', ')})`];
    case 'between':
      if (first === undefined || second === undefined) return [];
      return [`(${name} >= ${writeValue(first)} && ${name} <= ${writeValue(second)})`];
    case 'last': {
      const size = typeof second === 'string' ? UNIT_MS[second] : undefined;
      if (typeof first !== 'number' || size === undefined) return [];
      const since = new Date(now().getTime() - first * size);
      return Number.isNaN(since.getTime()) ? [] : [`${name} >= ${writeValue(since.toISOString())}`];
    }
    case '=':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '~':
    case '!~':
    case '?=':
      return first === undefined ? [] : [`${name} ${operator} ${writeValue(first)}`];
    default:
      return operator satisfies never;
  }
}

function writeValue(value: FilterValue): string {
  if (typeof value === 'string') return quote(value);
  return isWord(value) ? value.word : String(value);
}

/** A text as the filter language writes it. */
export function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
