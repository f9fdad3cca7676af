import {
  ACCESS_LEVELS,
  type AccessLevel,
  type AccessRules,
  type CollectionCreate,
  type Json,
  OPERATIONS,
  type Operation,
} from '../../api/types.ts';
import { isJsonObject } from '../../components/fields/values.ts';
import { DEFAULT_ACCESS } from './access.ts';
import { NAME, NAME_RULE } from './schema/check.ts';
import type { Definition } from './schema/definition.ts';
import { readJson, readSchema, type TextFault, toTextFault } from './schema/json-text.ts';

/** Why a name cannot be given to a collection; undefined when it can. */
export function nameFault(name: string, taken: readonly string[]): string | undefined {
  if (name === '') return 'A collection needs a name.';
  if (!NAME.test(name)) return `${NAME_RULE} expected.`;
  if (name === 'users' || name.startsWith('tb_'))
    return `${name} is kept for TinyBase itself. Choose another name.`;
  return taken.includes(name) ? `There is a collection ${name} already.` : undefined;
}

/** "Stock moves" → stock_moves, as far as a name can be made of it. */
export function nameFrom(label: string): string {
  return label
    .normalize('NFD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^[_0-9]+|_+$/g, '')
    .slice(0, 63);
}

export interface ReadCollection {
  readonly faults: readonly TextFault[];
  readonly fields?: readonly Definition[];
  readonly name?: string;
  readonly label?: string;
  readonly access?: AccessRules;
}

/** A whole collection as the API answers it, or its schema alone. */
export function readCollectionText(text: string): ReadCollection {
  const { value, faults } = readJson(text);
  if (value === undefined) return { faults };
  const whole = isJsonObject(value) && value.schema !== undefined ? value : undefined;
  const found =
    whole?.schema !== undefined
      ? readSchema(whole.schema, text, [], ['schema'])
      : readSchema(value, text, []);
  if (!found.fields) return { faults: found.faults };
  // A copy has nothing to rename.
  const fields = found.fields.map(({ was: _was, ...field }) => field);
  if (!whole) return { faults: [], fields };
  const { name, label, options } = whole;
  const { access, faults: accessFaults } = readAccess(options, text);
  if (accessFaults.length > 0) return { faults: accessFaults };
  return {
    faults: [],
    fields,
    ...(typeof name === 'string' && { name }),
    ...(typeof label === 'string' && { label }),
    ...(access && { access }),
  };
}

/** Levels that are not said are the defaults. */
function readAccess(
  options: Json | undefined,
  text: string,
): { readonly access?: AccessRules; readonly faults: readonly TextFault[] } {
  if (!isJsonObject(options) || !isJsonObject(options.access)) return { faults: [] };
  const access: Record<Operation, AccessLevel> = { ...DEFAULT_ACCESS };
  const faults: TextFault[] = [];
  for (const [key, value] of Object.entries(options.access)) {
    const operation = OPERATIONS.find((each) => each === key);
    const level = ACCESS_LEVELS.find((each) => each === value);
    if (operation && level) access[operation] = level;
    else {
      const msg = operation
        ? `One of ${ACCESS_LEVELS.join(', ')} expected.`
        : `${key} is not an operation. Operations are ${OPERATIONS.join(', ')}.`;
      faults.push(toTextFault({ loc: ['options', 'access', key], msg }, text));
    }
  }
  return { access, faults };
}

export function createBody(
  name: string,
  label: string,
  fields: readonly Definition[],
  access: AccessRules,
): CollectionCreate {
  return {
    name,
    ...(label.trim() === '' ? {} : { label: label.trim() }),
    schema: { fields },
    options: { access },
  };
}
