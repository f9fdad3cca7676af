import type { OpenApiPart } from '../../core/open-api-part.ts';
import { takeSchemaName } from '../../lib/schema-name.ts';
import type { FunctionInfo } from './schema.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/** Named schemas and the route of every given function, with its own input and output. */
export function describeFunctions(
  functions: readonly FunctionInfo[],
  takenNames: Iterable<string>,
): OpenApiPart {
  const taken = new Set(takenNames);
  const schemas: Record<string, JsonSchema> = {};
  const paths: Record<string, JsonSchema> = {};
  for (const { name, description, auth, input_schema, output_schema } of functions) {
    const base = takeSchemaName(name, ['Input', 'Output'], taken);
    if (input_schema) schemas[`${base}Input`] = input_schema;
    if (output_schema) schemas[`${base}Output`] = output_schema;
    paths[`/api/functions/${name}`] = {
      post: {
        operationId: `call${base}`,
        summary: description ?? `Call ${name}`,
        description: `Who may: ${auth}.`,
        tags: ['functions'],
        'x-access': auth,
        ...(input_schema && {
          requestBody: { required: true, content: json(reference(`${base}Input`)) },
        }),
        responses: {
          200: {
            description: 'The call went well',
            content: json(callAnswer(output_schema ? reference(`${base}Output`) : {})),
          },
          500: { description: 'The call failed', content: json(reference('CallFailed')) },
          504: { description: 'It took too long', content: json(reference('CallFailed')) },
        },
      },
    };
  }
  return { schemas, paths };
}

function callAnswer(result: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: {
      call_id: { type: 'string', format: 'uuid' },
      status: { type: 'string', const: 'succeeded' },
      result,
    },
    required: ['call_id', 'status', 'result'],
  };
}

const reference = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: JsonSchema): JsonSchema => ({ 'application/json': { schema } });
