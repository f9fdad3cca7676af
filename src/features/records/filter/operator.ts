import type { FieldKind } from '../../collections/schema.ts';
import type { Operand } from './operand.ts';

export const OPERATORS = ['=', '!=', '<', '<=', '>', '>=', '~', '!~', '?=', 'in'] as const;
export type Operator = (typeof OPERATORS)[number];
export type Order = Extract<Operator, '<' | '<=' | '>' | '>='>;

const EQUALITY = ['=', '!=', 'in'] as const;
const ORDERED = ['=', '!=', '<', '<=', '>', '>=', 'in'] as const;
const TEXTUAL = [...ORDERED, '~', '!~'] as const;

/** What works for each type. Of lists, dicts and json as a whole only null can be asked for. */
const OPERATORS_OF: Readonly<Record<FieldKind, readonly Operator[]>> = {
  string: TEXTUAL,
  email: TEXTUAL,
  url: TEXTUAL,
  integer: ORDERED,
  float: ORDERED,
  date: ORDERED,
  datetime: ORDERED,
  boolean: EQUALITY,
  uuid: EQUALITY,
  reference: EQUALITY,
  list: ['=', '!=', '?='],
  dict: ['=', '!='],
  json: ['=', '!=', '?='],
};

/** The operator that a symbol or word is, if any. */
export function findOperator(text: string): Operator | undefined {
  return OPERATORS.find((operator) => operator === text);
}

export function isOrder(operator: Operator): operator is Order {
  return operator === '<' || operator === '<=' || operator === '>' || operator === '>=';
}

/** Why the operator does not work for the operand's type, in words; undefined when it does. */
export function findOperatorFault(
  { name, field }: Operand,
  operator: Operator,
): string | undefined {
  if (field === undefined) return undefined;
  const works = OPERATORS_OF[field.type];
  if (works.includes(operator)) return undefined;
  const { type } = field;
  const hint = type === 'dict' ? `, or any for a part such as ${name}.key` : '';
  return `${operator} does not work for ${name}, which is of type ${type}: use ${works.slice(0, -1).join(', ')} or ${works.at(-1)}${hint}`;
}
