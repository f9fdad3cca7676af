import { boolean } from './boolean.ts';
import { date } from './date.ts';
import { datetime } from './datetime.ts';
import { dict } from './dict.ts';
import { email } from './email.ts';
import type { FieldKind, FieldType } from './field-type.ts';
import { float } from './float.ts';
import { integer } from './integer.ts';
import { json } from './json.ts';
import { list } from './list.ts';
import { reference } from './reference.ts';
import { string } from './string.ts';
import { url } from './url.ts';
import { uuid } from './uuid.ts';

export const FIELD_TYPES: Readonly<Record<FieldKind, FieldType>> = {
  string,
  integer,
  float,
  boolean,
  date,
  datetime,
  email,
  url,
  uuid,
  list,
  dict,
  json,
  reference,
};

/** Every name a type goes by, to its canonical one. */
export const TYPE_NAMES: ReadonlyMap<string, FieldKind> = new Map(
  Object.entries(FIELD_TYPES).flatMap(([kind, { aliases }]) =>
    [kind, ...aliases].map((name) => [name, kind as FieldKind] as const),
  ),
);
