import type { OpenApiPart } from '../../core/open-api-part.ts';
import { takeSchemaName } from '../../lib/schema-name.ts';
import { type JsonSchema, toComponents } from './component-schemas.ts';
import type { FunctionInfo } from './schema.ts';

/** Named schemas and the route of every given function, with its own input and output. */
export function describeFunctions(
  functions: readonly FunctionInfo[],
  takenNames: Iterable<string>,
): OpenApiPart {
  const taken = new Set(takenNames);
  const schemas: Record<string, JsonSchema> = {};
  const paths: Record<string, JsonSchema> = {};
  for (const info of functions) {
    const { name, input_schema, output_schema } = info;
    const base = takeSchemaName(name, ['Input', 'Output'], taken);
    if (input_schema) Object.assign(schemas, toComponents(input_schema, `${base}Input`, taken));
    if (output_schema) Object.assign(schemas, toComponents(output_schema, `${base}Output`, taken));
    paths[`/api/functions/${name}`] = { post: describeCall(info, base) };
  }
  return { schemas, paths };
}

function describeCall(info: FunctionInfo, base: string): JsonSchema {
  const { name, description, auth, output_schema } = info;
  const result = output_schema ? reference(`${base}Output`) : {};
  return {
    operationId: `call${base}`,
    summary: description ?? `Call ${name}`,
    description: [
      `Who may: ${auth}.`,
      ...(info.raw_body ? ['It takes a body of any type, as it comes.'] : []),
    ].join(' '),
    tags: ['functions'],
    'x-access': auth,
    requestBody: describeBody(info, base),
    responses: {
      200: {
        description: info.raw_body
          ? 'The call went well; a function may also answer by itself'
          : 'The call went well',
        content: { ...json(callAnswer(result)), ...(info.raw_body ? ANYTHING : {}) },
      },
      404: { $ref: '#/components/responses/NotFound' },
      429: { description: 'Too many calls at once; Retry-After says when', content: ERROR },
      500: { description: 'The call failed', content: FAILED },
      503: {
        description: 'No worker was free, or another call ended it; Retry-After says when',
        content: json({ anyOf: [reference('CallFailed'), reference('Error')] }),
      },
      504: { description: 'It took too long', content: FAILED },
    },
  };
}

function describeBody({ raw_body, input_schema }: FunctionInfo, base: string): JsonSchema {
  if (raw_body) return { required: false, content: ANYTHING };
  return input_schema
    ? { required: true, content: json(reference(`${base}Input`)) }
    : { required: false, content: json({}) };
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
const ANYTHING: JsonSchema = { '*/*': { schema: { type: 'string', format: 'binary' } } };
const FAILED = json(reference('CallFailed'));
const ERROR = json(reference('Error'));
