import { userIdOf } from '../../../core/actor.ts';
import { toTimestamp } from '../../../core/clock.ts';
import type { Fault } from '../../../core/errors.ts';
import { normalizeEmail } from '../../../lib/email.ts';
import type { FieldDefinition, FieldKind } from '../../collections/schema.ts';
import { compileField } from '../../collections/service.ts';
import type { Scalar } from '../store.ts';
import type { Operand, QueryContext } from './operand.ts';
import { isOrder, type Operator } from './operator.ts';

/** A value as it was written, before a field gives it a type. */
export type Literal =
  | { readonly kind: 'value'; readonly value: Scalar }
  | { readonly kind: 'now' }
  | { readonly kind: 'me' };

/** What a literal means to a field. */
export type Fitted =
  | { readonly kind: 'value'; readonly value: Scalar }
  /** `@me` of a caller who is nobody: it is no value at all, so it equals nothing, not even null. */
  | { readonly kind: 'nobody' }
  | { readonly kind: 'unfit'; readonly msg: string };

/** The literal as a value of the operand's type, in the form in which such values are stored. */
export function fitLiteral(
  literal: Literal,
  operand: Operand,
  operator: Operator,
  context: Pick<QueryContext, 'actor' | 'now'>,
): Fitted {
  const field = operator === '?=' ? itemOf(operand.field) : operand.field;
  const name = operator === '?=' ? `an item of ${operand.name}` : operand.name;
  switch (literal.kind) {
    case 'me':
      return fitMe(name, field, userIdOf(context.actor));
    case 'now':
      return fitNow(name, field, toTimestamp(context.now));
    case 'value':
      return literal.value === null || field === undefined
        ? literal
        : fitValue(literal.value, name, field, operator);
    default:
      return literal satisfies never;
  }
}

/** What the items of a list are; undefined for any JSON. */
function itemOf(field: FieldDefinition | undefined): FieldDefinition | undefined {
  const item = field?.type === 'list' ? field.items : undefined;
  return item?.type === 'json' ? undefined : item;
}

/** Types whose values may be the id of a user. */
const CAN_BE_ME: ReadonlySet<FieldKind> = new Set(['uuid', 'reference', 'string']);

function fitMe(name: string, field: FieldDefinition | undefined, userId: string | null): Fitted {
  if (field !== undefined && !CAN_BE_ME.has(field.type))
    return unfit(`@me is the id of a user, and ${name} is of type ${field.type}`);
  return userId === null ? { kind: 'nobody' } : { kind: 'value', value: userId };
}

function fitNow(name: string, field: FieldDefinition | undefined, timestamp: string): Fitted {
  if (field === undefined || field.type === 'datetime') return { kind: 'value', value: timestamp };
  return field.type === 'date'
    ? { kind: 'value', value: timestamp.slice(0, 'YYYY-MM-DD'.length) }
    : unfit(`@now is a time, and ${name} is of type ${field.type}`);
}

function fitValue(value: Scalar, name: string, field: FieldDefinition, operator: Operator): Fitted {
  const { type } = field;
  switch (type) {
    case 'list':
    case 'dict':
    case 'json':
      return unfit(
        `${name} is a ${type}, with which only null compares${hintFor(name, field, operator)}`,
      );
    case 'email': {
      // A part of an address, or a bound of its order, need not be one.
      if (operator === '~' || operator === '!~') return check(value, name, 'string');
      if (!isOrder(operator)) return check(value, name, 'email');
      const fitted = check(value, name, 'string');
      return fitted.kind === 'value' && typeof fitted.value === 'string'
        ? { kind: 'value', value: normalizeEmail(fitted.value) }
        : fitted;
    }
    case 'url':
      return check(value, name, 'string');
    case 'reference':
      return check(value, name, 'uuid');
    case 'string':
    case 'integer':
    case 'float':
    case 'boolean':
    case 'date':
    case 'datetime':
    case 'uuid':
      return check(value, name, type);
    default:
      return type satisfies never;
  }
}

/** How to ask about what is inside, where there is a way. */
function hintFor(name: string, { type, properties }: FieldDefinition, operator: Operator): string {
  if (operator === '?=') return '';
  return type === 'list'
    ? `; ${name} ?= … finds those that hold a value`
    : `; compare a part of it, such as ${name}.${properties?.[0]?.name ?? 'key'}`;
}

type CheckedKind = Exclude<FieldKind, 'list' | 'dict' | 'json' | 'reference' | 'url'>;

/** The type's own check without the field's constraints: those say what is stored, not what may be asked. */
const CHECKS = {
  string: compileField({ type: 'string' }),
  integer: compileField({ type: 'integer' }),
  float: compileField({ type: 'float' }),
  boolean: compileField({ type: 'boolean' }),
  date: compileField({ type: 'date' }),
  datetime: compileField({ type: 'datetime' }),
  email: compileField({ type: 'email' }),
  uuid: compileField({ type: 'uuid' }),
} as const satisfies Record<CheckedKind, unknown>;

function check(value: Scalar, name: string, kind: CheckedKind): Fitted {
  const faults: Fault[] = [];
  const checked = CHECKS[kind](value, [], faults);
  return isScalar(checked) && faults.length === 0
    ? { kind: 'value', value: checked }
    : unfit(`${name} ${faults[0]?.msg}`);
}

function isScalar(value: unknown): value is Exclude<Scalar, null> {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function unfit(msg: string): Fitted {
  return { kind: 'unfit', msg };
}
