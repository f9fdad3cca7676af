import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { expectStatus } from '../../scripts/support/http-client.ts';
import { type Scenario, scenarios } from '../support/scenario.ts';
import { fault, problem, serveForFile, TIMESTAMP, UUID_V7 } from '../support/served.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(600_000);

const SCHEDULES = '/api/admin/schedules';
const served = serveForFile(
  {
    'tinybase.toml': '[scheduler]\ninterval_seconds = 1\nmax_retries = 1\n',
    'functions/quick.ts': `import { register, t } from 'tinybase';
register({ auth: 'admin', input: t.Object({ n: t.Optional(t.Integer({ minimum: 1 })) }) }, (ctx) => {
  console.log('quick ' + ctx.user_id + ' ' + ctx.is_admin + ' ' + ctx.trigger_id);
});`,
    'functions/slow.ts': `import { register } from 'tinybase';
register({}, () => Bun.sleep(5_000));`,
    // Until the server ends.
    'functions/endless.ts': `import { register } from 'tinybase';
register({ timeout_seconds: 600 }, () => Bun.sleep(600_000));`,
    'functions/fails.ts': `import { register } from 'tinybase';
register({}, () => { throw new Error('broken'); });`,
  },
  async ({ admin, server }) => {
    await until(async () => {
      const { body } = await admin.get('/api/functions');
      return body.total === 4;
    }, 'the functions are there');
    expect(server.stderr()).not.toContain('ERROR');
  },
);
const admin = () => served().admin;

interface Shown {
  readonly id: string;
  readonly next_run_at: string | null;
  readonly last_run_at: string | null;
  readonly last_status: string | null;
  readonly last_skipped_at: string | null;
  readonly last_call_id: string | null;
  readonly is_active: boolean;
}

const every = (value: number, unit = 'seconds') => ({ method: 'interval', unit, value });
const soon = (seconds: number) => {
  const text = new Date(Date.now() + seconds * 1_000).toISOString();
  return { method: 'once', date: text.slice(0, 10), time: text.slice(11, 19) };
};

async function make(body: object): Promise<Shown> {
  return expectStatus(await admin().post(SCHEDULES, body), 201, 'making a schedule');
}
const read = async (id: string): Promise<Shown> => (await admin().get(`${SCHEDULES}/${id}`)).body;

interface Call {
  readonly id: string;
  readonly status: string;
  readonly started_at: string;
  readonly finished_at: string;
}

/** The calls of a schedule, the first comes first. */
async function callsOf(id: string): Promise<readonly Call[]> {
  const query = `trigger_type=schedule&trigger_id=${id}&limit=1000`;
  return (await admin().get(`/api/admin/functions/calls?${query}`)).body.items.toReversed();
}

const YEAR_3000 = { method: 'once', date: '2999-12-31', time: '23:59', timezone: 'Europe/Berlin' };
const body = (changes: object = {}) => ({
  name: 'job',
  function_name: 'quick',
  schedule: YEAR_3000,
  ...changes,
});
const KEYS = [
  'id',
  'name',
  'function_name',
  'payload',
  'schedule',
  'is_active',
  'last_run_at',
  'next_run_at',
  'last_status',
  'last_call_id',
  'last_skipped_at',
  'retry_at',
  'created_by_user_id',
  'created_at',
  'updated_at',
];
const refused = (
  name: string,
  given: object,
  ...locs: readonly (readonly string[])[]
): Scenario => ({
  name: `${name} is refused`,
  request: ['POST', SCHEDULES, given],
  as: 'admin',
  status: 422,
  body: fault(...locs.map((loc) => ['body', ...loc])),
});
const onSchedule = (schedule: object) => body({ schedule });

