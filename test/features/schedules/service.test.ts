import { describe, expect, test } from 'bun:test';
import { AppError } from '../../../src/core/errors.ts';
import type { Schedule } from '../../../src/features/schedules/schema.ts';
import { ADMIN, ANN } from '../functions/function-app.ts';
import { createScheduleApp, cron, every, iso, NOW } from './schedule-app.ts';

const ALL = { limit: 100, offset: 0 };

/** Where the faults are, and what they say. */
async function faultsOf(doing: Promise<unknown> | (() => unknown)) {
  try {
    await (typeof doing === 'function' ? doing() : doing);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.faults?.map(({ loc, msg }) => `${loc.join('.')} ${msg}`) ?? [error.code];
  }
  return [];
}

describe('a schedule', () => {
  test('is made active, and is due', async () => {
    const app = createScheduleApp();
    const { id, ...made } = await app.add(every(15, 'minutes'), { payload: { n: 1 } });
    expect(made).toEqual({
      name: 'job',
      function_name: 'work',
      payload: { n: 1 },
      schedule: every(15, 'minutes'),
      is_active: true,
      last_run_at: null,
      next_run_at: '2026-01-01T00:15:00.000Z',
      last_status: null,
      last_call_id: null,
      last_skipped_at: null,
      retry_at: null,
      created_by_user_id: 'root',
      created_at: '2026-01-01T00:00:00.000Z',
      updated_at: '2026-01-01T00:00:00.000Z',
    });
    expect(await app.get(id)).toEqual({ id, ...made });
  });

  test('counts anew from a change of its schedule, and not from any other', async () => {
    const app = createScheduleApp();
    const { id } = await app.add(every(1, 'hours'));
    app.clock.ms += 600_000;
    expect(await app.patch(id, { name: 'other', payload: [1] })).toMatchObject({
      next_run_at: '2026-01-01T01:00:00.000Z',
      updated_at: '2026-01-01T00:10:00.000Z',
    });
    expect(await app.patch(id, { schedule: every(1, 'hours'), is_active: true })).toMatchObject({
      next_run_at: '2026-01-01T01:00:00.000Z',
    });
    expect(await app.patch(id, { schedule: every(2, 'hours') })).toMatchObject({
      next_run_at: '2026-01-01T02:10:00.000Z',
    });
  });

  test('has no next time while it is not active, and counts from when it is again', async () => {
    const app = createScheduleApp();
    const { id } = await app.add(every(1, 'hours'));
    expect(await app.patch(id, { is_active: false })).toMatchObject({ next_run_at: null });
    app.clock.ms += 600_000;
    expect(await app.patch(id, { is_active: true })).toMatchObject({
      next_run_at: '2026-01-01T01:10:00.000Z',
    });
  });

  test('that ran once and is over needs another time before it is active again', async () => {
    const app = createScheduleApp();
    const { id } = await app.add({ method: 'once', date: '2026-01-01', time: '01:00' });
    await app.tickAndSettle(3_600_000);
    expect(await faultsOf(app.patch(id, { is_active: true }))).toEqual([
      expect.stringMatching(/^body\.is_active must be false/),
    ]);
    const schedule = { method: 'once', date: '2026-01-02', time: '01:00' } as const;
    expect(await app.patch(id, { is_active: true, schedule })).toMatchObject({
      next_run_at: '2026-01-02T01:00:00.000Z',
    });
  });

  test('whose function has vanished can still be renamed, made inactive and deleted', async () => {
    const app = createScheduleApp();
    const { id } = await app.add(every(1));
    app.functions.check = () => ({ kind: 'unknown', hint: '; did you mean work2?' });
    expect(await app.patch(id, { name: 'renamed', is_active: false })).toMatchObject({
      name: 'renamed',
    });
    expect(await faultsOf(app.patch(id, { payload: 1 }))).toEqual([
      'body.function_name must be the name of a function that is loaded; did you mean work2?',
    ]);
    await app.service.delete(ADMIN, id);
    expect(await faultsOf(app.get(id))).toEqual(['not_found']);
  });

  test('two changes at once are both made', async () => {
    const app = createScheduleApp();
    const { id } = await app.add(every(1));
    await Promise.all([
      app.patch(id, { name: 'new name' }),
      app.patch(id, { payload: { n: 2 } }),
      app.patch(id, { schedule: every(7) }),
    ]);
    expect(await app.get(id)).toMatchObject({
      name: 'new name',
      payload: { n: 2 },
      schedule: every(7),
    });
  });

  test('a change does not take back what the clock does meanwhile', async () => {
    const app = createScheduleApp();
    const { id } = await app.add(every(1));
    app.functions.check = (_name, payload) => {
      // While the payload is being looked at, the schedule comes due.
      app.clock.ms = NOW + 60_000;
      return payload === 1 ? { kind: 'fits' } : { kind: 'unknown', hint: '' };
    };
    const changing = app.patch(id, { payload: 1 });
    await app.tickAndSettle(60_000);
    await changing;
    expect(await app.get(id)).toMatchObject({
      next_run_at: '2026-01-01T00:02:00.000Z',
      last_status: 'succeeded',
      payload: 1,
    });
  });

  test('is run by hand, active or not, and keeps its next time', async () => {
    const app = createScheduleApp();
    const { id } = await app.add(every(1), { is_active: false });
    const { call_id } = await app.service.run(ADMIN, id);
    await app.scheduler().settle();
    expect(app.runs).toMatchObject([{ callId: call_id, scheduleId: id }]);
    expect(app.calls()).toMatchObject([{ id: call_id, trigger_id: id }]);
    expect(await app.get(id)).toMatchObject({
      last_call_id: call_id,
      last_status: 'succeeded',
      next_run_at: null,
      is_active: false,
    });
  });

  test('is not run by hand while it runs, nor by many hands at once', async () => {
    const app = createScheduleApp();
    const { id } = await app.add(every(1));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => app.service.run(ADMIN, id)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await app.scheduler().settle();
    expect(app.runs).toHaveLength(1);
    expect(app.calls()).toHaveLength(1);
  });

  test('is found by part of its name or function, in any case, and by what it is', async () => {
    const app = createScheduleApp();
    const names = async (filter: Parameters<typeof app.service.list>[1]) =>
      (await app.service.list(ADMIN, filter, ALL)).items.map(({ name }) => name);
    await app.add(every(1), { name: 'Straße fegen' });
    await app.add(every(1), { name: '100 % sure', is_active: false });
    expect(await names({})).toEqual(['100 % sure', 'Straße fegen']);
    expect(await names({ search: 'STRASSE' })).toEqual([]);
    expect(await names({ search: 'sTRAß' })).toEqual(['Straße fegen']);
    expect(await names({ search: '0 %' })).toEqual(['100 % sure']);
    expect(await names({ search: 'ORK' })).toHaveLength(2);
    expect(await names({ search: '' })).toHaveLength(2);
    expect(await names({ is_active: false })).toEqual(['100 % sure']);
    expect(await names({ is_active: true, search: '%' })).toEqual([]);
    expect(await names({ function_name: 'wor' })).toEqual([]);
    expect(await app.service.list(ADMIN, {}, { limit: 1, offset: 1 })).toMatchObject({
      total: 2,
      page: 2,
      page_size: 1,
      items: [{ name: 'Straße fegen' }],
    });
  });

  test('what is done to it is noted, and never what its payload holds', async () => {
    const app = createScheduleApp();
    const { id } = await app.add(every(1), { payload: { secret: 'hunter2' } });
    await app.patch(id, { name: 'new', payload: { secret: 'hunter3' } });
    await app.patch(id, { name: 'new' });
    await app.service.run(ADMIN, id);
    await app.service.delete(ADMIN, id);
    expect(app.notes.map(({ action }) => action)).toEqual([
      'schedule.create',
      'schedule.update',
      'schedule.run',
      'schedule.delete',
    ]);
    expect(app.notes[1]?.details).toEqual({
      changed: ['name'],
      was: { name: 'job' },
      now: { name: 'new' },
      is_payload_changed: true,
    });
    expect(JSON.stringify(app.notes)).not.toContain('hunter');
  });

  test('is nobody’s but an admin’s', async () => {
    const app = createScheduleApp();
    const { id } = await app.add(every(1));
    const { service } = app;
    const token = { ...ADMIN, scopes: ['functions:call'] } as typeof ADMIN;
    for (const actor of [ANN, token, { kind: 'anonymous' } as const])
      for (const doing of [
        () => service.list(actor, {}, ALL),
        () => service.get(actor, id),
        () => service.create(actor, { name: 'a', function_name: 'work', schedule: every(1) }),
        () => service.update(actor, id, { name: 'b' }),
        () => service.run(actor, id),
        () => service.delete(actor, id),
        () => service.preview(actor, every(1)),
      ])
        expect(await faultsOf(doing)).toEqual(['forbidden']);
  });
});

