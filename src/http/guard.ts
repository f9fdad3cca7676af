import type { TSchema } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { type Actor, ANONYMOUS } from '../core/actor.ts';
import { AppError } from '../core/errors.ts';
import { createBodyHook, DEFAULT_MAX_BODY_BYTES } from './json-body.ts';
import { createQueryReader, type QueryReader, toPlainSchema } from './query.ts';
import { requestContext } from './request-context.ts';
import { requireRule, scopeRuleOf } from './scopes.ts';
import { withoutSource } from './without-source.ts';

/** Finds out who asks, from the bearer token or the session cookie; throws when the token is no good. */
export type Authenticate = (request: Request) => Actor;

/**
 * Who may call a route at all; which rows they see is the services' business.
 * `open` is for routes that must work with a stale token: it is not even looked at.
 */
export type RouteAccess = 'open' | 'public' | 'auth' | 'admin';

export interface GuardOptions {
  readonly maxBodyBytes?: number;
}

/** The options of a route, as far as this file reads and changes them. */
interface RouteOptions {
  body?: TSchema;
  query?: TSchema;
  anyQuery?: boolean;
  parse?: unknown;
  beforeHandle?: unknown;
  detail?: Record<string, unknown>;
}

/**
 * Adds the route option `access`, and `actor` to the handler. With it come the scopes that an API
 * token needs (scopes.ts, by the route's operationId), the strict query and the strict body: who may
 * not call a route is told so before a byte of the body is read, and a fault is described by us and
 * not by Elysia, which prints the whole body into each of its errors.
 * `anyQuery: true` leaves the query to the handler.
 */
export function createGuard(authenticate: Authenticate, options: GuardOptions = {}) {
  const { maxBodyBytes = DEFAULT_MAX_BODY_BYTES } = options;
  return new Elysia({ name: 'guard' }).macro({
    anyQuery: (_isAny: boolean) => ({}),
    access: (level: RouteAccess) => {
      let readQuery: QueryReader | undefined;
      let rule = scopeRuleOf(undefined);
      // Records and function calls are not noted: they are spared the copy.
      const mayBeNoted = level === 'auth' || level === 'admin';
      return {
        introspect(options: unknown) {
          const route = options as RouteOptions;
          rule = scopeRuleOf(route.detail?.operationId);
          if (route.anyQuery !== true) readQuery = createLazyReader(route.query);
          takeSchemas(route, level, maxBodyBytes);
        },
        // Synchronous on purpose: an async resolve costs a third of the read throughput.
        resolve: withoutSource(({ request }: { readonly request: Request }): { actor: Actor } => {
          const actor = level === 'open' ? ANONYMOUS : authenticate(request);
          if (level === 'auth' || level === 'admin') requireSignedIn(actor);
          if (level === 'admin' && actor.kind !== 'admin')
            throw new AppError('forbidden', 'Only an admin may do this.');
          if (actor.scopes !== undefined) requireRule(actor, rule);
          const known = mayBeNoted ? withCaller(actor, request) : actor;
          if (readQuery === undefined) return { actor: known };
          const found = { actor: known, query: readQuery(request.url) };
          return found;
        }),
      };
    },
  });
}
export type Guard = ReturnType<typeof createGuard>;

/** The actor with where the request came from. Actors are remembered by token, so each gets a copy. */
export function withCaller(actor: Actor, request: Request): Actor {
  if (actor.kind === 'system') return actor;
  return { ...actor, caller: requestContext(request) };
}

/** Moves the schemas away from Elysia's validation, to where the OpenAPI document finds them. */
function takeSchemas(route: RouteOptions, level: RouteAccess, maxBodyBytes: number): void {
  const { body, query } = route;
  route.detail = {
    'x-access': level,
    ...route.detail,
    ...(body === undefined ? {} : { 'x-body': body }),
    ...(query === undefined ? {} : { 'x-query': toPlainSchema(query) }),
  };
  delete route.query;
  if (body === undefined) return;
  delete route.body;
  route.parse = 'none';
  const others = route.beforeHandle === undefined ? [] : [route.beforeHandle].flat();
  route.beforeHandle = [createBodyHook(body, maxBodyBytes), ...others];
}

/** Builds the reader on first use: a start with hundreds of routes does not wait for them. */
function createLazyReader(schema: TSchema | undefined): QueryReader {
  let reader: QueryReader | undefined;
  return (url) => {
    reader ??= createQueryReader(schema);
    return reader(url);
  };
}

function requireSignedIn(actor: Actor): void {
  if (actor.kind === 'anonymous')
    throw new AppError(
      'unauthenticated',
      'Sign in first: send the header Authorization: Bearer <token>.',
    );
}
