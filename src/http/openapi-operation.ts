import { refersTo } from './openapi-errors.ts';
import { isObject, type JsonSchema, type NamedSchemas } from './openapi-schema.ts';
import { type ScopeRule, scopeRuleOf } from './scopes.ts';

const JSON_TYPE = 'application/json';
const STATUS_TEXTS: Readonly<Record<string, string>> = {
  200: 'Done',
  201: 'Created',
  202: 'Accepted',
  204: 'Done; nothing to say',
};

/** One route as the plugin describes it, in OpenAPI 3.1 and with what our routes say about themselves. */
export function toOperation(path: string, found: JsonSchema, named: NamedSchemas): JsonSchema {
  const {
    'x-access': access,
    'x-body': body,
    'x-query': query,
    'x-body-types': bodyTypes,
    'x-response': responses,
    'x-response-types': responseTypes,
    parameters,
    requestBody: _requestBody,
    responses: _responses,
    ...rest
  } = found;
  const own = Array.isArray(parameters) ? parameters.filter(isPathParameter) : [];
  return addErrors(path, {
    ...rest,
    parameters: [
      ...own.map((parameter) => ({ ...parameter, schema: named.toClean(parameter.schema) })),
      ...toQueryParameters(query, named),
    ],
    ...(body === undefined ? {} : { requestBody: toRequestBody(body, bodyTypes, named) }),
    responses: toResponses(responses, responseTypes, named),
    security: toSecurity(access),
    ...(access === undefined ? {} : { 'x-access': access }),
    ...describeScope(rest.description, scopeRuleOf(rest.operationId)),
  });
}

/** What an API token needs for an operation: for people in its description, for programs as `x-scope`. */
export function describeScope(description: unknown, rule: ScopeRule): JsonSchema {
  if (rule === 'any') return {};
  const sentence =
    rule === 'session' ? 'Not for API tokens.' : `An API token needs the scope ${rule}.`;
  return {
    description: typeof description === 'string' ? `${description} ${sentence}` : sentence,
    ...(rule === 'session' ? {} : { 'x-scope': rule }),
  };
}

/** Adds the failures that any such operation can answer, unless it describes them itself. */
export function addErrors(path: string, operation: JsonSchema): JsonSchema {
  if (!isObject(operation.responses)) return operation;
  const { parameters, requestBody, 'x-access': access } = operation;
  const hasInput =
    requestBody !== undefined || (Array.isArray(parameters) && parameters.some(isQueryParameter));
  const isGuarded = access === 'auth' || access === 'admin';
  return {
    ...operation,
    responses: {
      ...(isGuarded ? { 401: refersTo('Unauthenticated'), 403: refersTo('Forbidden') } : {}),
      ...(path.includes('{') ? { 404: refersTo('NotFound') } : {}),
      ...(requestBody === undefined
        ? {}
        : {
            413: refersTo('TooLarge'),
            ...(takesAnything(requestBody) ? {} : { 415: refersTo('UnsupportedMediaType') }),
          }),
      ...(hasInput ? { 422: refersTo('InvalidInput') } : {}),
      default: refersTo('Failure'),
      ...operation.responses,
    },
  };
}

function takesAnything(requestBody: unknown): boolean {
  return isObject(requestBody) && isObject(requestBody.content) && '*/*' in requestBody.content;
}

function isPathParameter(parameter: unknown): parameter is JsonSchema {
  return isObject(parameter) && (parameter.in === 'path' || parameter.in === 'header');
}

function isQueryParameter(parameter: unknown): boolean {
  return isObject(parameter) && parameter.in === 'query';
}

function toQueryParameters(query: unknown, named: NamedSchemas): JsonSchema[] {
  if (!isObject(query) || !isObject(query.properties)) return [];
  const required = Array.isArray(query.required) ? query.required : [];
  return Object.entries(query.properties).map(([name, property]) => {
    const { description, ...schema } = named.toClean(property);
    return {
      name,
      in: 'query',
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema,
    };
  });
}

function toRequestBody(body: unknown, types: unknown, named: NamedSchemas): JsonSchema {
  return { required: true, content: toContent(body, types, named) };
}

/** JSON if nothing else is said; what is not JSON is text to the document. */
function toContent(schema: unknown, types: unknown, named: NamedSchemas): JsonSchema {
  const names = Array.isArray(types) ? types.map(String) : [JSON_TYPE];
  return Object.fromEntries(
    names.map((name) => [
      name,
      { schema: name === JSON_TYPE ? named.toClean(schema) : { type: 'string' } },
    ]),
  );
}

/** `types` are those of a success: failures are JSON. */
function toResponses(responses: unknown, types: unknown, named: NamedSchemas): JsonSchema {
  if (!isObject(responses)) return { 200: { description: 'Done' } };
  return Object.fromEntries(
    Object.entries(responses).map(([status, schema]) => {
      const description = STATUS_TEXTS[status] ?? `Status ${status}`;
      if (!isObject(schema)) return [status, { description }];
      const content = toContent(schema, Number(status) < 300 ? types : undefined, named);
      return [status, { description: String(schema.description ?? description), content }];
    }),
  );
}

/** Who has to show a token, by the route's access; an empty requirement means that nobody needs to. */
export function toSecurity(access: unknown): readonly JsonSchema[] {
  const either = [{ bearer: [] }, { cookie: [] }];
  if (access === 'auth' || access === 'admin') return either;
  return access === 'public' ? [{}, ...either] : [];
}