describe('the routes of schedules', () => {
  scenarios(
    () => served().target,
    [
      {
        name: 'an admin makes one',
        request: ['POST', SCHEDULES, body({ payload: { n: 2 } })],
        as: 'admin',
        status: 201,
        keys: KEYS,
        body: {
          id: expect.stringMatching(UUID_V7),
          payload: { n: 2 },
          schedule: YEAR_3000,
          is_active: true,
          next_run_at: '2999-12-31T22:59:00.000Z',
          last_run_at: null,
          last_status: null,
          created_at: expect.stringMatching(TIMESTAMP),
        },
        keep: { schedule: 'id' },
      },
      {
        name: 'it is read',
        request: ['GET', `${SCHEDULES}/{schedule}`],
        as: 'admin',
        status: 200,
        keys: KEYS,
      },
      {
        name: 'it is made inactive',
        request: ['PATCH', `${SCHEDULES}/{schedule}`, { is_active: false, name: 'Other' }],
        as: 'admin',
        status: 200,
        body: { is_active: false, next_run_at: null, name: 'Other', payload: { n: 2 } },
      },
      {
        name: 'it is listed, with a total',
        request: ['GET', `${SCHEDULES}?search=OTH&is_active=false&function_name=quick&limit=5`],
        as: 'admin',
        status: 200,
        body: { total: 1, page: 1, page_size: 5, items: [{ name: 'Other' }] },
      },
      {
        name: 'a filter that is none is refused',
        request: ['GET', `${SCHEDULES}?is_active=maybe&active=true`],
        as: 'admin',
        status: 422,
        body: fault(['query', 'is_active'], ['query', 'active']),
      },
      {
        name: 'it is run now, inactive as it is',
        request: ['POST', `${SCHEDULES}/{schedule}/run`],
        as: 'admin',
        status: 202,
        keys: ['call_id'],
        body: { call_id: expect.stringMatching(UUID_V7) },
      },
      {
        name: 'a preview tells five times, and writes nothing',
        request: [
          'POST',
          `${SCHEDULES}/preview`,
          { schedule: { method: 'cron', cron: '@yearly', timezone: 'Asia/Kolkata' } },
        ],
        as: 'admin',
        status: 200,
        keys: ['next_runs'],
        body: ({ next_runs }: { next_runs: readonly string[] }) => {
          expect(next_runs).toHaveLength(5);
          for (const time of next_runs) expect(time).toEndWith('-12-31T18:30:00.000Z');
        },
      },
      {
        name: 'a preview of what is none is refused',
        request: [
          'POST',
          `${SCHEDULES}/preview`,
          { schedule: { method: 'cron', cron: '0 0 30 2 *' } },
        ],
        as: 'admin',
        status: 422,
        body: fault(['body', 'schedule', 'cron']),
      },
      {
        name: 'a change of all that is wrong tells all of it',
        request: ['PATCH', `${SCHEDULES}/{schedule}`, { payload: { n: 0, m: 1 }, nam: 'x' }],
        as: 'admin',
        status: 422,
        body: fault(['body', 'nam']),
      },
      {
        name: 'a payload that does not fit its input is refused',
        request: ['PATCH', `${SCHEDULES}/{schedule}`, { payload: { n: 0, m: 1 } }],
        as: 'admin',
        status: 422,
        body: fault(['body', 'payload', 'n'], ['body', 'payload', 'm']),
      },
      {
        name: 'it is deleted',
        request: ['DELETE', `${SCHEDULES}/{schedule}`],
        as: 'admin',
        status: 204,
      },
      ...(['GET', 'DELETE'] as const).map(
        (method): Scenario => ({
          name: `${method} of what is gone`,
          request: [method, `${SCHEDULES}/{schedule}`],
          as: 'admin',
          status: 404,
          body: problem('not_found'),
        }),
      ),
      {
        name: 'running what is gone',
        request: ['POST', `${SCHEDULES}/{schedule}/run`],
        as: 'admin',
        status: 404,
        body: problem('not_found'),
      },
      refused('an unknown function', body({ function_name: 'quik' }), ['function_name']),
      refused('a payload that does not fit', body({ payload: { n: 'x' } }), ['payload', 'n']),
      refused('a zone that is none', onSchedule({ ...YEAR_3000, timezone: 'Berlin' }), [
        'schedule',
        'timezone',
      ]),
      refused('a bad expression', onSchedule({ method: 'cron', cron: '61 * * * *' }), [
        'schedule',
        'cron',
      ]),
      refused('what is over', onSchedule({ method: 'once', date: '2020-01-01', time: '00:00' }), [
        'schedule',
        'date',
      ]),
      refused('an unknown method', onSchedule({ method: 'weekly' }), ['schedule']),
      refused('an interval of nothing', onSchedule(every(0)), ['schedule', 'value']),
      refused('an interval of half a second', onSchedule(every(0.5)), ['schedule', 'value']),
      refused('anything extra', onSchedule({ ...every(1), cron: '* * * * *' }), [
        'schedule',
        'cron',
      ]),
      refused('an empty body', {}, ['name'], ['function_name'], ['schedule']),
      refused(
        'everything wrong at once',
        body({ function_name: 'gone', schedule: { method: 'cron', cron: '', timezone: 'X' } }),
        ['function_name'],
        ['schedule', 'cron'],
        ['schedule', 'timezone'],
      ),
      ...(['ann', undefined] as const).map(
        (who): Scenario => ({
          name: `${who ?? 'nobody'} makes none`,
          request: ['POST', SCHEDULES, body()],
          ...(who && { as: who }),
          status: who ? 403 : 401,
          body: problem(who ? 'forbidden' : 'unauthenticated'),
        }),
      ),
    ],
  );
});

