import type { Fault } from '../../core/errors.ts';
import { findNearest } from '../../lib/nearest.ts';
import { describeValue, type FieldKind, type Loc, refuse } from './fields/field-type.ts';
import { FIELD_TYPES, TYPE_NAMES } from './fields/index.ts';

const MAX_TYPE_LENGTH = 200;

export interface ResolvedType {
  readonly kind: FieldKind;
  /** From `list[T]`. */
  readonly items?: { readonly type: string };
}

/** The type that a name or an alias stands for. */
export function parseTypeName(type: unknown, loc: Loc, faults: Fault[]): ResolvedType | undefined {
  if (type === undefined) return refuse(faults, loc, 'missing', 'is required');
  if (typeof type !== 'string')
    return refuse(
      faults,
      loc,
      'string_type',
      `must be the name of a type, got ${describeValue(type)}`,
    );
  if (type.length > MAX_TYPE_LENGTH)
    return refuse(
      faults,
      loc,
      'string_too_long',
      `must be the name of a type, of at most ${MAX_TYPE_LENGTH} characters`,
    );
  const kind = TYPE_NAMES.get(type);
  if (kind) return { kind };
  const list = /^(?:list|array)\[(.+)\]$/s.exec(type);
  if (list?.[1])
    return parseTypeName(list[1], loc, faults) && { kind: 'list', items: { type: list[1] } };
  const nearest = findNearest(type, [...TYPE_NAMES.keys()]);
  return refuse(
    faults,
    loc,
    'enum',
    `${describeValue(type)} is not a type${nearest ? `, did you mean ${nearest}` : ''}; types are ${Object.keys(FIELD_TYPES).join(', ')} and list[T]`,
  );
}
