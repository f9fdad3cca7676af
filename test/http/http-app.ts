import { Type } from '@sinclair/typebox';
import { type AnyElysia, Elysia } from 'elysia';
import { type Actor, ANONYMOUS } from '../../src/core/actor.ts';
import { systemClock } from '../../src/core/clock.ts';
import { AppError } from '../../src/core/errors.ts';
import { createLogger, type LogLevel } from '../../src/core/logger.ts';
import { createAnswers } from '../../src/http/answer.ts';
import type { BodyBudget } from '../../src/http/body-budget.ts';
import { createCors } from '../../src/http/cors.ts';
import { createErrorHandler } from '../../src/http/error-handler.ts';
import { createGuard, type Guard } from '../../src/http/guard.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { createServer } from '../../src/http/server.ts';
import { newId } from '../../src/lib/ids.ts';

export interface HttpAppOptions {
  readonly origins?: readonly string[];
  readonly isDebug?: boolean;
  readonly logLevel?: LogLevel;
  readonly maxBodyBytes?: number;
  readonly timeoutSeconds?: number;
  readonly bodies?: BodyBudget;
  readonly isProxyTrusted?: boolean;
  readonly port?: number;
  readonly host?: string;
  readonly routes?: (guard: Guard) => AnyElysia | Promise<AnyElysia>;
}

export const ADMIN: Actor = { kind: 'admin', id: 'a', email: 'a@example.com', tokenId: 't' };
export const ANN: Actor = { kind: 'user', id: 'u', email: 'ann@example.com', tokenId: 't' };

/** Tokens of the tests: admin, ann; every other one is no good. */
export function authenticate(request: Request): Actor {
  const header = request.headers.get('authorization');
  if (header === null) return ANONYMOUS;
  if (header === 'Bearer admin') return ADMIN;
  if (header === 'Bearer ann') return ANN;
  throw new AppError('unauthenticated', 'The token is no good.');
}

export const Post = Type.Object(
  {
    title: Type.String({ minLength: 2, maxLength: 10 }),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    is_draft: Type.Optional(Type.Boolean()),
    status: Type.Optional(Type.Union([Type.Literal('draft'), Type.Literal('published')])),
    tags: Type.Optional(Type.Array(Type.String({ maxLength: 3 }), { maxItems: 3 })),
    note: Type.Optional(Type.Union([Type.String({ maxLength: 3 }), Type.Null()])),
  },
  { $id: 'Post', additionalProperties: false },
);

/** A whole HTTP layer around a few routes, as app.ts builds it. */
export async function createHttpApp(options: HttpAppOptions = {}) {
  const lines: string[] = [];
  const logger = createLogger({
    level: options.logLevel ?? 'info',
    format: 'json',
    write: (line) => void lines.push(line),
  });
  const metrics = createMetrics();
  const errors = createErrorHandler({
    logger,
    isDebug: options.isDebug ?? false,
    routes: () => app.routes,
  });
  const guard = createGuard(
    authenticate,
    options.maxBodyBytes === undefined ? {} : { maxBodyBytes: options.maxBodyBytes },
  );
  const app = new Elysia({
    normalize: false,
    strictPath: true,
    handler: { standardHostname: false },
  })
    .use(createCors(options.origins ?? []))
    .use(errors.plugin)
    .use(createAnswers(errors.toAnswer))
    .use((await options.routes?.(guard)) ?? new Elysia());
  const server = createServer({
    handler: app,
    errors,
    logger,
    metrics,
    clock: systemClock,
    newId,
    ...(options.bodies === undefined ? {} : { bodies: options.bodies }),
    config: {
      host: options.host ?? '127.0.0.1',
      port: options.port ?? 0,
      max_body_mb: 1,
      max_upload_mb: 2,
      request_timeout_seconds: options.timeoutSeconds ?? 30,
      trust_proxy: options.isProxyTrusted ?? false,
    },
  });

  async function call(method: string, path: string, extra: CallOptions = {}) {
    const response = await server.fetch(
      new Request(`http://localhost${path}`, {
        method,
        headers: {
          ...(extra.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(extra.as === undefined ? {} : { authorization: `Bearer ${extra.as}` }),
          ...extra.headers,
        },
        ...(extra.body === undefined
          ? {}
          : { body: isRaw(extra.body) ? extra.body : JSON.stringify(extra.body) }),
      }),
    );
    const { status, headers } = response;
    const text = await response.text();
    const isJson = headers.get('content-type')?.startsWith('application/json') && text !== '';
    return { status, headers, text, body: isJson ? JSON.parse(text) : undefined };
  }

  return { app, server, metrics, guard, lines, call };
}

export interface CallOptions {
  readonly body?: unknown;
  readonly as?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function isRaw(body: unknown): body is string | Uint8Array<ArrayBuffer> | ReadableStream {
  return typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream;
}

/** Routes with one of each kind; enough for errors, bodies and queries. */
export function exampleRoutes(guard: Guard) {
  return new Elysia({ prefix: '/api/posts', tags: ['posts'] })
    .use(guard)
    .get('/', ({ query, actor }) => ({ query, who: actor.kind }), {
      access: 'public',
      query: Type.Object(
        {
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
          offset: Type.Optional(Type.Integer({ minimum: 0 })),
          is_draft: Type.Optional(Type.Boolean()),
          sort_order: Type.Optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')])),
          search: Type.Optional(Type.String({ maxLength: 5 })),
        },
        { patternProperties: { '^filter\\[[a-z_]+\\]$': Type.String() } },
      ),
      detail: { operationId: 'listPosts', 'x-response': { 200: Type.Array(Post) } } as object,
    })
    .post(
      '/',
      ({ body, set }) => {
        set.status = 201;
        set.headers['x-made'] = 'yes';
        return body;
      },
      {
        access: 'auth',
        body: Post,
        detail: { operationId: 'createPost', 'x-response': { 201: Post } } as object,
      },
    )
    .post('/any', ({ body }) => ({ body }), { access: 'public', body: Type.Unknown() })
    .post('/maybe', ({ body }) => ({ got: body ?? 'nothing' }), {
      access: 'public',
      body: Type.Optional(Type.Object({})),
    })
    .get('/:id', ({ params }) => ({ id: params.id }), {
      access: 'public',
      params: Type.Object({ id: Type.String({ maxLength: 8 }) }),
      detail: { operationId: 'getPost', 'x-response': { 200: Post } } as object,
    })
    .delete('/:id', () => new Response(null, { status: 204 }), { access: 'admin' });
}
