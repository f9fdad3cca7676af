import { describe, expect, test } from 'bun:test';
import { describeCollections } from '../../../src/features/collections/openapi.ts';
import { DEFAULT_ACCESS } from '../../../src/features/collections/schema.ts';
import type { LooseField } from '../records/data-app.ts';
import { compile } from './compile-fields.ts';

function live(name: string, ...fields: readonly LooseField[]) {
  const { compiled } = compile(...fields);
  const collection = {
    id: name,
    name,
    label: name,
    schema: { fields: compiled.fields },
    options: { access: DEFAULT_ACCESS },
    created_at: '',
    updated_at: '',
  };
  return { collection, compiled };
}

const people = live('people', { name: 'name', type: 'string', required: true });
const things = live(
  'things',
  { name: 'title', type: 'string', required: true, description: 'What it is called.' },
  { name: 'maker', type: 'reference', collection: 'people' },
  { name: 'keeper', type: 'reference', collection: 'users' },
  { name: 'tags', type: 'list[string]' },
  { name: 'price', type: 'float', required: true, read: 'auth', write: 'admin' },
);
const { schemas = {}, paths = {} } = describeCollections([things, people], []);

interface Parameter {
  readonly name: string;
  readonly description?: string;
  readonly schema: { readonly enum?: readonly string[] };
}
interface Operation {
  readonly parameters: readonly Parameter[];
}
function parametersOf(path: string, method: 'get' | 'post'): readonly Parameter[] {
  const operations = paths[path] as Record<string, Operation>;
  return operations[method]?.parameters ?? [];
}
const namesOf = (parameters: readonly Parameter[]) => parameters.map(({ name }) => name);

describe('the document of a collection', () => {
  test('names every parameter of a list', () => {
    const names = 'limit offset cursor sort sort_by sort_order filter count fields'.split(' ');
    expect(namesOf(parametersOf('/api/collections/people/records', 'get'))).toEqual(names);
    const parameters = parametersOf('/api/collections/things/records', 'get');
    expect(namesOf(parameters)).toEqual([...names, 'expand']);
    const { schema } = parameters.find(({ name }) => name === 'sort_by') ?? {};
    expect(schema?.enum).toEqual(
      'title maker keeper price id owner_id created_at updated_at'.split(' '),
    );
    const filter = parameters.find(({ name }) => name === 'filter');
    expect(filter?.description).toContain('filter[title]');
  });

  test('shows how a single record is narrowed and expanded', () => {
    const path = '/api/collections/things/records/{id}';
    expect(namesOf(parametersOf(path, 'get'))).toEqual(['fields', 'expand']);
    expect(namesOf(parametersOf('/api/collections/people/records/{id}', 'get'))).toEqual([
      'fields',
    ]);
    expect(parametersOf(path, 'get')[1]?.description).toContain('maker, keeper');
  });

  test('shows how a retry of a create is made safe', () => {
    expect(namesOf(parametersOf('/api/collections/people/records', 'post'))).toEqual([
      'id',
      'owner_id',
    ]);
  });

  test('says what stands under expanded: the record by its schema, a user as an object, or null', () => {
    expect(schemas.Things?.properties).toMatchObject({
      expanded: {
        properties: {
          maker: { anyOf: [{ $ref: '#/components/schemas/People' }, { type: 'null' }] },
          keeper: { anyOf: [{ type: 'object' }, { type: 'null' }] },
        },
      },
    });
    expect(Object.keys(schemas.People?.properties as object)).not.toContain('expanded');
    // A collection that the caller may not know of is not named by its schema either.
    const alone = describeCollections([things], []).schemas ?? {};
    expect(JSON.stringify(alone)).not.toContain('schemas/People');
  });

  test('has the cursor of the next page and a total and page that may be null', () => {
    expect(schemas.ThingsList).toMatchObject({
      properties: {
        total: { type: ['integer', 'null'] },
        page: { type: ['integer', 'null'] },
        next_cursor: { type: ['string', 'null'] },
      },
      required: ['items', 'total', 'page', 'page_size', 'next_cursor'],
    });
  });

  test('says who may read and write a field, which an answer to others then lacks', () => {
    const { createSchema, recordSchema } = things.compiled;
    const description = 'Who may read it: auth. Who may write it: admin.';
    expect(recordSchema.properties).toMatchObject({
      title: { description: 'What it is called.' },
      price: { description },
    });
    expect(recordSchema.required).toEqual(['title']);
    expect(createSchema.required).toEqual(['title', 'price']);
  });

  test('leads nowhere that is not in it', () => {
    const refs = JSON.stringify({ schemas, paths }).matchAll(/#\/components\/schemas\/(\w+)/g);
    const names = [...refs].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) expect(Object.keys(schemas)).toContain(name);
  });
});
