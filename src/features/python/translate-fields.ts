import { isPlainObject, type JsonValue } from '../../lib/json-value.ts';
import { createNaming, fitsAsName } from './names.ts';

/** A field on its way to us. Constraints that do not fit its type are taken off later, each with a note. */
export interface DraftField {
  readonly name: string;
  readonly type: string;
  readonly [option: string]: unknown;
}

interface TranslatedFields {
  readonly fields: readonly DraftField[];
  /** Our names by theirs. */
  readonly names: ReadonlyMap<string, string>;
  /** Theirs whose type is decided by the values that are stored: a day, a moment, or a text. */
  readonly times: readonly string[];
  readonly notes: readonly string[];
}

/** What every record has of its own. */
const TAKEN = new Set(['id', 'owner_id', 'collection_id', 'created_at', 'updated_at']);
const TYPES: ReadonlyMap<string, string> = new Map([
  ['string', 'string'],
  ['str', 'string'],
  ['text', 'string'],
  ['int', 'integer'],
  ['integer', 'integer'],
  ['float', 'float'],
  ['number', 'float'],
  ['bool', 'boolean'],
  ['boolean', 'boolean'],
  ['list', 'list'],
  ['array', 'list'],
  ['dict', 'dict'],
  ['object', 'dict'],
  ['date', 'datetime'],
  ['datetime', 'datetime'],
  ['reference', 'reference'],
]);
const ITEM = /^(?:list|array)\[(\w+)\]$/;
/** Options that both know; lengths of a list have another name here. */
const KEPT = [
  'description',
  'min_length',
  'max_length',
  'pattern',
  'min',
  'max',
  'unique',
  'index',
];
const KNOWN = new Set(['name', 'type', 'required', 'default', 'collection', ...KEPT]);

/** Theirs to ours, field by field; undefined when it is no list of fields. */
export function translateFields(
  schema: Readonly<Record<string, unknown>>,
): TranslatedFields | undefined {
  const given = schema.fields ?? [];
  if (!Array.isArray(given)) return undefined;
  const notes: string[] = [];
  // Of two fields with a name, the later one counted.
  const byName = new Map<string, Readonly<Record<string, unknown>>>();
  for (const field of given) {
    if (!isPlainObject(field) || typeof field.name !== 'string' || field.name === '') {
      notes.push('a field without a name was left out: nothing could be stored in it');
      continue;
    }
    if (byName.has(field.name)) notes.push(`${field.name} was there twice: the later one counted`);
    byName.set(field.name, field);
  }
  const names = nameFields(byName.keys());
  const times: string[] = [];
  const fields = [...byName].map(([was, field]) => {
    const name = names.get(was) ?? was;
    if (name !== was) notes.push(`${was} is now ${name}`);
    const draft = translateField(name, field, notes);
    if (draft.type === 'datetime') times.push(was);
    return draft;
  });
  return { fields, names, times, notes };
}

/** Names that fit keep to themselves, whatever becomes of the others. */
export function nameFields(given: Iterable<string>): Map<string, string> {
  const all = [...given];
  const naming = createNaming('field', (name) => !TAKEN.has(name));
  const first = all.filter((name) => fitsAsName(name) && !TAKEN.has(name));
  const names = new Map(first.map((name) => [name, naming.give(name)]));
  for (const name of all) if (!names.has(name)) names.set(name, naming.give(name));
  return names;
}

function translateField(
  name: string,
  given: Readonly<Record<string, unknown>>,
  notes: string[],
): DraftField {
  const word = typeof given.type === 'string' ? given.type.toLowerCase() : 'string';
  const item = TYPES.get(ITEM.exec(word)?.[1] ?? '');
  const type = item === undefined ? TYPES.get(word) : 'list';
  if (type === undefined) notes.push(`${name}: the type ${show(given.type)} was a string there`);
  for (const option of Object.keys(given))
    if (!KNOWN.has(option)) notes.push(`${name}: ${show(option)} did nothing and is left out`);
  const kind = type ?? 'string';
  const isRequired = given.required === true;
  const options = Object.fromEntries(
    KEPT.filter((option) => given[option] != null && given[option] !== false).map((option) => [
      kind === 'list' ? option.replace('_length', '_items') : option,
      given[option],
    ]),
  );
  return {
    name,
    type: kind,
    ...(item !== undefined && { items: { type: item } }),
    ...options,
    ...(isRequired && { required: true }),
    ...defaultOf(given, kind, isRequired),
    ...(kind === 'reference' && { collection: given.collection }),
  };
}

/** Lists and dicts that were left out became empty ones; a required field had no default. */
function defaultOf(
  given: Readonly<Record<string, unknown>>,
  type: string,
  isRequired: boolean,
): { readonly default?: JsonValue } {
  if (isRequired) return {};
  if (given.default != null) return { default: given.default as JsonValue };
  if (type === 'list') return { default: [] };
  return type === 'dict' ? { default: {} } : {};
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60);
}
