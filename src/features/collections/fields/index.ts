import { boolean } from './boolean.ts';
import { dict } from './dict.ts';
import type { FieldKind, FieldType } from './field-type.ts';
import { float } from './float.ts';
import { integer } from './integer.ts';
import { list } from './list.ts';
import { string } from './string.ts';

export const FIELD_TYPES = {
  string,
  integer,
  float,
  boolean,
  list,
  dict,
} as const satisfies Record<FieldKind, FieldType>;

/** Every name a type goes by, to its canonical one. */
export const TYPE_NAMES: ReadonlyMap<string, FieldKind> = new Map(
  Object.entries(FIELD_TYPES).flatMap(([kind, { aliases }]) =>
    [kind, ...aliases].map((name) => [name, kind as FieldKind] as const),
  ),
);
