import { Elysia, ValidationError } from 'elysia';
import { AppError, type ErrorCode, type Fault } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { dressAnswer, jsonAnswer, takeOverSet } from './answer.ts';
import { type FaultRoot, toFaults } from './faults.ts';
import { requestContext, trackedContext } from './request-context.ts';
import { createMethodFinder, type Route } from './route-methods.ts';

export const STATUS = {
  invalid_input: 422,
  unauthenticated: 401,
  mfa_required: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  timeout: 408,
  conflict: 409,
  precondition_failed: 412,
  too_large: 413,
  unsupported_media_type: 415,
  too_many_requests: 429,
  function_failed: 500,
  function_timeout: 504,
  internal: 500,
  unavailable: 503,
} as const satisfies Record<ErrorCode, number>;

export interface ErrorHandlerOptions {
  readonly logger: Logger;
  /** Adds the cause's message to answers of 500. */
  readonly isDebug?: boolean;
  /** Every route of the app, asked for once, when the first unknown one is requested. */
  readonly routes: () => readonly Route[];
}

/** Turns whatever was thrown into an answer; the only place that does. */
export interface ErrorHandler {
  toAnswer(request: Request, error: unknown): Response;
  /** Goes first into the app: Elysia's onError covers only the routes that come after it. */
  readonly plugin: ReturnType<typeof createPlugin>;
}

export function createErrorHandler({
  logger,
  isDebug = false,
  routes,
}: ErrorHandlerOptions): ErrorHandler {
  const findMethods = createMethodFinder(routes);

  function toAnswer(request: Request, thrown: unknown): Response {
    if (isElysiaError(thrown, 'NOT_FOUND')) return toUnknownRoute(request);
    const known = toAppError(thrown);
    if (known === undefined || known.cause !== undefined) logCause(request, known?.cause ?? thrown);
    const error = known ?? new AppError('internal', sorry(request), { cause: thrown });
    return toErrorAnswer(request, error, isDebug);
  }

  function toUnknownRoute(request: Request): Response {
    const pathname = toPathname(request);
    const allowed = findMethods(pathname);
    if (allowed.length === 0)
      return toErrorAnswer(
        request,
        new AppError('not_found', `There is nothing at ${pathname.slice(0, 200)}.`),
        false,
      );
    const allow = allowed.join(', ');
    if (request.method === 'OPTIONS')
      return dressAnswer(
        trackedContext(request),
        new Response(null, { status: 204, headers: { allow } }),
      );
    const error = new AppError(
      'method_not_allowed',
      `${request.method} is not possible here; allowed: ${allow}.`,
    );
    const answer = toErrorAnswer(request, error, false);
    answer.headers.set('allow', allow);
    return answer;
  }

  function logCause(request: Request, cause: unknown): void {
    logger.error('request failed unexpectedly', {
      request_id: requestContext(request).id,
      method: request.method,
      path: toPathname(request),
      cause,
    });
  }

  return { toAnswer, plugin: createPlugin(toAnswer) };
}

function createPlugin(toAnswer: ErrorHandler['toAnswer']) {
  return new Elysia({ name: 'error-handler' }).onError(
    { as: 'global' },
    ({ request, error, set }) => {
      const answer = toAnswer(request, error);
      takeOverSet(answer, set);
      return answer;
    },
  );
}

function toErrorAnswer(request: Request, error: AppError, isDebug: boolean): Response {
  const { code, faults, cause } = error;
  const shown = isDebug && cause !== undefined ? { cause: describeCause(cause) } : {};
  const text = JSON.stringify({ detail: faults ?? error.message, code, ...shown });
  const status = error.httpStatus ?? STATUS[code];
  const headers: Record<string, string> = {};
  if (error.retryAfterSeconds !== undefined)
    headers['retry-after'] = String(Math.max(1, Math.ceil(error.retryAfterSeconds)));
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  // The rest of the body may still be on its way: nobody will read it.
  if (status === 408 || status === 413) headers.connection = 'close';
  return jsonAnswer(request, text, { status, headers });
}

function describeCause(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}

/** Without host a URL is a path only. */
function toPathname(request: Request): string {
  return new URL(request.url, 'http://localhost').pathname;
}

function sorry(request: Request): string {
  return `Something went wrong in the server; its log says more under the request id ${requestContext(request).id}.`;
}

/** The failure as one that its caller may read, or undefined for one that nobody foresaw. */
function toAppError(thrown: unknown): AppError | undefined {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof ValidationError) return toInvalidInput(thrown);
  if (!isElysiaError(thrown, 'PARSE')) return undefined;
  // Elysia wraps what a parser throws; one of its own parsers ran when the cause is not ours.
  if (thrown.cause instanceof AppError) return thrown.cause;
  return withFaults([{ loc: ['body'], msg: 'cannot be read', type: 'json_invalid' }]);
}

const ROOTS: Readonly<Record<string, FaultRoot>> = {
  body: 'body',
  query: 'query',
  params: 'path',
  headers: 'header',
  cookie: 'header',
};

/** Undefined for an answer that does not fit its own schema: that is our fault, not the caller's. */
function toInvalidInput(error: ValidationError): AppError | undefined {
  const root = ROOTS[error.type];
  if (root === undefined || !('Errors' in error.validator)) return undefined;
  return withFaults(toFaults(error.validator.Errors(error.value), error.value, root));
}

function withFaults(faults: readonly Fault[]): AppError {
  return new AppError('invalid_input', 'The input is not valid.', { faults });
}

function isElysiaError(error: unknown, code: string): error is Error {
  return error instanceof Error && 'code' in error && error.code === code;
}
