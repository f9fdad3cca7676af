import { type AnyElysia, Elysia } from 'elysia';
import { type Actor, hasScope } from '../core/actor.ts';
import type { OpenApiPart } from '../core/open-api-part.ts';
import { jsonAnswer } from './answer.ts';
import type { Authenticate } from './guard.ts';
import { ERROR_RESPONSES, ERROR_SCHEMAS } from './openapi-errors.ts';
import { addErrors, describeScope, toOperation, toSecurity } from './openapi-operation.ts';
import { createNamedSchemas, isObject, type JsonSchema } from './openapi-schema.ts';
import { requireRule, type ScopeRule, scopeRuleOf } from './scopes.ts';

export interface OpenApiOptions {
  /** Asked each time: an admin may change it. */
  readonly title: () => string;
  readonly version: string;
  /** The app with all its routes; asked for when the document is first made. */
  readonly app: () => AnyElysia;
  readonly authenticate: Authenticate;
  /** Collections and functions that the caller may list, read or call; the names are taken already. */
  readonly dynamic: (actor: Actor, takenNames: readonly string[]) => OpenApiPart;
  /** Changes whenever `dynamic` would answer something else. */
  readonly dynamicVersion: () => number;
}

export interface OpenApi {
  /** The document as JSON text, for the route and for the command line. */
  render(actor: Actor): Promise<string>;
  routes(): AnyElysia;
}

const DOCUMENT_PATH = '/openapi.json';
const DETAIL = { operationId: 'getOpenApi', hide: true };
const SWAGGER_PATH = '/swagger';

/**
 * The document of the API. What a caller may see depends on the kind of actor and, for functions,
 * on the scope to call them, so there is one document for each, made again when the version changes.
 */
export function createOpenApi(options: OpenApiOptions): OpenApi {
  const { title, version, app, authenticate, dynamic, dynamicVersion } = options;
  let fixed: Promise<FixedPart> | undefined;
  const rendered = new Map<string, { version: string; text: string }>();

  async function render(actor: Actor): Promise<string> {
    fixed ??= describeRoutes(app());
    const part = await fixed;
    const info = { title: title(), version };
    const current = `${dynamicVersion()} ${info.title}`;
    const key = `${actor.kind} ${hasScope(actor, 'functions:call')}`;
    const found = rendered.get(key);
    if (found?.version === current) return found.text;
    const text = JSON.stringify(join(info, part, dynamic(actor, Object.keys(part.schemas))));
    rendered.set(key, { version: current, text });
    return text;
  }

  return {
    render,
    routes: () =>
      new Elysia({ name: 'openapi' }).get(
        DOCUMENT_PATH,
        async ({ request }) => {
          const actor = authenticate(request);
          requireRule(actor, scopeRuleOf(DETAIL.operationId));
          return jsonAnswer(request, await render(actor), {
            headers: { 'cache-control': 'no-cache', vary: 'Authorization, Cookie' },
          });
        },
        { detail: DETAIL },
      ),
  };
}

interface FixedPart {
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  readonly tags: readonly string[];
}

/** Takes the plugin's document of all routes (3.0.3 in its own dialect) and says it in 3.1. */
async function describeRoutes(app: AnyElysia): Promise<FixedPart> {
  // Loaded by the first request: a server whose document nobody reads starts without it.
  const { swagger } = await import('@elysiajs/swagger');
  const host = new Elysia({ strictPath: true }).use(app).use(swagger({ path: SWAGGER_PATH }));
  const answer = await host.handle(new Request(`http://localhost${SWAGGER_PATH}/json`));
  const document: unknown = await answer.json();
  const named = createNamedSchemas();
  const paths: Record<string, Record<string, JsonSchema>> = {};
  const tags = new Set<string>();
  for (const [path, item] of entriesOf(isObject(document) ? document.paths : undefined)) {
    const operations: Record<string, JsonSchema> = {};
    for (const [method, operation] of entriesOf(item)) {
      if (!isObject(operation)) continue;
      operations[method] = toOperation(path, operation, named);
      if (Array.isArray(operation.tags)) for (const tag of operation.tags) tags.add(String(tag));
    }
    paths[path] = operations;
  }
  return { schemas: named.schemas, paths, tags: [...tags] };
}

function join(
  info: { readonly title: string; readonly version: string },
  fixed: FixedPart,
  part: OpenApiPart,
): JsonSchema {
  const named = createNamedSchemas();
  const schemas = Object.fromEntries(
    Object.entries(part.schemas).map(([name, schema]) => {
      // Its place in the document is its name; a $id beside it would be a second one.
      const { $id: _, ...rest } = schema;
      return [name, named.toClean(rest)];
    }),
  );
  const tags = new Set(fixed.tags);
  const paths: Record<string, unknown> = { ...fixed.paths };
  const findRoute = createRouteFinder(fixed);
  for (const [path, item] of Object.entries(part.paths)) {
    const route = findRoute(path);
    paths[path] = Object.fromEntries(
      Object.entries(item).map(([key, value]) => [
        key,
        isObject(value) && 'responses' in value
          ? addErrors(path, {
              ...value,
              security: toSecurity(value['x-access']),
              ...describeScope(value.description, ruleOf(route?.[key])),
            })
          : value,
      ]),
    );
    for (const value of Object.values(item))
      if (isObject(value) && Array.isArray(value.tags)) for (const tag of value.tags) tags.add(tag);
  }
  return {
    openapi: '3.1.0',
    info: {
      ...info,
      description: 'Records, accounts and functions of this server.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...tags].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...fixed.schemas, ...named.schemas, ...schemas, ...ERROR_SCHEMAS },
      responses: ERROR_RESPONSES,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A session or API token.' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'tb_session' },
      },
    },
  };
}

/** Finds the route behind the path of one collection or function. */
function createRouteFinder({ paths }: FixedPart) {
  const routes = Object.entries(paths).map(([path, item]) => {
    const source = path
      .split(/\{[^}]+\}/)
      .map((part) => part.replace(/[.*+?^$()|[\]\\]/g, '\\$&'))
      .join('[^/]+');
    return [new RegExp(`^${source}$`), item] as const;
  });
  return (path: string) => routes.find(([pattern]) => pattern.test(path))?.[1];
}

function ruleOf(operation: JsonSchema | undefined): ScopeRule {
  return scopeRuleOf(operation?.operationId);
}

function entriesOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}