describe('twenty seconds of real time, a tick every second', () => {
  test('everything runs when it is due, never twice at a time, and counts from when it was due', async () => {
    const [steady, overlapping, once, failing] = await Promise.all([
      make({ name: 'steady', function_name: 'quick', schedule: every(2) }),
      make({ name: 'overlapping', function_name: 'slow', schedule: every(1) }),
      make({ name: 'once', function_name: 'quick', schedule: soon(10) }),
      make({ name: 'failing', function_name: 'fails', schedule: soon(10) }),
    ]);
    const due = new Set<string | null>();
    const endAt = performance.now() + 20_000;
    while (performance.now() < endAt) {
      due.add((await read(steady.id)).next_run_at);
      await Bun.sleep(100);
    }
    const firstDue = Date.parse(steady.next_run_at ?? '');
    // Whatever the machine was busy with, the times lie on one grid.
    for (const time of due) expect((Date.parse(time ?? '') - firstDue) % 2_000).toBe(0);
    const runs = await callsOf(steady.id);
    expect(runs.length).toBeGreaterThan(1);
    // At most a run for each time that was due; the next one was set before its run began.
    const nextDue = Date.parse((await read(steady.id)).next_run_at ?? '');
    expect(runs.length).toBeLessThanOrEqual((nextDue - firstDue) / 2_000);
    await until(async () => (await read(steady.id)).last_status === 'succeeded', 'no run is left');

    await until(async () => (await callsOf(overlapping.id)).length > 1, 'the slow one ended');
    expectStatus(
      await admin().patch(`${SCHEDULES}/${overlapping.id}`, { is_active: false }),
      200,
      'ending it',
    );
    await until(
      async () => (await read(overlapping.id)).last_status !== 'running',
      'its last run ended',
    );
    const slow = await callsOf(overlapping.id);
    for (const [index, { started_at }] of slow.entries()) {
      const before = slow[index - 1];
      if (before) expect(started_at >= before.finished_at).toBe(true);
    }
    expect((await read(overlapping.id)).last_skipped_at).toMatch(TIMESTAMP);
    // Its own words: the log tells of what was left out.
    expect(served().server.stderr()).toContain('"overlapping" still runs');

    await until(async () => (await read(once.id)).last_status === 'succeeded', 'it ran once');
    expect(await read(once.id)).toMatchObject({ is_active: false, next_run_at: null });
    expect(await callsOf(once.id)).toHaveLength(1);

    await until(async () => (await callsOf(failing.id)).length === 2, 'it was tried again');
    await until(async () => (await read(failing.id)).last_status === 'failed', 'it ended');
    const [first, second] = await callsOf(failing.id);
    if (!first || !second) throw new Error('two calls');
    expect(Date.parse(second.started_at) - Date.parse(first.finished_at)).toBeGreaterThan(9_000);
    expect(await read(failing.id)).toMatchObject({ retry_at: null, last_call_id: second.id });
    expect(served().server.stderr()).toContain(`quick null false ${steady.id}`);
  });

  test('a run of many hands at once is one run', async () => {
    const { id } = await make({ name: 'by hand', function_name: 'endless', schedule: YEAR_3000 });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => admin().post(`${SCHEDULES}/${id}/run`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array(19).fill(409)]);
    expect(await callsOf(id)).toHaveLength(1);
  });
});
