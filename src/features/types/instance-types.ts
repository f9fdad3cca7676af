import { createPacer } from '../../lib/pacer.ts';
import { takeSchemaName } from '../../lib/schema-name.ts';
import type { NamedField } from '../collections/schema.ts';
import type { LiveCollection } from '../collections/service.ts';
import type { FunctionInfo } from '../functions/schema.ts';
import { declareSchema } from './json-schema-type.ts';
import { commentOf, indent, toKey } from './type-text.ts';

export interface Instance {
  readonly collections: readonly LiveCollection[];
  readonly functions: readonly FunctionInfo[];
}

const NAME_OF_USERS = 'users';

/**
 * Declarations of the types of every collection and function, and the interfaces Collections and
 * Functions that lead to them. They stand beside `neighbour`, whose names they leave alone.
 */
export async function declareInstance(
  { collections, functions }: Instance,
  neighbour: string,
): Promise<string> {
  // The names of the language's own types too, as far as the neighbour uses them.
  const taken = new Set(neighbour.match(/\b[A-Z]\w*/g));
  const takeName = (wish: string) => takeSchemaName(wish, [''], taken);
  const names = new Map(
    collections.map(({ collection: { name } }) => [
      name,
      takeSchemaName(name, ['', 'Create', 'Update', 'Expanded'], taken),
    ]),
  );
  const pacer = createPacer();
  const declarations: string[] = [];
  const members = { collections: [] as string[], functions: [] as string[] };
  for (const live of collections) {
    const name = names.get(live.collection.name) ?? live.collection.name;
    const { recordSchema, createSchema, updateSchema, fields } = live.compiled;
    const { label } = live.collection;
    const say = (description: string, schema: object) => ({ ...schema, description });
    declarations.push(
      ...declareSchema(say(`The data of a record of ${label}.`, recordSchema), { name, takeName }),
      ...declareSchema(say(`The data of a new record of ${label}.`, createSchema), {
        name: `${name}Create`,
        takeName,
      }),
      ...declareSchema(say(`A change of a record of ${label}.`, updateSchema), {
        name: `${name}Update`,
        takeName,
      }),
      declareExpanded(`${name}Expanded`, label, fields, names),
    );
    members.collections.push(
      `${toKey(live.collection.name)}: { record: ${name}; create: ${name}Create; update: ${name}Update; expanded: ${name}Expanded }`,
    );
    if (pacer.isDue()) await pacer.rest();
  }
  for (const { name, description, input_schema, output_schema } of functions) {
    const base = takeSchemaName(toWords(name), ['Input', 'Output'], taken);
    const typeOf = (what: 'Input' | 'Output', schema: object | null) => {
      if (schema === null) return 'unknown';
      declarations.push(...declareSchema(schema, { name: `${base}${what}`, takeName }));
      return `${base}${what}`;
    };
    const input = typeOf('Input', input_schema);
    const output = typeOf('Output', output_schema);
    members.functions.push(
      `${commentOf([description ?? undefined])}${toKey(name)}: { input: ${input}; output: ${output} }`,
    );
    if (pacer.isDue()) await pacer.rest();
  }
  return [
    ...declarations,
    declareMembers(
      'Collections',
      'The types of each collection, by its name.',
      members.collections,
    ),
    declareMembers(
      'Functions',
      'What each function takes and answers, by its name.',
      members.functions,
    ),
  ].join('\n\n');
}

/** What the references of a record lead to, for whoever asks to expand them. */
function declareExpanded(
  name: string,
  label: string,
  fields: readonly NamedField[],
  names: ReadonlyMap<string, string>,
): string {
  const members = fields.flatMap(({ name: field, type, collection = '' }) => {
    if (type !== 'reference') return [];
    const target = names.get(collection);
    const item =
      collection === NAME_OF_USERS ? 'User' : `RecordItem<${target ?? 'Record<string, unknown>'}>`;
    return [`${toKey(field)}?: ${item} | null`];
  });
  const comment = commentOf([`What the references of a record of ${label} lead to.`]);
  return `${comment}export type ${name} = ${toBlock(members)};`;
}

function declareMembers(name: string, comment: string, members: readonly string[]): string {
  return `${commentOf([comment])}export interface ${name} ${toBlock(members)}`;
}

function toBlock(members: readonly string[]): string {
  if (members.length === 0) return '{}';
  return `{\n${members.map((member) => `  ${indent(member)};`).join('\n')}\n}`;
}

/** A function's name with nothing in it but what a type's name may hold. */
function toWords(name: string): string {
  const words = name.replaceAll(/[^A-Za-z0-9_]+/g, '_');
  return /^[A-Za-z]/.test(words) ? words : `function_${words}`;
}
