import { ACCESS_LEVELS, type Json } from '../../../api/types.ts';
import { isUuid, isWebAddress } from '../../../components/fields/check.ts';
import { isDay, toUtc } from '../../../components/fields/times.ts';
import { isJsonObject } from '../../../components/fields/values.ts';
import {
  DELETIONS,
  type Definition,
  type EditorType,
  isEditorType,
  isTime,
  NOW,
  type OptionKind,
  optionsOf,
  type Place,
  typesAt,
} from './definition.ts';

export type Path = readonly (string | number)[];

/** What is wrong with a definition, and where: the path begins at the schema. */
export interface SchemaFault {
  readonly loc: Path;
  readonly msg: string;
  /** Not said before somebody tries to save: a name not typed yet. */
  readonly isPatient?: boolean;
}

export const NAME = /^[a-z][a-z0-9_]{0,62}$/;
export const NAME_RULE = '1 to 63 characters of a-z, 0-9 and _, beginning with a letter';
const TAKEN = ['id', 'owner_id', 'collection_id', 'created_at', 'updated_at'];
const MOST_FIELDS = 200;
const MOST_INDEXES = 64;

const MUST: Record<OptionKind, string> = {
  flag: 'true or false',
  count: 'a whole number from 0',
  integer: 'a whole number',
  number: 'a number',
  text: 'a text',
  day: 'a date such as 2024-12-31',
  moment: 'a time such as 2024-12-31T23:59:59Z',
  level: `one of ${ACCESS_LEVELS.join(', ')}`,
  deletion: `one of ${DELETIONS.join(', ')}`,
  texts: 'a list of different texts, at least one',
  integers: 'a list of different whole numbers, at least one',
  numbers: 'a list of different numbers, at least one',
  item: 'a field without a name, such as {"type": "string"}',
  fields: 'a list of fields',
  any: 'any value',
};

/** The faults that can be known without the server; it has the last word on patterns and defaults. */
export function checkFields(fields: readonly Json[], loc: Path = ['fields']): SchemaFault[] {
  const faults: SchemaFault[] = [];
  checkList(fields, loc, 'field', faults);
  const indexes = fields.filter(
    (field) =>
      isJsonObject(field) &&
      (field.unique === true || field.index === true || field.type === 'reference'),
  ).length;
  if (indexes > MOST_INDEXES)
    faults.push({ loc, msg: `At most ${MOST_INDEXES} indexes, these are ${indexes}.` });
  return faults;
}

function checkList(
  fields: readonly Json[],
  loc: Path,
  place: 'field' | 'property',
  faults: SchemaFault[],
): void {
  if (fields.length > MOST_FIELDS)
    faults.push({ loc, msg: `At most ${MOST_FIELDS} fields, these are ${fields.length}.` });
  const seen = new Set<string>();
  for (const [index, field] of fields.entries()) {
    const at = [...loc, index];
    if (!isJsonObject(field)) {
      faults.push({
        loc: at,
        msg: 'A field such as {"name": "title", "type": "string"} expected.',
      });
      continue;
    }
    checkName(field.name, [...at, 'name'], place, seen, faults);
    if (field.was !== undefined && (place !== 'field' || typeof field.was !== 'string'))
      faults.push({ loc: [...at, 'was'], msg: 'The name that a field of the collection had.' });
    const { name: _name, was: _was, ...definition } = field;
    checkDefinition(definition, at, place, faults);
  }
}

function checkName(
  name: Json | undefined,
  loc: Path,
  place: Place,
  seen: Set<string>,
  faults: SchemaFault[],
): void {
  if (name === undefined || name === '') {
    faults.push({ loc, msg: 'A field needs a name.', isPatient: true });
    return;
  }
  if (typeof name !== 'string' || !NAME.test(name))
    faults.push({ loc, msg: `${NAME_RULE} expected.` });
  else if (place === 'field' && TAKEN.includes(name))
    faults.push({ loc, msg: `${name} is a part of every record already. Choose another name.` });
  else if (seen.has(name)) faults.push({ loc, msg: `${name} is there twice.` });
  if (typeof name === 'string') seen.add(name);
}

function checkDefinition(
  definition: Definition,
  loc: Path,
  place: Place,
  faults: SchemaFault[],
): void {
  const { type } = definition;
  const types = typesAt(place);
  if (!isEditorType(type) || !types.includes(type)) {
    const isMisplaced = type === 'reference';
    faults.push({
      loc: [...loc, 'type'],
      msg:
        type === undefined
          ? 'A field needs a type.'
          : isMisplaced
            ? 'Only a field of the record itself can be a reference.'
            : `${JSON.stringify(type)} is not a type. Types are ${types.join(', ')}.`,
    });
    return;
  }
  const allowed = optionsOf(type, place);
  for (const [option, value] of Object.entries(definition)) {
    if (option === 'type') continue;
    const kind = allowed[option];
    if (kind === undefined)
      faults.push({
        loc: [...loc, option],
        msg: `${option} does not fit here: ${type} takes ${Object.keys(allowed).join(', ')}.`,
      });
    else if (!isOfKind(value, kind))
      faults.push({ loc: [...loc, option], msg: `Must be ${MUST[kind]}.` });
  }
  checkPairs(definition, type, loc, faults);
  if (isJsonObject(definition.items)) {
    if (definition.items.name !== undefined)
      faults.push({ loc: [...loc, 'items', 'name'], msg: 'An item has no name.' });
    const { name: _name, ...item } = definition.items;
    checkDefinition(item, [...loc, 'items'], 'item', faults);
  }
  if (Array.isArray(definition.properties))
    checkList(definition.properties, [...loc, 'properties'], 'property', faults);
}

