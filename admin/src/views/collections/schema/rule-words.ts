import { isJsonObject } from '../../../components/fields/values.ts';
import { countOf, toNumber } from '../../../components/ui/times.ts';
import { type Definition, isTime, NOW, nameOf, propertiesOf } from './definition.ts';

/** "list of string", "reference to authors": the type as the row shows it. */
export function typeWords(definition: Definition): string {
  const type = String(definition.type ?? '');
  if (type === 'reference' && typeof definition.collection === 'string')
    return `to ${definition.collection}`;
  if (type !== 'list' || !isJsonObject(definition.items)) return type;
  return `list of ${typeWords(definition.items)}`;
}

/** A field's rules as one sentence: "Required, unique, 1 to 200 characters, indexed". */
export function ruleWords(definition: Definition): string {
  const own = ownWords(definition);
  const parts = [
    definition.required === true ? 'required' : '',
    definition.required !== true && definition.nullable === false ? 'never null' : '',
    definition.unique === true ? 'unique' : '',
    ...own,
    definition.index === true && definition.unique !== true ? 'indexed' : '',
    defaultWords(definition),
    definition.read === undefined ? '' : `read by ${levelWords(definition.read)}`,
    definition.write === undefined ? '' : `written by ${levelWords(definition.write)}`,
  ].filter((part) => part !== '');
  const text = parts.join(', ').replaceAll(',;', ';');
  if (text === '') return 'Optional';
  // Names of properties keep their letters.
  const isNames = propertiesOf(definition).some((each) => text.startsWith(nameOf(each)));
  return isNames ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

function ownWords(definition: Definition): string[] {
  const values = Array.isArray(definition.enum) ? [oneOf(definition.enum)] : [];
  switch (definition.type) {
    case 'string':
      return [
        range(definition.min_length, definition.max_length, 'character'),
        patternWords(definition.pattern),
        ...values,
      ];
    case 'integer':
    case 'float':
      return [bounds(definition.min, definition.max), ...values];
    case 'date':
    case 'datetime':
      return [
        typeof definition.min === 'string' ? `from ${definition.min}` : '',
        typeof definition.max === 'string' ? `until ${definition.max}` : '',
      ];
    case 'email':
    case 'url':
    case 'uuid':
      return [range(undefined, definition.max_length, 'character')];
    case 'json':
      return [range(undefined, definition.max_bytes, 'byte')];
    case 'reference':
      return [deletionWords(definition.on_delete)];
    case 'list': {
      const item = isJsonObject(definition.items)
        ? ownWords(definition.items).filter((part) => part !== '')
        : [];
      return [
        range(definition.min_items, definition.max_items, 'item'),
        definition.unique_items === true ? 'no doubles' : '',
        item.length > 0 ? `each ${item.join(', ')}` : '',
      ];
    }
    case 'dict': {
      const properties = propertiesOf(definition);
      if (properties.length === 0)
        return [definition.additional === false ? 'always empty' : 'any keys'];
      const names = properties.map((each) => nameOf(each) || '?').join(', ');
      return [`${names}; ${definition.additional === true ? 'other keys too' : 'nothing else'}`];
    }
    default:
      return [];
  }
}

function defaultWords({ type, default: standIn }: Definition): string {
  if (standIn === undefined) return '';
  if (isTime(type) && standIn === NOW) return 'default the time of creation';
  return `default ${short(standIn)}`;
}

const LEVELS: Readonly<Record<string, string>> = {
  public: 'anyone',
  auth: 'who is signed in',
  owner: 'the owner',
  admin: 'admins',
};

function levelWords(level: unknown): string {
  return LEVELS[String(level)] ?? String(level);
}

/** What happens here when the record over there is deleted. */
function deletionWords(deletion: unknown): string {
  if (deletion === 'cascade') return 'goes when that one goes';
  return deletion === 'set_null' ? 'cleared when that one goes' : 'that one cannot be deleted';
}

function patternWords(pattern: unknown): string {
  if (typeof pattern !== 'string') return '';
  const [, digits] = /^\^(?:\[0-9\]|\\d)\{(\d+)\}\$$/.exec(pattern) ?? [];
  return digits === undefined ? `like ${pattern}` : countOf(Number(digits), 'digit');
}

function range(from: unknown, to: unknown, noun: string): string {
  const least = typeof from === 'number' && from > 0 ? from : undefined;
  const most = typeof to === 'number' ? to : undefined;
  if (least === undefined) return most === undefined ? '' : `up to ${countOf(most, noun)}`;
  if (most === undefined) return `at least ${countOf(least, noun)}`;
  return least === most ? countOf(least, noun) : `${toNumber(least)} to ${countOf(most, noun)}`;
}

function bounds(from: unknown, to: unknown): string {
  const least = typeof from === 'number' ? from : undefined;
  const most = typeof to === 'number' ? to : undefined;
  if (least === undefined) return most === undefined ? '' : `at most ${most}`;
  return most === undefined ? `at least ${least}` : `${least} to ${most}`;
}

function oneOf(values: readonly unknown[]): string {
  const shown = values.slice(0, 4).map((value) => String(value));
  return `one of ${shown.join(', ')}${values.length > 4 ? ` and ${values.length - 4} more` : ''}`;
}

function short(value: unknown): string {
  const text = typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
