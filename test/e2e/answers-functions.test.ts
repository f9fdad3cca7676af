import { describe, expect, test } from 'bun:test';
import { FUNCTIONS, POSTS } from '../support/fixtures.ts';
import { type Scenario, scenarios } from '../support/scenario.ts';
import { fault, problem, serveForFile, TIMESTAMP, UUID_V7 } from '../support/served.ts';

const NOTES = {
  name: 'notes',
  schema: { fields: [{ name: 'title', type: 'string', required: true, max_length: 20 }] },
};

const served = serveForFile(FUNCTIONS, async ({ admin }) => {
  for (const definition of [NOTES, POSTS]) await admin.post('/api/collections', definition);
});

/** How a call that failed answers, whatever failed. */
const FAILED = {
  call_id: expect.stringMatching(UUID_V7),
  status: 'failed',
  error: expect.any(String),
  error_type: expect.any(String),
  detail: expect.any(String),
};

const CALLS: readonly Scenario[] = [
  {
    name: 'a call answers its result',
    request: ['POST', '/api/functions/add_numbers', { x: 2, y: 3 }],
    as: 'ann',
    status: 200,
    keys: ['call_id', 'status', 'result'],
    body: {
      call_id: expect.stringMatching(UUID_V7),
      status: 'succeeded',
      result: { sum: 5 },
    },
    keep: { call: 'call_id' },
  },
  {
    name: 'an anonymous caller may not call an auth function',
    request: ['POST', '/api/functions/add_numbers', { x: 2, y: 3 }],
    status: 401,
    body: problem('unauthenticated'),
  },
  {
    name: 'a user may not call an admin function',
    request: ['POST', '/api/functions/admins_only', {}],
    as: 'ann',
    status: 403,
    body: problem('forbidden'),
  },
  {
    name: 'an admin may',
    request: ['POST', '/api/functions/admins_only', {}],
    as: 'admin',
    status: 200,
    body: { result: 'for admins' },
  },
  {
    name: 'an unknown function is missing',
    request: ['POST', '/api/functions/nothing', {}],
    as: 'admin',
    status: 404,
    body: problem('not_found'),
  },
  {
    name: 'a payload that does not fit the input is refused',
    request: ['POST', '/api/functions/add_numbers', { x: 'two', y: 3 }],
    as: 'ann',
    status: 422,
    body: fault(['body', 'x']),
  },
  {
    name: 'what was thrown is not shown to a stranger',
    request: ['POST', '/api/functions/throws', {}],
    status: 500,
    body: (body: unknown) => {
      expect(body).toMatchObject({ ...FAILED, code: 'function_failed' });
      expect(JSON.stringify(body)).not.toContain('secret inside');
    },
  },
  {
    name: 'what was thrown is shown to an admin',
    request: ['POST', '/api/functions/throws', {}],
    as: 'admin',
    status: 500,
    body: {
      ...FAILED,
      error: 'the secret inside',
      error_type: 'TypeError',
      code: 'function_failed',
    },
  },
  {
    name: 'a FunctionError speaks to the caller with its own status',
    request: ['POST', '/api/functions/refuses', {}],
    status: 402,
    body: { ...FAILED, error: 'Pay first', error_type: 'FunctionError', code: 'function_failed' },
  },
  {
    name: 'an output that does not fit is a failure',
    request: ['POST', '/api/functions/answers_wrong', {}],
    status: 500,
    body: { ...FAILED, error_type: 'OutputValidationError', code: 'function_failed' },
  },
  {
    name: 'a call that runs too long is ended',
    request: ['POST', '/api/functions/spins', {}],
    status: 504,
    body: { status: 'failed', code: 'function_timeout' },
  },
  {
    name: 'the context says who called and why',
    request: ['POST', '/api/functions/who_am_i', {}, { 'x-request-id': 'from-the-test' }],
    as: 'ann',
    status: 200,
    body: {
      result: {
        function_name: 'who_am_i',
        trigger_type: 'manual',
        request_id: 'from-the-test',
        user_id: '{ann_id}',
        is_admin: false,
        call_id: expect.stringMatching(UUID_V7),
      },
    },
  },
  {
    name: 'an anonymous call has no user',
    request: ['POST', '/api/functions/who_am_i', {}],
    status: 200,
    body: { result: { user_id: null, is_admin: false } },
  },
  {
    name: 'ctx.db writes and counts with full rights',
    request: ['POST', '/api/functions/counts_notes', { title: 'by a function' }],
    as: 'ann',
    status: 200,
    body: { result: { total: 1, id: expect.stringMatching(UUID_V7) } },
  },
  {
    name: 'ctx.db validates as HTTP does',
    request: ['POST', '/api/functions/counts_notes', { title: 'x'.repeat(21) }],
    as: 'ann',
    status: 500,
    body: { ...FAILED, code: 'function_failed' },
  },
];

