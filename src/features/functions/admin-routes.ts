import { Elysia, t } from 'elysia';
import type { Guard } from '../../http/guard.ts';
import { PageQuery, pageWindow, timeParameter } from '../../http/page-query.ts';
import { TIME_RANGES } from '../../lib/time-range.ts';
import { TRIGGER_TYPES } from '../../protocol/messages.ts';
import {
  AdminFunctionPage,
  CALL_STATUSES,
  FunctionCall,
  FunctionCallHistogram,
  FunctionCallPage,
  FunctionMetrics,
  FunctionSource,
} from './schema.ts';
import type { FunctionService } from './service.ts';

const text = () => t.Optional(t.String({ minLength: 1, maxLength: 200 }));
const callFilter = {
  function_name: text(),
  status: t.Optional(t.UnionEnum([...CALL_STATUSES])),
  trigger_type: t.Optional(t.UnionEnum([...TRIGGER_TYPES])),
  trigger_id: text(),
  user_id: text(),
  error_type: text(),
  started_after: timeParameter('RFC 3339; calls that began at this time or later.'),
  started_before: timeParameter('RFC 3339; calls that began before this time.'),
};
const CallQuery = t.Object({ ...callFilter, ...pageWindow }, { additionalProperties: false });
const HistogramQuery = t.Object(callFilter, { additionalProperties: false });
type CallQuery = typeof CallQuery.static;

const MetricsQuery = t.Object(
  { range: t.Optional(t.UnionEnum([...TIME_RANGES])) },
  { additionalProperties: false },
);

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
    .get('/functions/calls/histogram', ({ query }) => functions.callHistogram(query), {
      access: 'admin',
      query: HistogramQuery,
      detail: {
        operationId: 'readFunctionCallHistogram',
        summary: 'Count the calls of functions over time',
        description:
          'Filtered as the list is. Without started_after it begins with the oldest call, without started_before it ends now.',
        tags: ['functions'],
        'x-response': { 200: FunctionCallHistogram },
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
    .get('/functions/metrics', ({ query }) => functions.metrics(query.range ?? '24h'), {
      access: 'admin',
      query: MetricsQuery,
      detail: {
        operationId: 'readFunctionMetrics',
        summary: 'Read how often each function was called and failed, and how long it took',
        description:
          'Calls that began within the range; 24h when none is given. Of a very long history the figures may be five seconds old.',
        tags: ['functions'],
        'x-response': { 200: FunctionMetrics },
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
