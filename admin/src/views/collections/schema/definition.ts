import { all, type Field, type FieldRules, type FieldType, type Json } from '../../../api/types.ts';
import { isJsonObject } from '../../../components/fields/values.ts';

/** A field while it is written: its options as JSON, not yet known to be right. */
export type Definition = { readonly [option: string]: Json };

export type EditorType = FieldType;
/** In the order in which they are offered. */
const EDITOR_TYPES = all<EditorType>()([
  'string',
  'integer',
  'float',
  'boolean',
  'date',
  'datetime',
  'email',
  'url',
  'uuid',
  'list',
  'dict',
  'json',
  'reference',
]);
/** References lead from a field of the record itself. */
export const NESTED_TYPES = EDITOR_TYPES.filter((type) => type !== 'reference');

export type Deletion = NonNullable<Field['on_delete']>;
export const DELETIONS = all<Deletion>()(['restrict', 'cascade', 'set_null']);
/** As the default of a time: that at which the record is made. */
export const NOW = 'now';

export function isTime(type: unknown): boolean {
  return type === 'date' || type === 'datetime';
}

/** Where a reference may lead that is not a collection. */
export const USERS = 'users';

export const TYPE_NOTES: Record<EditorType, string> = {
  string: 'a text',
  integer: 'a whole number',
  float: 'a finite number',
  boolean: 'true or false',
  date: 'a day',
  datetime: 'a moment, kept in UTC',
  email: 'an e-mail address',
  url: 'a web address',
  uuid: 'an id of any system',
  list: 'values in order',
  dict: 'named values',
  json: 'any JSON',
  reference: 'another record',
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
  | 'day'
  | 'moment'
  | 'level'
  | 'deletion'
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
  date: { min: 'day', max: 'day' },
  datetime: { min: 'moment', max: 'moment' },
  email: { max_length: 'count' },
  url: { max_length: 'count' },
  uuid: { max_length: 'count' },
  list: { items: 'item', min_items: 'count', max_items: 'count', unique_items: 'flag' },
  dict: { properties: 'fields', additional: 'flag' },
  json: { max_bytes: 'count' },
  reference: { collection: 'text', on_delete: 'deletion' },
};
const COMMON: Readonly<Record<string, OptionKind>> = {
  description: 'text',
  required: 'flag',
  nullable: 'flag',
  default: 'any',
};
const SCALAR: Readonly<Record<string, OptionKind>> = { unique: 'flag', index: 'flag' };
/** Access is decided for the record's own fields. */
const LEVELS: Readonly<Record<string, OptionKind>> = { read: 'level', write: 'level' };
const ITEM: Readonly<Record<string, OptionKind>> = { description: 'text', nullable: 'flag' };

export function isEditorType(type: unknown): type is EditorType {
  return EDITOR_TYPES.some((each) => each === type);
}

export function isScalar(type: unknown): boolean {
  return isEditorType(type) && type !== 'list' && type !== 'dict' && type !== 'json';
}

/** The types that a definition may have where it stands. */
export function typesAt(place: Place): readonly EditorType[] {
  return place === 'field' ? EDITOR_TYPES : NESTED_TYPES;
}

/** The types into which stored values of a type go over without loss, as far as they fit. */
const HOLDS: Record<EditorType, readonly EditorType[]> = {
  string: EDITOR_TYPES.filter((type) => type !== 'list' && type !== 'dict'),
  integer: ['float', 'string', 'json'],
  float: ['integer', 'string', 'json'],
  boolean: ['string', 'json'],
  date: ['datetime', 'string', 'json'],
  datetime: ['date', 'string', 'json'],
  email: ['string', 'json'],
  url: ['string', 'json'],
  uuid: ['string', 'reference', 'json'],
  list: ['json'],
  dict: ['json'],
  json: EDITOR_TYPES,
  reference: ['uuid', 'string', 'json'],
};

/** The types to choose from: where values are stored, only what can hold them. */
export function typesFor(place: Place, stored: unknown): readonly EditorType[] {
  const types = typesAt(place);
  if (!isEditorType(stored)) return types;
  return types.filter((type) => type === stored || HOLDS[stored].includes(type));
}

/** The options a definition of the type takes where it stands. */
export function optionsOf(type: EditorType, place: Place): Readonly<Record<string, OptionKind>> {
  if (place === 'item') return { ...ITEM, ...OWN[type] };
  const { default: standIn, ...common } = COMMON;
  return {
    ...common,
    // The record that it would name may be gone by then.
    ...(standIn !== undefined && type !== 'reference' && { default: standIn }),
    ...(place === 'field' && LEVELS),
    ...(place === 'field' && isScalar(type) && SCALAR),
    ...OWN[type],
  };
}

export function toDefinition(field: FieldRules): Definition {
  const copy: Definition = JSON.parse(JSON.stringify(field));
  return copy;
}

/** A field may be null unless it is required; an item of a list only where that is said. */
export function mayBeNull({ required, nullable }: Definition, place: Place): boolean {
  if (required === true) return false;
  return typeof nullable === 'boolean' ? nullable : place !== 'item';
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
  const before = isEditorType(definition.type) ? optionsOf(definition.type, place) : allowed;
  const kept = Object.entries(definition).filter(([option]) => {
    if (option === 'name') return true;
    if (option === 'default' || option === 'enum' || allowed[option] === undefined) return false;
    // The least number is no first day.
    return (
      before[option] === allowed[option] ||
      (isNumeric(allowed[option]) && isNumeric(before[option]))
    );
  });
  const name = kept.find(([option]) => option === 'name');
  const rest = kept.filter(([option]) => option !== 'name');
  return Object.fromEntries([...(name ? [name] : []), ['type', type], ...rest]);
}

function isNumeric(kind: OptionKind | undefined): boolean {
  return kind === 'integer' || kind === 'number';
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
  return EDITOR_TYPES.find((type) => type === definition.type) ?? 'string';
}