function checkPairs(
  definition: Definition,
  type: EditorType,
  loc: Path,
  faults: SchemaFault[],
): void {
  const pairs = [
    ['min', 'max'],
    ['min_length', 'max_length'],
    ['min_items', 'max_items'],
  ] as const;
  for (const [low, high] of pairs) {
    const from = definition[low];
    const to = definition[high];
    if (isAbove(from, to))
      faults.push({ loc: [...loc, low], msg: `Must not be above ${String(to)}, the most.` });
  }
  checkReference(definition, loc, faults);
  if (definition.required === true && definition.nullable === true)
    faults.push({ loc: [...loc, 'nullable'], msg: 'A required field cannot be null.' });
  const { default: standIn } = definition;
  // A reference takes none, and that was said.
  if (standIn === undefined || type === 'reference') return;
  if (isTime(type) && standIn === NOW) {
    if (definition.max !== undefined)
      faults.push({
        loc: [...loc, 'default'],
        msg: `Cannot be the time of creation beside a latest: it will pass ${String(definition.max)}.`,
      });
  } else if (!isOfType(standIn, type))
    faults.push({ loc: [...loc, 'default'], msg: `Must be ${DEFAULTS[type]}.` });
  else if (Array.isArray(definition.enum) && !definition.enum.includes(standIn))
    faults.push({ loc: [...loc, 'default'], msg: 'Must be one of the values that are allowed.' });
}

function isAbove(from: Json | undefined, to: Json | undefined): boolean {
  if (typeof from === 'number' && typeof to === 'number') return from > to;
  if (typeof from !== 'string' || typeof to !== 'string') return false;
  return (toUtc(from) ?? from) > (toUtc(to) ?? to);
}

function checkReference(definition: Definition, loc: Path, faults: SchemaFault[]): void {
  const { type, collection, on_delete: deletion } = definition;
  if (type !== 'reference') return;
  if (collection === undefined || collection === '')
    faults.push({
      loc: [...loc, 'collection'],
      msg: 'A reference needs a collection that it leads to.',
      isPatient: true,
    });
  if (deletion !== 'set_null') return;
  if (definition.required === true || definition.nullable === false)
    faults.push({
      loc: [...loc, 'on_delete'],
      msg: 'Cannot be cleared: the field must have a value.',
    });
}

const DEFAULTS: Record<Exclude<EditorType, 'reference'>, string> = {
  string: 'a text',
  integer: 'a whole number',
  float: 'a number',
  boolean: 'true or false',
  date: 'a date such as 2024-12-31, or now',
  datetime: 'a time such as 2024-12-31T23:59:59Z, or now',
  email: 'an e-mail address',
  url: 'an address such as https://example.com/a',
  uuid: 'a UUID',
  list: 'a list in JSON, such as ["a"]',
  dict: 'an object in JSON, such as {"a": 1}',
  json: 'a value in JSON, and not null',
};

function isOfType(value: Json, type: Exclude<EditorType, 'reference'>): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'integer':
      return Number.isSafeInteger(value);
    case 'float':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'dict':
      return isJsonObject(value);
    case 'date':
      return typeof value === 'string' && isDay(value);
    case 'datetime':
      return typeof value === 'string' && toUtc(value) !== undefined;
    case 'email':
      return typeof value === 'string' && value.includes('@');
    case 'url':
      return typeof value === 'string' && isWebAddress(value);
    case 'uuid':
      return typeof value === 'string' && isUuid(value);
    case 'json':
      return value !== null;
    default:
      return type satisfies never;
  }
}

function isOfKind(value: Json, kind: OptionKind): boolean {
  switch (kind) {
    case 'flag':
      return typeof value === 'boolean';
    case 'count':
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'text':
      return typeof value === 'string';
    case 'day':
      return typeof value === 'string' && isDay(value);
    case 'moment':
      return typeof value === 'string' && toUtc(value) !== undefined;
    case 'level':
      return ACCESS_LEVELS.some((level) => level === value);
    case 'deletion':
      return DELETIONS.some((deletion) => deletion === value);
    case 'texts':
      return isSet(value, (each) => typeof each === 'string');
    case 'integers':
      return isSet(value, Number.isSafeInteger);
    case 'numbers':
      return isSet(value, (each) => typeof each === 'number');
    case 'item':
      return isJsonObject(value);
    case 'fields':
      return Array.isArray(value);
    case 'any':
      return true;
    default:
      return kind satisfies never;
  }
}

function isSet(value: Json, isGood: (each: Json) => boolean): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(isGood) &&
    new Set(value).size === value.length
  );
}
