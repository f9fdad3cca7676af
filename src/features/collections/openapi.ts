import type { OpenApiPart } from '../../core/open-api-part.ts';
import { takeSchemaName } from '../../lib/schema-name.ts';
import type { JsonSchema } from './fields/field-type.ts';
import type { LiveCollection } from './live-collection.ts';
import { type Access, OPERATIONS } from './schema.ts';

/** Named schemas and routes of every given collection, with its own fields. */
export function describeCollections(
  collections: readonly LiveCollection[],
  takenNames: Iterable<string>,
): OpenApiPart {
  const taken = new Set(takenNames);
  const schemas: Record<string, JsonSchema> = {};
  const paths: Record<string, JsonSchema> = {};
  for (const { collection, compiled } of collections) {
    const name = takeSchemaName(collection.name, ['', 'Create', 'Update', 'List'], taken);
    schemas[name] = recordSchema(compiled.recordSchema);
    schemas[`${name}Create`] = compiled.createSchema;
    schemas[`${name}Update`] = compiled.updateSchema;
    schemas[`${name}List`] = listSchema(name);
    const path = `/api/collections/${collection.name}/records`;
    const { access } = collection.options;
    const who = OPERATIONS.map((operation) => `${operation}: ${access[operation]}`).join(', ');
    paths[path] = {
      get: {
        ...operation({
          id: `list${name}`,
          summary: `List records of ${collection.label}`,
          tag: collection.name,
          who,
          access: access.list,
        }),
        parameters: LIST_PARAMETERS,
        responses: { 200: json(`${name}List`, 'A page of records') },
      },
      post: {
        ...operation({
          id: `create${name}`,
          summary: `Create a record in ${collection.label}`,
          tag: collection.name,
          who,
          access: access.create,
        }),
        requestBody: { required: true, ...content(`${name}Create`) },
        responses: { 201: json(name, 'The new record') },
      },
    };
    paths[`${path}/{id}`] = {
      parameters: [
        { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
      ],
      get: {
        ...operation({
          id: `get${name}`,
          summary: `Read a record of ${collection.label}`,
          tag: collection.name,
          who,
          access: access.read,
        }),
        responses: { 200: json(name, 'The record') },
      },
      patch: {
        ...operation({
          id: `update${name}`,
          summary: `Change a record of ${collection.label}`,
          tag: collection.name,
          who,
          access: access.update,
        }),
        requestBody: { required: true, ...content(`${name}Update`) },
        responses: { 200: json(name, 'The record after the change') },
      },
      delete: {
        ...operation({
          id: `delete${name}`,
          summary: `Delete a record of ${collection.label}`,
          tag: collection.name,
          who,
          access: access.delete,
        }),
        responses: { 204: { description: 'Deleted' } },
      },
    };
  }
  return { schemas, paths };
}

const LIST_PARAMETERS = [
  {
    name: 'limit',
    in: 'query',
    schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
  },
  { name: 'offset', in: 'query', schema: { type: 'integer', minimum: 0, default: 0 } },
  {
    name: 'sort',
    in: 'query',
    schema: { type: 'string', default: '-created_at' },
    description: 'Fields, comma separated; a minus sorts downwards',
  },
];

interface OperationFacts {
  readonly id: string;
  readonly summary: string;
  readonly tag: string;
  readonly who: string;
  readonly access: Access;
}

function operation({ id, summary, tag, who, access }: OperationFacts): JsonSchema {
  return {
    operationId: id,
    summary,
    description: `Who may: ${who}.`,
    tags: [tag],
    // An owner is somebody who is signed in.
    'x-access': access === 'owner' ? 'auth' : access,
  };
}

function content(schema: string): JsonSchema {
  return {
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
  };
}

function json(schema: string, description: string): JsonSchema {
  return { description, ...content(schema) };
}

function recordSchema(data: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: {
      id: { type: 'string', format: 'uuid' },
      collection_id: { type: 'string', format: 'uuid' },
      owner_id: { anyOf: [{ type: 'string', format: 'uuid' }, { type: 'null' }] },
      data,
      created_at: { type: 'string', format: 'date-time' },
      updated_at: { type: 'string', format: 'date-time' },
    },
    required: ['id', 'collection_id', 'owner_id', 'data', 'created_at', 'updated_at'],
    additionalProperties: false,
  };
}

function listSchema(name: string): JsonSchema {
  return {
    type: 'object',
    properties: {
      items: { type: 'array', items: { $ref: `#/components/schemas/${name}` } },
      total: { type: 'integer' },
      page: { type: 'integer' },
      page_size: { type: 'integer' },
    },
    required: ['items', 'total', 'page', 'page_size'],
    additionalProperties: false,
  };
}
