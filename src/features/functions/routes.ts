import { Elysia } from 'elysia';
import { isFullAdmin } from '../../core/actor.ts';
import { jsonAnswer } from '../../http/answer.ts';
import type { Guard } from '../../http/guard.ts';
import { readBytes, readJsonText } from '../../http/json-body.ts';
import { PageQuery } from '../../http/page-query.ts';
import { requestContext } from '../../http/request-context.ts';
import type { AnsweredCall, RequestInfo } from '../../protocol/messages.ts';
import type { CallResult } from './call-result.ts';
import { CallFailed, CallSuccess, FunctionInfo, FunctionPage } from './schema.ts';
import type { FunctionService } from './service.ts';

export interface FunctionRouteOptions {
  readonly maxBodyBytes: number;
}

export function functionRoutes(
  functions: FunctionService,
  guard: Guard,
  { maxBodyBytes }: FunctionRouteOptions,
) {
  return new Elysia({ prefix: '/api/functions' })
    .use(guard)
    .get('', ({ actor, query }) => functions.list(actor, query), {
      access: 'public',
      query: PageQuery,
      detail: {
        operationId: 'listFunctions',
        summary: 'List the functions that the caller may call',
        tags: ['functions'],
        'x-response': { 200: FunctionPage },
      },
    })
    .get('/:name/schema', ({ actor, params }) => functions.schema(actor, params.name), {
      access: 'public',
      detail: {
        operationId: 'getFunctionSchema',
        summary: 'Read what a function takes and answers',
        tags: ['functions'],
        'x-response': { 200: FunctionInfo },
      },
    })
    .post(
      '/:name',
      async ({ actor, params, query, request }) => {
        const context = requestContext(request);
        const { id: requestId, ip } = context;
        const isRaw = functions.takesRawBody(actor, params.name);
        const payload = (typeof isRaw === 'boolean' ? isRaw : await isRaw)
          ? await readBytes(request, maxBodyBytes)
          : await readJsonText(request, maxBodyBytes);
        // A function has its own time-out; the connection must outlive it.
        context.setTimeout(0);
        const result = await functions.call(actor, params.name, payload, {
          requestId,
          request: toRequestInfo(request, ip),
          isJsonText: typeof payload === 'string',
          signal: request.signal,
        });
        return toResponse(request, result, isFullAdmin(actor) && query.logs === 'true');
      },
      {
        access: 'public',
        anyQuery: true,
        parse: 'none',
        detail: {
          operationId: 'callFunction',
          summary: 'Call a function',
          description:
            'The body is the input: JSON, or anything for a function with `raw_body`. A function that returns an HttpAnswer answers by itself, with any status from 200 to 599.',
          tags: ['functions'],
          'x-response': { 200: CallSuccess, 500: CallFailed, 503: CallFailed, 504: CallFailed },
        },
      },
    );
}

const STATUS = {
  function_failed: 500,
  function_timeout: 504,
  unavailable: 503,
} as const satisfies Record<Extract<CallResult, { status: 'failed' }>['code'], number>;

/** The result is JSON text already: it is put into the answer, never parsed. */
function toResponse(request: Request, result: CallResult, hasLogs: boolean): Response {
  const logs = hasLogs ? `,"logs":${JSON.stringify(result.logs)}` : '';
  if (result.status === 'succeeded')
    return jsonAnswer(
      request,
      `{"call_id":"${result.callId}","status":"succeeded","result":${result.json}${logs}}`,
    );
  if (result.status === 'answered') return toOwnResponse(result.answer);
  const { callId, code, error, errorType, stack, data, httpStatus } = result;
  const body: CallFailed = {
    call_id: callId,
    status: 'failed',
    error,
    error_type: errorType,
    detail: error,
    code,
    ...(stack === null ? {} : { stack }),
  };
  const text = JSON.stringify(body).slice(0, -1);
  const shownData = data === null ? '' : `,"data":${data}`;
  const headers = code === 'unavailable' ? { 'retry-after': '1' } : {};
  return jsonAnswer(request, `${text}${shownData}${logs}}`, {
    status: httpStatus ?? STATUS[code],
    headers,
  });
}

/** Pages of functions run as if they came from nowhere: see toOwnResponse. */
const SANDBOX =
  "sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts; frame-ancestors 'none'";
const TEXT = 'text/plain; charset=utf-8';
const BYTES = 'application/octet-stream';
/** Browsers do not show a PDF in a sandbox, and a script in one reaches nothing. */
const PDF = /^application\/pdf *(;[^,]*)?$/i;

/**
 * What a function answers by itself. It comes from the same origin as the admin app: without the
 * sandbox, text of an attacker that a function writes into a page would act as the admin who opens it.
 * A policy of the function's own counts as well, never instead.
 */
function toOwnResponse({ body, headers, http_status: status }: AnsweredCall): Response {
  const response = new Response(body.length === 0 ? null : body, {
    status,
    headers: headers.map(([name, value]) => [name, value]),
  });
  const own = response.headers;
  if (body.length > 0 && !own.has('content-type'))
    own.set('content-type', typeof body === 'string' ? TEXT : BYTES);
  if (!PDF.test(own.get('content-type') ?? '')) own.append('content-security-policy', SANDBOX);
  return response;
}

/** What could sign somebody in never reaches user code. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
]);

function toRequestInfo(request: Request, ip: string): RequestInfo {
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) if (!CREDENTIALS.has(name)) headers[name] = value;
  return { method: request.method, query: readQuery(request.url), headers, ip };
}

/** A name that stands there more than once gets all its values; Elysia keeps the last one only. */
function readQuery(url: string): RequestInfo['query'] {
  const start = url.indexOf('?');
  if (start < 0) return {};
  const found = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(url.slice(start + 1))) {
    const before = found.get(name);
    if (before === undefined) found.set(name, value);
    else if (typeof before === 'string') found.set(name, [before, value]);
    else before.push(value);
  }
  // Not by assignment: a name such as __proto__ must stay a name.
  return Object.fromEntries(found);
}
