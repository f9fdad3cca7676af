import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { dressAnswer } from './answer.ts';
import { type BodyBudget, bodyBudgetBytes, createBodyBudget, SPENT_SHARE } from './body-budget.ts';
import { compressAnswer } from './compress.ts';
import type { ErrorHandler } from './error-handler.ts';
import { createInFlight, type Waiting } from './in-flight.ts';
import { type BunServer, listenOn, stopGracefully } from './listen.ts';
import type { Metrics } from './metrics.ts';
import {
  attachContext,
  type Connection,
  passContext,
  type TrackedContext,
} from './request-context.ts';
import { createRequestLog } from './request-log.ts';

/** The part of Elysia that the server needs. */
export interface Handler {
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly max_body_mb: number;
  readonly max_upload_mb: number;
  readonly request_timeout_seconds: number;
  readonly trust_proxy: boolean;
}

export interface ServerOptions {
  readonly handler: Handler;
  readonly errors: Pick<ErrorHandler, 'toAnswer'>;
  readonly config: ServerConfig;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'request' | 'gauge'>;
  readonly clock: Clock;
  readonly newId: () => string;
  /** The bound of all large bodies; by the settings when left out. */
  readonly bodies?: BodyBudget;
}

export interface HttpServer {
  listen(): Promise<{ readonly url: string }>;
  /** Handles a request as if it had come over the network. */
  fetch(request: Request): Response | Promise<Response>;
  /** Stops accepting, waits 10 s at most for what runs, then closes. */
  stop(): Promise<void>;
  /** Requests whose answer is still being made or sent. */
  pending(): number;
}

const MEGABYTE = 1024 * 1024;

export function createServer(options: ServerOptions): HttpServer {
  const { handler, errors, config, logger, metrics, clock, newId } = options;
  const inFlight = createInFlight();
  const logAnswer = createRequestLog(logger);
  const timeoutMs = config.request_timeout_seconds * 1000;
  const maxBytes = Math.max(config.max_body_mb, config.max_upload_mb) * MEGABYTE;
  const bodies =
    options.bodies ??
    createBodyBudget({ maxBytes: bodyBudgetBytes(config.max_body_mb * MEGABYTE) });
  let server: BunServer | undefined;
  metrics.gauge('tinybase_requests_in_flight', 'Requests being answered.', inFlight.size);

  function handle(received: Request, connection?: Connection): Response | Promise<Response> {
    const begin = performance.now();
    const request = withHost(received);
    const context = attachContext(request, {
      startedAt: clock.now(),
      newId,
      connection,
      isProxyTrusted: config.trust_proxy,
      deadline: begin + timeoutMs,
      bodies,
    });
    const isHead = request.method === 'HEAD';
    const finish = (answer: Response) => finishAnswer(request, context, answer, begin);
    const answer = isHead ? routeHead(request, context) : routeSafely(request);
    return answer instanceof Promise ? wait(request, context, answer, finish) : finish(answer);
  }

  function routeSafely(request: Request): Response | Promise<Response> {
    try {
      if (isTooLong(request)) throw tooLong(maxBytes);
      // Asked for each time: Elysia makes a new one when routes were added.
      return handler.fetch(request);
    } catch (error) {
      return errors.toAnswer(request, error);
    }
  }

  /** HEAD is GET without the body, whatever the route: length and compression included. */
  async function routeHead(request: Request, context: TrackedContext): Promise<Response> {
    const { url, headers, signal } = request;
    const twin = new Request(url, { method: 'GET', headers, signal });
    passContext(request, twin);
    const answer = await compressAnswer(twin, context, await routeSafely(twin));
    if (answer.headers.has('content-length')) await answer.body?.cancel();
    else if (answer.headers.get('content-type')?.startsWith('application/json'))
      answer.headers.set('content-length', String((await answer.arrayBuffer()).byteLength));
    else await answer.body?.cancel();
    return new Response(null, answer);
  }

  function isTooLong({ method, headers }: Request): boolean {
    return method !== 'GET' && Number(headers.get('content-length')) > maxBytes;
  }

  /** Waits for an answer, unless the time-out comes first. */
  function wait(
    request: Request,
    context: TrackedContext,
    promise: Promise<Response>,
    finish: (answer: Response) => Response | Promise<Response>,
  ): Promise<Response> {
    return new Promise((resolve) => {
      const item: Waiting = {
        request,
        context,
        expire: () => resolve(finish(errors.toAnswer(request, timedOut()))),
      };
      inFlight.add(item);
      promise.then(
        (answer) => {
          if (inFlight.remove(item)) resolve(finish(answer));
          else answer.body?.cancel().catch(() => undefined);
        },
        (error: unknown) => {
          if (inFlight.remove(item)) resolve(finish(errors.toAnswer(request, error)));
        },
      );
    });
  }

  function finishAnswer(
    request: Request,
    context: TrackedContext,
    answer: Response,
    begin: number,
  ): Response | Promise<Response> {
    context.bodyShare?.release();
    context.bodyShare = SPENT_SHARE;
    dressAnswer(context, answer);
    const { status } = answer;
    const ms = performance.now() - begin;
    metrics.request(request.method, status, ms / 1000);
    logAnswer(request, context, status, ms);
    return context.longText === undefined ? answer : compressAnswer(request, context, answer);
  }

  return {
    fetch: (request) => handle(request),
    async listen() {
      server = listenOn(config, (request, connection) => handle(request, connection));
      return { url: server.url.origin };
    },
    async stop() {
      if (server !== undefined) await stopGracefully(server);
      server = undefined;
      inFlight.stop();
    },
    pending: () => Math.max(inFlight.size(), server?.pendingRequests ?? 0),
  };
}

/** HTTP/1.0 may leave the host out; the URL is only a path then, and a router would cut it wrongly. */
function withHost(request: Request): Request {
  if (request.url.charCodeAt(0) !== 47) return request;
  return new Request(`http://localhost${request.url}`, request);
}

function timedOut(): AppError {
  return new AppError(
    'timeout',
    'The request took too long: it was not received or answered in time.',
  );
}

function tooLong(maxBytes: number): AppError {
  return new AppError(
    'too_large',
    `The body is larger than the ${maxBytes / MEGABYTE} MB allowed.`,
  );
}
