import type { CollectionCreate, CollectionSchema, Json } from '../../api/types.ts';
import { type AccessRules, DEFAULT_ACCESS } from './access.ts';
import { NAME, NAME_RULE } from './schema/check.ts';
import { type Definition, isDefinition } from './schema/definition.ts';
import { readJson, readSchema, type TextFault } from './schema/json-text.ts';

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
  const isWhole = isDefinition(value) && value.schema !== undefined;
  const found = isWhole
    ? readSchema(value.schema as Json, text, [], ['schema'])
    : readSchema(value, text, []);
  if (!found.fields) return { faults: found.faults };
  // A copy has nothing to rename.
  const fields = found.fields.map(({ was: _was, ...field }) => field);
  if (!isWhole || !isDefinition(value)) return { faults: [], fields };
  const access =
    isDefinition(value.options) && isDefinition(value.options.access)
      ? ({ ...DEFAULT_ACCESS, ...value.options.access } as AccessRules)
      : undefined;
  return {
    faults: [],
    fields,
    ...(typeof value.name === 'string' && { name: value.name }),
    ...(typeof value.label === 'string' && { label: value.label }),
    ...(access && { access }),
  };
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
    schema: { fields } as unknown as CollectionSchema,
    options: { access },
  };
}