const LISTS: readonly Scenario[] = [
  {
    name: 'an anonymous caller is shown what they may call',
    request: ['GET', '/api/functions'],
    status: 200,
    body: (body: { items: { name: string; auth: string }[] }) => {
      const names = body.items.map((item) => item.name);
      expect(names).toContain('who_am_i');
      expect(names).not.toContain('add_numbers');
      expect(names).not.toContain('admins_only');
    },
  },
  {
    name: 'a user is shown their functions with both schemas',
    request: ['GET', '/api/functions'],
    as: 'ann',
    status: 200,
    body: (body: { items: { name: string }[]; total: number }) => {
      expect(body.total).toBe(body.items.length);
      expect(body.items.find((item) => item.name === 'add_numbers')).toMatchObject({
        description: 'Add two numbers',
        auth: 'auth',
        tags: ['math'],
        input_schema: {
          type: 'object',
          properties: { x: { type: 'integer' }, y: { type: 'integer' } },
        },
        output_schema: { type: 'object', properties: { sum: { type: 'integer' } } },
      });
      expect(body.items.map((item) => item.name)).not.toContain('admins_only');
    },
  },
  {
    name: 'the schema of one function',
    request: ['GET', '/api/functions/add_numbers/schema'],
    as: 'ann',
    status: 200,
    body: { input_schema: { properties: { x: { type: 'integer' } } } },
  },
  {
    name: 'an admin is shown the files',
    request: ['GET', '/api/admin/functions'],
    as: 'admin',
    status: 200,
    body: (body: { items: { name: string }[] }) => {
      expect(body.items.find((item) => item.name === 'add_numbers')).toMatchObject({
        file_path: expect.stringContaining('add_numbers.ts'),
        last_loaded_at: expect.stringMatching(TIMESTAMP),
      });
    },
  },
  {
    name: 'a user is not',
    request: ['GET', '/api/admin/functions'],
    as: 'ann',
    status: 403,
    body: problem('forbidden'),
  },
];

const HISTORY: readonly Scenario[] = [
  {
    name: 'one call with what is known about it',
    request: ['GET', '/api/admin/functions/calls/{call}'],
    as: 'admin',
    status: 200,
    body: {
      id: '{call}',
      function_name: 'add_numbers',
      status: 'succeeded',
      trigger_type: 'manual',
      requested_by_user_id: '{ann_id}',
      started_at: expect.stringMatching(TIMESTAMP),
      finished_at: expect.stringMatching(TIMESTAMP),
      duration_ms: expect.any(Number),
      error_message: null,
      error_type: null,
    },
  },
  {
    name: 'the failures, newest first',
    request: ['GET', '/api/admin/functions/calls?status=failed'],
    as: 'admin',
    status: 200,
    body: (body: { items: { status: string; started_at: string }[]; total: number }) => {
      expect(body.total).toBe(6);
      expect(new Set(body.items.map((item) => item.status))).toEqual(new Set(['failed']));
      const times = body.items.map((item) => item.started_at);
      expect(times).toEqual([...times].sort().reverse());
    },
  },
  {
    name: 'the calls of one function on a page of one',
    request: ['GET', '/api/admin/functions/calls?function_name=throws&limit=1'],
    as: 'admin',
    status: 200,
    body: { total: 2, page: 1, page_size: 1, items: [{ function_name: 'throws' }] },
  },
  {
    name: 'the same list under its other name',
    request: ['GET', '/api/admin/function-calls?function_name=throws'],
    as: 'admin',
    status: 200,
    body: { total: 2 },
  },
  {
    name: 'an unknown status is refused',
    request: ['GET', '/api/admin/functions/calls?status=lost'],
    as: 'admin',
    status: 422,
    body: fault(['query', 'status']),
  },
  {
    name: 'a user sees no history',
    request: ['GET', '/api/admin/functions/calls'],
    as: 'ann',
    status: 403,
    body: problem('forbidden'),
  },
];

describe("SPEC's answers and errors to the letter: calling functions", () => {
  scenarios(() => served().target, CALLS);
});
describe("SPEC's answers and errors to the letter: lists of functions", () => {
  scenarios(() => served().target, LISTS);
});
describe("SPEC's answers and errors to the letter: the history of calls", () => {
  scenarios(() => served().target, HISTORY);

  test('no payload and no result is in the history', async () => {
    const { body } = await served().admin.get('/api/admin/functions/calls?limit=1000');
    expect(body.total).toBeGreaterThan(8);
    for (const call of body.items) {
      expect(Object.keys(call).sort()).toEqual([
        'created_at',
        'duration_ms',
        'error_message',
        'error_type',
        'finished_at',
        'function_name',
        'id',
        'requested_by_user_id',
        'started_at',
        'status',
        'trigger_id',
        'trigger_type',
      ]);
    }
    expect(JSON.stringify(body)).not.toMatch(/by a function|for admins/);
  });
});
