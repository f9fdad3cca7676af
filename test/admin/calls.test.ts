import { describe, expect, test } from 'bun:test';
import type { FunctionCall } from '../../admin/src/api/types.ts';
import { isUuid } from '../../admin/src/components/shell/palette-lookup.ts';
import {
  errorText,
  errorTypes,
  isNarrowed,
  newOnes,
  readCallFilter,
  refreshed,
  toApiQuery,
  toHistogramQuery,
  triggerWords,
} from '../../admin/src/views/calls/call-filter.ts';

const NOW = new Date('2026-11-21T14:00:00.000Z');

function call(id: string, facts: Partial<FunctionCall> = {}): FunctionCall {
  return {
    id,
    function_name: 'send_receipt',
    status: 'succeeded',
    trigger_type: 'manual',
    trigger_id: null,
    requested_by_user_id: null,
    started_at: NOW.toISOString(),
    finished_at: NOW.toISOString(),
    duration_ms: 1,
    error_message: null,
    error_type: null,
    created_at: NOW.toISOString(),
    ...facts,
  };
}

describe("the filter in the route's query", () => {
  test('nothing said is the last 24 hours, first page', () => {
    const filter = readCallFilter({});
    expect(filter.range).toBe('24h');
    expect(toApiQuery(filter, NOW)).toEqual({
      function_name: undefined,
      status: undefined,
      trigger_type: undefined,
      error_type: undefined,
      user_id: undefined,
      started_after: '2026-11-20T14:00:00.000Z',
      started_before: undefined,
      limit: 50,
      offset: 0,
    });
  });

  test('the chart is of all pages of the same filter', () => {
    const query = { function: 'a', status: 'failed', page: '3' };
    expect(toHistogramQuery(readCallFilter(query), NOW)).toEqual(
      toHistogramQuery(readCallFilter({ ...query, page: '1' }), NOW),
    );
    expect(toHistogramQuery(readCallFilter(query), NOW)).not.toHaveProperty('limit');
  });

  test('every part reaches the API', () => {
    const filter = readCallFilter({
      function: 'add_numbers',
      status: 'failed',
      trigger: 'schedule',
      error: 'TimeoutError',
      user: 'u1',
      range: 'all',
      page: '3',
    });
    expect(toApiQuery(filter, NOW)).toMatchObject({
      function_name: 'add_numbers',
      status: 'failed',
      trigger_type: 'schedule',
      error_type: 'TimeoutError',
      user_id: 'u1',
      started_after: undefined,
      offset: 100,
    });
  });

  test('a span of its own wins over the range', () => {
    const filter = readCallFilter({
      after: '2026-11-21T10:00:00Z',
      before: '2026-11-21T10:30:00Z',
    });
    expect(filter.range).toBe('custom');
    expect(toApiQuery(filter, NOW)).toMatchObject({
      started_after: '2026-11-21T10:00:00.000Z',
      started_before: '2026-11-21T10:30:00.000Z',
    });
  });

  test('what is not understood is left out and never sent', () => {
    const filter = readCallFilter({
      status: 'odd',
      trigger: '',
      after: 'yesterday',
      range: '2h',
      page: '-4',
    });
    expect(filter).toMatchObject({ status: undefined, trigger: undefined, range: '24h', page: 1 });
  });

  test('a page about one function keeps to it and does not count it as a filter', () => {
    const filter = readCallFilter({ function: 'other' }, 'mine');
    expect(filter.fn).toBe('mine');
    expect(isNarrowed(filter, 'mine')).toBe(false);
    expect(isNarrowed({ ...filter, error: 'X' }, 'mine')).toBe(true);
  });
});

describe('following what happens', () => {
  const old = [call('c'), call('b'), call('a')];

  test('new ones are those before the first known one', () => {
    const now = [call('e'), call('d'), ...old];
    expect(newOnes(old, now).map(({ id }) => id)).toEqual(['e', 'd']);
    expect(newOnes(old, old)).toEqual([]);
    expect(newOnes(old, [call('z')])).toHaveLength(1);
  });

  test('rows stay in place and take what has become of them', () => {
    const running = [call('b', { status: 'running', duration_ms: null })];
    const [row] = refreshed(running, [call('c'), call('b', { duration_ms: 9 })]);
    expect(row).toMatchObject({ id: 'b', status: 'succeeded', duration_ms: 9 });
  });
});

describe('words', () => {
  test('triggers', () => {
    expect(triggerWords(call('a'))).toBe('Request');
    expect(triggerWords(call('a', { trigger_id: 'x' }))).toBe('Another call');
    expect(triggerWords(call('a', { trigger_type: 'schedule' }))).toBe('Schedule');
  });

  test('errors, whichever part there is', () => {
    expect(errorText(call('a', { error_type: 'E', error_message: 'm' }))).toBe('E: m');
    expect(errorText(call('a', { error_message: 'm' }))).toBe('m');
    expect(errorTypes(['MailError', null, 'MailError', 'TimeoutError'])[0]).toBe('MailError');
    expect(
      errorTypes(['MailError', 'TimeoutError']).filter((e) => e === 'TimeoutError'),
    ).toHaveLength(1);
  });

  test('an id is told from a word', () => {
    expect(isUuid('0193f2e0-8c11-7b2a-9f04-6d1be2a7c355')).toBe(true);
    expect(isUuid('leo@harbour.example')).toBe(false);
  });
});
