import type { FieldRules, Json } from '../../../api/types.ts';
import { FIELD_TYPES, type FieldType } from '../../../api/types.ts';
import { isJsonObject } from '../../../components/fields/values.ts';

/** A field while it is written: its options as JSON, not yet known to be right. */
export type Definition = { readonly [option: string]: Json };

/** The types this release can store, with what each holds. */
export const EDITOR_TYPES = FIELD_TYPES;
export type EditorType = FieldType;

export const TYPE_NOTES: Record<EditorType, string> = {
  string: 'a text',
  integer: 'a whole number',
  float: 'a finite number',
  boolean: 'true or false',
  list: 'values in order',
  dict: 'named values',
};

const ALIASES: Readonly<Record<string, EditorType>> = {
  str: 'string',
  text: 'string',
  int: 'integer',
  number: 'float',
  bool: 'boolean',
  array: 'list',
  object: 'dict',
};

/** Where a definition stands: a field of the collection, a property of a dict, an item of a list. */
export type Place = 'field' | 'property' | 'item';

/** How the value of an option must look. */
export type OptionKind =
  | 'flag'
  | 'count'
  | 'integer'
  | 'number'
  | 'text'
  | 'texts'
  | 'integers'
  | 'numbers'
  | 'item'
  | 'fields'
  | 'any';

const OWN: Record<EditorType, Readonly<Record<string, OptionKind>>> = {
  string: { min_length: 'count', max_length: 'count', pattern: 'text', enum: 'texts' },
  integer: { min: 'integer', max: 'integer', enum: 'integers' },
  float: { min: 'number', max: 'number', enum: 'numbers' },
  boolean: {},
  list: { items: 'item', min_items: 'count', max_items: 'count', unique_items: 'flag' },
  dict: { properties: 'fields', additional: 'flag' },
};
const COMMON: Readonly<Record<string, OptionKind>> = {
  description: 'text',
  required: 'flag',
  nullable: 'flag',
  default: 'any',
};
const SCALAR: Readonly<Record<string, OptionKind>> = { unique: 'flag', index: 'flag' };
const ITEM: Readonly<Record<string, OptionKind>> = { description: 'text', nullable: 'flag' };

export function isEditorType(type: unknown): type is EditorType {
  return EDITOR_TYPES.some((each) => each === type);
}

export function isScalar(type: unknown): boolean {
  return isEditorType(type) && type !== 'list' && type !== 'dict';
}

/** The options a definition of the type takes where it stands. */
export function optionsOf(type: EditorType, place: Place): Readonly<Record<string, OptionKind>> {
  if (place === 'item') return { ...ITEM, ...OWN[type] };
  return { ...COMMON, ...(isScalar(type) && SCALAR), ...OWN[type] };
}

export function toDefinition(field: FieldRules): Definition {
  const copy: Definition = JSON.parse(JSON.stringify(field));
  return copy;
}

/** The definition with one option set, or without it. */
export function withOption(definition: Definition, option: string, value?: Json): Definition {
  if (value !== undefined) return { ...definition, [option]: value };
  const { [option]: _gone, ...rest } = definition;
  return rest;
}

/** Another type keeps only the options that fit it. */
export function withType(definition: Definition, type: EditorType, place: Place): Definition {
  const allowed = optionsOf(type, place);
  const kept = Object.entries(definition).filter(
    ([option]) =>
      option === 'name' || (option in allowed && option !== 'default' && option !== 'enum'),
  );
  const name = kept.find(([option]) => option === 'name');
  const rest = kept.filter(([option]) => option !== 'name');
  return Object.fromEntries([...(name ? [name] : []), ['type', type], ...rest]);
}

/** Aliases and `list[T]` written out, as the server stores them. */
export function normalize(definition: Definition): Definition {
  const { type } = definition;
  let next = definition;
  if (typeof type === 'string') {
    const list = /^(?:list|array)\[(.+)\]$/s.exec(type);
    if (list?.[1] && definition.items === undefined)
      next = { ...definition, type: 'list', items: { type: list[1] } };
    else if (Object.hasOwn(ALIASES, type)) next = { ...definition, type: ALIASES[type] ?? type };
  }
  if (isJsonObject(next.items)) next = { ...next, items: normalize(next.items) };
  if (Array.isArray(next.properties))
    next = {
      ...next,
      properties: next.properties.map((each) => (isJsonObject(each) ? normalize(each) : each)),
    };
  return next;
}

export function nameOf(definition: Definition): string {
  return typeof definition.name === 'string' ? definition.name : '';
}

export function propertiesOf(definition: Definition): Definition[] {
  return Array.isArray(definition.properties) ? definition.properties.filter(isJsonObject) : [];
}

export function tileTypeOf(definition: Definition): FieldType {
  return FIELD_TYPES.find((type) => type === definition.type) ?? 'string';
}
