import type { Field, FieldRules, FieldType } from '../../../../api/types.ts';
import { shortId } from '../../../../components/fields/record-title.ts';
import type { Condition, FilterValue, Operator } from './rows.ts';
import { type FilterRows, isGroup, isWord } from './rows.ts';

/** What a condition can ask about. */
export interface Operand {
  readonly name: string;
  /** Undefined where the values may be any JSON. */
  readonly rules: FieldRules | undefined;
}

const SYSTEM: readonly Field[] = [
  { name: 'id', type: 'uuid' },
  { name: 'owner_id', type: 'reference', collection: 'users' },
  { name: 'created_at', type: 'datetime' },
  { name: 'updated_at', type: 'datetime' },
];

/** Every field, the named parts of dicts behind theirs, and what every record has. */
export function operandsOf(fields: readonly Field[]): Operand[] {
  return [...fields, ...SYSTEM].flatMap((field) => withParts(field.name, field));
}

function withParts(name: string, rules: FieldRules): Operand[] {
  const parts = rules.type === 'dict' ? (rules.properties ?? []) : [];
  return [{ name, rules }, ...parts.flatMap((part) => withParts(`${name}.${part.name}`, part))];
}

/** What stands behind a name; undefined when nothing does. */
export function operandFor(name: string, fields: readonly Field[]): Operand | undefined {
  const [first = '', ...keys] = name.split('.');
  let rules: FieldRules | undefined = [...fields, ...SYSTEM].find((each) => each.name === first);
  if (!rules) return undefined;
  for (const key of keys) {
    if (rules.type === 'json') return { name, rules: undefined };
    if (rules.type !== 'dict' || key === '') return undefined;
    const properties: readonly Field[] = rules.properties ?? [];
    const part: Field | undefined = properties.find((each) => each.name === key);
    if (!part) {
      const isOpen: boolean = rules.additional ?? properties.length === 0;
      return isOpen ? { name, rules: undefined } : undefined;
    }
    rules = part;
  }
  return { name, rules };
}

const TEXT = ['~', '!~', '=', '!=', 'in'] as const;
const NUMBER = ['=', '!=', '>=', '<=', '>', '<', 'between', 'in'] as const;
const TIME = ['>=', '<=', '>', '<', 'between', '=', '!='] as const;
const CHOICE = ['=', '!=', 'in'] as const;

const OPERATORS: Readonly<Record<FieldType, readonly Operator[]>> = {
  string: TEXT,
  email: TEXT,
  url: TEXT,
  integer: NUMBER,
  float: NUMBER,
  date: TIME,
  datetime: [...TIME.slice(0, 5), 'last'],
  boolean: ['=', '!='],
  uuid: CHOICE,
  reference: CHOICE,
  list: ['?='],
  dict: [],
  json: ['?='],
};

const SYSTEM_NAMES = new Set(SYSTEM.map(({ name }) => name));

/** What can be asked about an operand, the usual one first. */
export function operatorsFor({ name, rules }: Operand): readonly Operator[] {
  if (!rules) return ['=', '!=', '~', '>=', '<=', 'in', '?=', 'null', 'not null'];
  const own = rules.enum ? CHOICE : OPERATORS[rules.type];
  const isNever = rules.required === true || (SYSTEM_NAMES.has(name) && name !== 'owner_id');
  return isNever && own.length > 0 ? own : [...own, 'null', 'not null'];
}

const WORDS: Readonly<Record<Operator, string>> = {
  '=': 'is',
  '!=': 'is not',
  '<': 'is less than',
  '<=': 'is at most',
  '>': 'is more than',
  '>=': 'is at least',
  '~': 'contains',
  '!~': 'contains not',
  '?=': 'has',
  in: 'is one of',
  between: 'is between',
  last: 'is in the last',
  null: 'is null',
  'not null': 'is not null',
};
const TIME_WORDS: Partial<Record<Operator, string>> = {
  '<': 'is before',
  '<=': 'is until',
  '>': 'is after',
  '>=': 'is from',
};
const TEXT_WORDS: Partial<Record<Operator, string>> = {
  '<': 'sorts before',
  '<=': 'sorts until',
  '>': 'sorts after',
  '>=': 'sorts from',
};

export function operatorWord(operator: Operator, rules: FieldRules | undefined): string {
  const own =
    rules?.type === 'date' || rules?.type === 'datetime'
      ? TIME_WORDS
      : rules?.type === 'string' || rules?.type === 'email' || rules?.type === 'url'
        ? TEXT_WORDS
        : {};
  return own[operator] ?? WORDS[operator];
}

/** The rules of the value that a condition compares with. */
export function valueRules({ rules }: Operand, operator: Operator): FieldRules | undefined {
  const of: FieldRules | undefined = operator === '?=' ? rules?.items : rules;
  if (!of || of.type === 'json' || of.type === 'dict' || of.type === 'list') return undefined;
  const { type, enum: options, collection } = of;
  // A part of a text is typed, also of one of a fixed choice.
  const isPart = operator === '~' || operator === '!~';
  return {
    // What is asked for need not be a whole address.
    type: type === 'email' || type === 'url' ? 'string' : type,
    ...(type === 'string' || type === 'email' || type === 'url' ? { max_length: 100 } : {}),
    ...(options && !isPart && { enum: options }),
    ...(collection !== undefined && { collection }),
  };
}

/** A fresh condition on an operand; what was typed stays where it still makes sense. */
export function conditionOn(operand: Operand, before?: Condition): Condition {
  const operators = operatorsFor(operand);
  const operator =
    before && operators.includes(before.operator) ? before.operator : (operators[0] ?? 'null');
  return { name: operand.name, operator, values: startValues(operand, operator) };
}

/** The same condition with another operator. */
export function withOperator(before: Condition, operator: Operator, operand: Operand): Condition {
  const start = startValues(operand, operator);
  const isAlike = (each: Operator) => !['last', 'null', 'not null'].includes(each);
  const keeps = isAlike(before.operator) && isAlike(operator);
  const kept = keeps ? before.values : [];
  const values =
    operator === 'in'
      ? kept.filter((value) => value !== undefined)
      : start.map((value, index) => kept[index] ?? value);
  return { name: before.name, operator, values };
}

function startValues({ rules }: Operand, operator: Operator): Condition['values'] {
  switch (operator) {
    case 'null':
    case 'not null':
    case 'in':
      return [];
    case 'between':
      return [undefined, undefined];
    case 'last':
      return [7, 'days'];
    default:
      return [rules?.type === 'boolean' ? true : undefined];
  }
}

/** `price` is at least 10: what a chip says. */
export function conditionWords(
  condition: Condition,
  fields: readonly Field[],
): { readonly name: string; readonly text: string } {
  const rules = operandFor(condition.name, fields)?.rules;
  const values = condition.values.map((value) => valueWords(value));
  const { operator } = condition;
  const joined =
    operator === 'between' ? values.join(' and ') : values.join(operator === 'in' ? ', ' : ' ');
  return { name: condition.name, text: `${operatorWord(operator, rules)} ${joined}`.trim() };
}

function valueWords(value: FilterValue | undefined): string {
  if (value === undefined) return '…';
  if (isWord(value)) return value.word === '@now' ? 'now' : 'me';
  if (value === '') return '""';
  const text = String(value);
  if (/^[0-9a-f-]{36}$/.test(text)) return shortId(text);
  return text.length > 28 ? `${text.slice(0, 28)}…` : text;
}

/** How many conditions there are, also those in groups. */
export function countConditions({ rows }: FilterRows): number {
  return rows.reduce((sum, row) => sum + (isGroup(row) ? row.conditions.length : 1), 0);
}
