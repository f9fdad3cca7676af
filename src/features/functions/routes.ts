import { Elysia, t } from 'elysia';
import { isAdmin } from '../../core/actor.ts';
import { jsonAnswer } from '../../http/answer.ts';
import type { Guard } from '../../http/guard.ts';
import { readJson } from '../../http/json-body.ts';
import { requestContext } from '../../http/request-context.ts';
import { type RequestInfo, TRIGGER_TYPES } from '../../protocol/messages.ts';
import {
  AdminFunctionPage,
  CALL_STATUSES,
  CallFailed,
  CallSuccess,
  FunctionCall,
  FunctionCallPage,
  FunctionInfo,
  FunctionPage,
  FunctionSource,
} from './schema.ts';
import type { CallResult, FunctionService } from './service.ts';

export interface FunctionRouteOptions {
  readonly maxBodyBytes: number;
}

const window = {
  limit: t.Integer({ minimum: 1, maximum: 1000, default: 100 }),
  offset: t.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }),
};
const PageQuery = t.Object(window, { additionalProperties: false });

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

const text = () => t.Optional(t.String({ minLength: 1, maxLength: 200 }));
// A plain string: Elysia would turn `format: date-time` into a Date and lose what was written.
const time = (description: string) =>
  t.Optional(
    t.String({
      pattern: '^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?([Zz]|[+-]\\d\\d:\\d\\d)$',
      description,
    }),
  );
const CallQuery = t.Object(
  {
    function_name: text(),
    status: t.Optional(t.UnionEnum([...CALL_STATUSES])),
    trigger_type: t.Optional(t.UnionEnum([...TRIGGER_TYPES])),
    trigger_id: text(),
    user_id: text(),
    error_type: text(),
    started_after: time('RFC 3339; calls that began at this time or later.'),
    started_before: time('RFC 3339; calls that began before this time.'),
    ...window,
  },
  { additionalProperties: false },
);
type CallQuery = typeof CallQuery.static;

/** Functions and their history as admins see them. */
export function functionAdminRoutes(functions: FunctionService, guard: Guard) {
  const listCalls = ({ limit, offset, ...filter }: CallQuery) =>
    functions.listCalls(filter, { limit, offset });
  return new Elysia({ prefix: '/api/admin' })
    .use(guard)
    .get('/functions', ({ query }) => functions.adminList(query), {
      access: 'admin',
      query: PageQuery,
      detail: {
        operationId: 'listAdminFunctions',
        summary: 'List all functions with their files, and the files that do not load',
        tags: ['functions'],
        'x-response': { 200: AdminFunctionPage },
      },
    })
    .get('/functions/calls', ({ query }) => listCalls(query), {
      access: 'admin',
      query: CallQuery,
      detail: {
        operationId: 'listFunctionCalls',
        summary: 'List the calls of functions, newest first',
        tags: ['functions'],
        'x-response': { 200: FunctionCallPage },
      },
    })
    .get('/function-calls', ({ query }) => listCalls(query), {
      access: 'admin',
      query: CallQuery,
      detail: {
        operationId: 'listFunctionCallsAlias',
        summary: 'The same as /api/admin/functions/calls',
        tags: ['functions'],
        'x-response': { 200: FunctionCallPage },
      },
    })
    .get('/functions/calls/:id', ({ params }) => functions.getCall(params.id), {
      access: 'admin',
      detail: {
        operationId: 'getFunctionCall',
        summary: 'Read one call',
        tags: ['functions'],
        'x-response': { 200: FunctionCall },
      },
    })
    .get('/functions/:name/source', ({ params }) => functions.source(params.name), {
      access: 'admin',
      detail: {
        operationId: 'getFunctionSource',
        summary: "Read a function's source file",
        tags: ['functions'],
        'x-response': { 200: FunctionSource },
      },
    });
}
