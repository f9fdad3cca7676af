import type { OpenApiPart } from '../../core/open-api-part.ts';
import { takeSchemaName } from '../../lib/schema-name.ts';
import type { JsonSchema, NamedField } from './fields/field-type.ts';
import type { LiveCollection } from './live-collection.ts';
import { CREATE_PARAMETERS, listParameters, showParameters } from './openapi-parameters.ts';
import { type Access, OPERATIONS } from './schema.ts';

/** Named schemas and routes of every given collection, with its own fields. */
export function describeCollections(
  collections: readonly LiveCollection[],
  takenNames: Iterable<string>,
): OpenApiPart {
  const taken = new Set(takenNames);
  const schemas: Record<string, JsonSchema> = {};
  const paths: Record<string, JsonSchema> = {};
  const names = new Map(
    collections.map(({ collection }) => [
      collection.name,
      takeSchemaName(collection.name, ['', 'Create', 'Update', 'List'], taken),
    ]),
  );
  for (const { collection, compiled } of collections) {
    const { fields } = compiled;
    const name = names.get(collection.name) ?? collection.name;
    schemas[name] = recordSchema(compiled.recordSchema, expandedSchema(fields, names));
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
        parameters: listParameters(fields),
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
        parameters: CREATE_PARAMETERS,
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
        parameters: showParameters(fields),
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

/** What the references of a record lead to, when somebody asks for it; undefined without any reference. */
function expandedSchema(
  fields: readonly NamedField[],
  names: ReadonlyMap<string, string>,
): JsonSchema | undefined {
  const references = fields.filter((field) => field.type === 'reference');
  if (references.length === 0) return undefined;
  const properties = references.map(({ name, collection = '' }) => {
    const target = names.get(collection);
    const shown = target ? { $ref: `#/components/schemas/${target}` } : { type: 'object' };
    return [name, { anyOf: [shown, { type: 'null' }] }] as const;
  });
  return {
    type: 'object',
    description: 'With expand: what the named fields refer to, null where it may not be read.',
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

function recordSchema(data: JsonSchema, expanded: JsonSchema | undefined): JsonSchema {
  return {
    type: 'object',
    properties: {
      id: { type: 'string', format: 'uuid' },
      collection_id: { type: 'string', format: 'uuid' },
      owner_id: { anyOf: [{ type: 'string', format: 'uuid' }, { type: 'null' }] },
      data,
      ...(expanded && { expanded }),
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
      total: { type: ['integer', 'null'], description: 'Null with count=false' },
      page: { type: ['integer', 'null'], description: 'From 1; null with a cursor' },
      page_size: { type: 'integer' },
      next_cursor: { type: ['string', 'null'], description: 'Null on the last page' },
    },
    required: ['items', 'total', 'page', 'page_size', 'next_cursor'],
    additionalProperties: false,
  };
}
