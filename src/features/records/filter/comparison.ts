import type { Filter, FilterKey, Scalar } from '../store.ts';
import type { Fitted } from './literal.ts';
import type { Operator, Order } from './operator.ts';

const ALL: Filter = { op: 'all' };
const NONE: Filter = { op: 'none' };

type Meant = Exclude<Fitted, { kind: 'unfit' }>;

/** The filter of one comparison, or in words why its value does not go with its operator. */
export function toComparison(
  key: FilterKey,
  operator: Operator,
  values: readonly [Meant, ...Meant[]],
): Filter | string {
  const [first] = values;
  switch (operator) {
    case '=':
      return equals(key, first);
    case '!=':
      return not(equals(key, first));
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compare(key, operator, first);
    case '~':
      return contains(key, first);
    case '!~': {
      const filter = contains(key, first);
      return typeof filter === 'string' ? filter : not(filter);
    }
    case '?=':
      return first.kind === 'nobody' ? NONE : { op: 'holds', key, value: first.value };
    case 'in':
      return isIn(key, values);
    default:
      return operator satisfies never;
  }
}

/** The exact complement. */
export function not(filter: Filter): Filter {
  switch (filter.op) {
    case 'all':
      return NONE;
    case 'none':
      return ALL;
    case 'not':
      return filter.filter;
    default:
      return { op: 'not', filter };
  }
}

/** Several filters as one. */
export function join(op: 'and' | 'or', filters: readonly Filter[]): Filter {
  const [first, ...others] = filters;
  if (first === undefined) return op === 'and' ? ALL : NONE;
  return others.length === 0 ? first : { op, filters };
}

function equals(key: FilterKey, fitted: Meant): Filter {
  return fitted.kind === 'nobody' ? NONE : { op: 'equals', key, value: fitted.value };
}

function compare(key: FilterKey, relation: Order, fitted: Meant): Filter | string {
  if (fitted.kind === 'nobody') return NONE;
  const { value } = fitted;
  return typeof value === 'string' || typeof value === 'number'
    ? { op: 'compare', key, relation, value }
    : `${value} has no order; use = or !=`;
}

function contains(key: FilterKey, fitted: Meant): Filter | string {
  if (fitted.kind === 'nobody') return NONE;
  const { value } = fitted;
  return typeof value === 'string'
    ? { op: 'contains', key, text: value }
    : `what a text contains is a text, such as '${value}'`;
}

/** Null is found by equality alone. */
function isIn(key: FilterKey, fitted: readonly Meant[]): Filter {
  const all = fitted.flatMap((one) => (one.kind === 'value' ? [one.value] : []));
  const values = all.filter((value): value is Exclude<Scalar, null> => value !== null);
  return join('or', [
    ...(values.length > 0 ? [{ op: 'in', key, values } as const] : []),
    ...(values.length < all.length ? [{ op: 'equals', key, value: null } as const] : []),
  ]);
}
