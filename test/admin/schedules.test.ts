import { describe, expect, test } from 'bun:test';
import type { FunctionSchedule, Schedule } from '../../admin/src/api/types.ts';
import {
  changesOf,
  newScheduleDraft,
  toSchedule,
  toScheduleDraft,
} from '../../admin/src/views/schedules/schedule-draft.ts';
import { readScheduleQuery } from '../../admin/src/views/schedules/schedule-query.ts';
import {
  clockChangeWords,
  cronWords,
  isBareCron,
  runText,
  whenWords,
} from '../../admin/src/views/schedules/schedule-words.ts';

const NOW = new Date('2026-11-21T14:00:00.000Z');

function saved(schedule: Schedule): FunctionSchedule {
  return {
    id: '1',
    name: 'Report',
    function_name: 'report',
    payload: { to: 'ann' },
    schedule,
    is_active: true,
    last_run_at: null,
    next_run_at: null,
    last_status: null,
    last_call_id: null,
    last_skipped_at: null,
    retry_at: null,
    created_by_user_id: null,
    created_at: NOW.toISOString(),
    updated_at: NOW.toISOString(),
  };
}

const SCHEDULES: readonly Schedule[] = [
  { method: 'once', timezone: 'Europe/Berlin', date: '2026-11-27', time: '00:00' },
  { method: 'interval', timezone: 'UTC', unit: 'minutes', value: 5 },
  { method: 'cron', timezone: 'UTC', cron: '30 2 * * 1-5', description: 'At night' },
];

describe('a schedule in words', () => {
  test.each([
    ['* * * * *', 'Every minute'],
    ['*/5 * * * *', 'Every 5 minutes'],
    ['*/7 * * * *', undefined],
    ['15 * * * *', 'Every hour at 15 past'],
    ['30 2 * * *', '02:30 every day'],
    ['30 2 * * 1-5', '02:30 on weekdays'],
    ['0 6 * * 1', '06:00 on Mondays'],
    ['0 6 * * 7', '06:00 on Sundays'],
    ['0 6 * * MON,wed,5', '06:00 on Monday, Wednesday and Friday'],
    ['0 6 * * SAT-SUN', '06:00 on Saturday to Sunday'],
    ['0 6 1 * *', '06:00 on day 1 of the month'],
    ['0 6 L * *', '06:00 on the last day of the month'],
    ['0 0 24 12 *', '00:00 on 24 December'],
    ['@daily', '00:00 every day'],
    ['0 12 13 * 5', undefined],
    ['*/20 1-3 * * *', undefined],
    ['0 6 * * 1#2', undefined],
    ['0 0 1 13 *', undefined],
    ['* * * * * *', undefined],
    ['nonsense', undefined],
    ['', undefined],
  ])('%p is %p', (cron, words) => {
    expect(cronWords(cron)).toBe(words);
  });

  test('each method says when', () => {
    expect(SCHEDULES.map(whenWords)).toEqual([
      'Once, 27 Nov 2026 at 00:00',
      'Every 5 minutes',
      '02:30 on weekdays',
    ]);
    expect(whenWords({ method: 'interval', unit: 'hours', value: 1 })).toBe('Every hour');
    expect(whenWords({ method: 'cron', cron: '*/20 1-3 * * *' })).toBe('*/20 1-3 * * *');
    expect(whenWords({ method: 'once', date: '', time: '' })).toBe('Once,  at ');
    expect(SCHEDULES.some(isBareCron)).toBe(false);
    expect(isBareCron({ method: 'cron', cron: '*/20 1-3 * * *' })).toBe(true);
  });

  test('a time is told in its zone', () => {
    expect(runText('2030-03-31T01:00:00.000Z', 'Europe/Berlin')).toContain('03:00');
  });

  test.each([
    ['stays at its hour', ['29T07:00', '30T07:00', '31T06:00', '32T06:00'], ': it stays at 08:00.'],
    [
      'is at an hour that is left out that day',
      ['29T01:30', '30T01:30', '31T01:30', '32T00:30'],
      ': it is at 03:30 then, once, not at 02:30.',
    ],
    [
      'comes every day of 24 hours',
      ['29T07:00', '30T07:00', '31T07:00', '32T07:00'],
      ': it is at 09:00 then, not at 08:00.',
    ],
    ['comes every hour', ['30T23:00', '31T00:00', '31T01:00', '31T02:00'], '.'],
  ])('a change of the clocks is told of what %s', (_, days, end) => {
    const times = days.map((day) =>
      day.startsWith('32') ? `2030-04-01${day.slice(2)}:00.000Z` : `2030-03-${day}:00.000Z`,
    );
    const words = clockChangeWords(times, 'Europe/Berlin');
    expect(words).toBe(`The clocks of Europe/Berlin change before run 3${end}`);
    expect(clockChangeWords(times, 'UTC')).toBeUndefined();
  });
});

describe('a draft', () => {
  test('is the schedule that it was made of', () => {
    for (const schedule of SCHEDULES) {
      const draft = toScheduleDraft(saved(schedule), NOW);
      expect(toSchedule(draft)).toEqual(schedule);
      expect(changesOf(saved(schedule), draft, { to: 'ann' }, NOW)).toEqual([]);
    }
  });

  test('without a zone is in UTC', () => {
    const { timezone } = toScheduleDraft(saved({ method: 'cron', cron: '@daily' }), NOW);
    expect(timezone).toBe('UTC');
  });

  test('tells what is changed', () => {
    const [, , cron] = SCHEDULES;
    if (!cron) throw new Error('three');
    const draft = { ...toScheduleDraft(saved(cron), NOW), name: 'Other', isActive: false };
    expect(changesOf(saved(cron), draft, { to: 'bob' }, NOW)).toEqual([
      'name',
      'payload',
      'is_active',
    ]);
    expect(changesOf(saved(cron), { ...draft, method: 'interval' }, undefined, NOW)).toEqual([
      'name',
      'schedule',
      'is_active',
    ]);
  });

  test('of a new one can be saved as it is', () => {
    expect(toSchedule(newScheduleDraft('report', NOW))).toMatchObject({
      method: 'cron',
      cron: '0 8 * * 1-5',
    });
  });
});

test('the address says what is shown', () => {
  expect(readScheduleQuery({})).toEqual({
    search: '',
    state: undefined,
    page: 1,
    open: undefined,
    functionName: undefined,
  });
  expect(
    readScheduleQuery({ search: 'a', state: 'off', page: '3', open: 'new', function: 'report' }),
  ).toEqual({
    search: 'a',
    state: 'off',
    page: 3,
    open: 'new',
    functionName: 'report',
  });
  expect(readScheduleQuery({ state: 'x', page: '-1' })).toMatchObject({
    state: undefined,
    page: 1,
  });
});