describe('what is refused', () => {
  const once = (date: string, time: string, timezone = 'UTC'): Schedule => ({
    method: 'once',
    date,
    time,
    timezone,
  });
  const REFUSED: readonly (readonly [string, Schedule, readonly string[]])[] = [
    [
      'an unknown zone',
      every(1, 'days', 'Berlin'),
      [
        'body.schedule.timezone must be a time zone of the IANA list, such as Europe/Berlin or UTC; did you mean Europe/Berlin?',
      ],
    ],
    [
      'a bad expression in a bad zone',
      cron('0 25 * * *', 'Mars'),
      [
        'body.schedule.timezone',
        'body.schedule.cron must be a cron expression such as 30 2 * * 1-5; its hour is "25"',
      ],
    ],
    ['a day that never comes', cron('0 0 30 2 *'), ['body.schedule.cron']],
    [
      'a day and a time that are none',
      once('2026-02-30', '24:00'),
      [
        'body.schedule.date must be a day that exists',
        'body.schedule.time must be a time such as 08:30 or 08:30:15',
      ],
    ],
    [
      'what is over',
      once('2026-01-01', '00:00'),
      ['body.schedule.date must be a day and time in the future'],
    ],
    [
      'what is over there already',
      once('2026-01-01', '00:30', 'Europe/Berlin'),
      ['body.schedule.date'],
    ],
    [
      'what is beyond the last time that sorts, and would run at once',
      once('9999-12-31', '23:59', 'America/New_York'),
      ['body.schedule.date must be before the year 10000'],
    ],
    [
      'more than a hundred years',
      every(36_526, 'days'),
      ['body.schedule.value must be a hundred years or less'],
    ],
  ];
  test.each(REFUSED)('%s, in a preview as well', async (_name, schedule, expected) => {
    const app = createScheduleApp();
    for (const doing of [app.add(schedule), () => app.service.preview(ADMIN, schedule)]) {
      const faults = await faultsOf(doing);
      expect(faults).toHaveLength(expected.length);
      for (const [index, start] of expected.entries()) expect(faults[index]).toStartWith(start);
    }
    expect((await app.service.list(ADMIN, {}, ALL)).total).toBe(0);
  });

  test('a payload that lists of schedules should not carry', async () => {
    const app = createScheduleApp();
    const body = { name: 'a', function_name: 'report', schedule: every(1, 'days') };
    const make = (length: number) => () =>
      app.service.create(ADMIN, { ...body, payload: { text: 'x'.repeat(length) } });
    expect(await faultsOf(make(70_000))).toEqual([
      expect.stringMatching(/^body\.payload must be 64 KB of JSON or less/),
    ]);
    await make(60_000)();
    expect((await app.service.list(ADMIN, {}, ALL)).total).toBe(1);
  });

  test('a payload that does not fit and a schedule that is none, both at once', async () => {
    const app = createScheduleApp();
    app.functions.check = () => ({
      kind: 'faulty',
      faults: [{ loc: ['body', 'items', 0], msg: 'must be a string', type: 'string_type' }],
    });
    expect(await faultsOf(app.add(every(1, 'days', 'X')))).toEqual([
      expect.stringMatching(/^body\.schedule\.timezone/),
      'body.payload.items.0 must be a string',
    ]);
  });
});

describe('a preview', () => {
  test.each([
    [
      cron('30 2 * * *', 'Europe/Berlin'),
      [
        '2026-01-01T01:30:00.000Z',
        '2026-01-02T01:30:00.000Z',
        '2026-01-03T01:30:00.000Z',
        '2026-01-04T01:30:00.000Z',
        '2026-01-05T01:30:00.000Z',
      ],
    ],
    [every(90), iso([1, 2, 3, 4, 5].map((n) => NOW + n * 90 * 60_000))],
    [
      { method: 'once', date: '2026-03-29', time: '02:30', timezone: 'Europe/Berlin' } as const,
      ['2026-03-29T01:00:00.000Z'],
    ],
  ])('%j is due then', (schedule, times) => {
    expect(createScheduleApp().service.preview(ADMIN, schedule).next_runs).toEqual(times);
  });
});
