import { Elysia } from 'elysia';
import { isAdmin } from '../../core/actor.ts';
import { jsonAnswer } from '../../http/answer.ts';
import type { Guard } from '../../http/guard.ts';
import { readJson } from '../../http/json-body.ts';
import { requestContext } from '../../http/request-context.ts';
import type { RequestInfo } from '../../protocol/messages.ts';
import { PageQuery } from './page-query.ts';
import { CallFailed, CallSuccess, FunctionInfo, FunctionPage } from './schema.ts';
import type { CallResult, FunctionService } from './service.ts';

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
        const payload = await readJson(request, maxBodyBytes);
        // A function has its own time-out; the connection must outlive it.
        context.setTimeout(0);
        const result = await functions.call(actor, params.name, payload, {
          requestId,
          request: toRequestInfo(request, query, ip),
          signal: request.signal,
        });
        return toResponse(request, result, isAdmin(actor) && query.logs === 'true');
      },
      {
        access: 'public',
        anyQuery: true,
        parse: 'none',
        detail: {
          operationId: 'callFunction',
          summary: 'Call a function',
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
  if (result.status === 'answered') {
    const { body, headers, http_status } = result.answer;
    return new Response(body, { status: http_status, headers: headers.map(([n, v]) => [n, v]) });
  }
  const { callId, code, error, errorType, data, httpStatus } = result;
  const body: CallFailed = {
    call_id: callId,
    status: 'failed',
    error,
    error_type: errorType,
    detail: error,
    code,
  };
  const text = JSON.stringify(body).slice(0, -1);
  const shownData = data === null ? '' : `,"data":${data}`;
  const headers = code === 'unavailable' ? { 'retry-after': '1' } : {};
  return jsonAnswer(request, `${text}${shownData}${logs}}`, {
    status: httpStatus ?? STATUS[code],
    headers,
  });
}

/** What could sign somebody in never reaches user code. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
]);

function toRequestInfo(
  request: Request,
  query: Readonly<Record<string, string>>,
  ip: string,
): RequestInfo {
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) if (!CREDENTIALS.has(name)) headers[name] = value;
  return { method: request.method, query, headers, ip };
}
