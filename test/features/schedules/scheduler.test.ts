import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { ADMIN } from '../functions/function-app.ts';
import {
  createScheduleApp,
  cron,
  every,
  FAILED,
  NO_ROOM,
  NOW,
  type SeenEnd,
  SUCCEEDED,
} from './schedule-app.ts';

setDefaultTimeout(600_000);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (ms: number) => new Date(NOW + ms).toISOString();

describe('the loop', () => {
  test('starts what is due without waiting for another, and counts from the time it was due', async () => {
    const app = createScheduleApp();
    const never = Promise.withResolvers<SeenEnd>();
    const slow = await app.add(every(1), { name: 'slow', payload: { n: 1 } });
    const quick = await app.add(every(2), { name: 'quick' });
    app.functions.end = ({ scheduleId }) => (scheduleId === slow.id ? never.promise : SUCCEEDED);
    await app.tick();
    expect(app.runs).toEqual([]);
    // The tick comes 4 s late.
    await app.tick(2 * MINUTE + 4_000);
    expect(app.runs.map(({ scheduleId }) => scheduleId)).toEqual([slow.id, quick.id]);
    expect(app.runs[0]).toMatchObject({ name: 'work', json: '{"n":1}' });
    expect(await app.get(quick.id)).toMatchObject({
      next_run_at: at(4 * MINUTE),
      last_run_at: at(2 * MINUTE + 4_000),
    });
    await app.tick(2 * MINUTE);
    expect(app.runs.map(({ scheduleId }) => scheduleId)).toEqual([slow.id, quick.id, quick.id]);
    never.resolve(SUCCEEDED);
    await app.scheduler().settle();
  });

  test('never runs one schedule twice at a time: a time that comes meanwhile passes, and is noted', async () => {
    const app = createScheduleApp();
    const end = Promise.withResolvers<SeenEnd>();
    app.functions.end = () => end.promise;
    const { id } = await app.add(every(1));
    await app.tick(MINUTE);
    for (let n = 0; n < 5; n++) await app.tick(MINUTE);
    expect(app.runs).toHaveLength(1);
    expect(await app.get(id)).toMatchObject({
      last_status: 'running',
      last_skipped_at: at(6 * MINUTE),
      next_run_at: at(7 * MINUTE),
    });
    expect(app.lines.at(-1)).toBe('The schedule "job" still runs: its next run is left out');
    end.resolve(SUCCEEDED);
    await app.scheduler().settle();
    expect(await app.get(id)).toMatchObject({ last_status: 'succeeded' });
    await app.tickAndSettle(MINUTE);
    expect(app.runs).toHaveLength(2);
  });

  test('what runs once ends inactive', async () => {
    const app = createScheduleApp();
    const { id } = await app.add({ method: 'once', date: '2026-01-01', time: '00:30' });
    await app.tickAndSettle(30 * MINUTE);
    expect(await app.get(id)).toMatchObject({
      is_active: false,
      next_run_at: null,
      last_status: 'succeeded',
      last_call_id: app.runs[0]?.callId,
    });
    await app.tickAndSettle(HOUR);
    expect(app.runs).toHaveLength(1);
  });

  test('what runs once and is just run by hand is put off, not lost', async () => {
    const app = createScheduleApp();
    const end = Promise.withResolvers<SeenEnd>();
    app.functions.end = () => end.promise;
    const { id } = await app.add({ method: 'once', date: '2026-01-01', time: '00:30' });
    await app.scheduler().runNow(id);
    await app.tick(30 * MINUTE);
    expect(app.runs).toHaveLength(1);
    end.resolve(SUCCEEDED);
    await app.scheduler().settle();
    await app.tickAndSettle(MINUTE);
    expect(app.runs).toHaveLength(2);
    expect(await app.get(id)).toMatchObject({ is_active: false, last_skipped_at: null });
  });

  test('runs nothing of what is not active', async () => {
    const app = createScheduleApp();
    const { id } = await app.add(every(1), { is_active: false });
    expect(await app.get(id)).toMatchObject({ next_run_at: null });
    await app.tickAndSettle(HOUR);
    expect(app.runs).toEqual([]);
  });

  test('waits for the functions to be loaded', async () => {
    const app = createScheduleApp();
    await app.add(every(1));
    app.functions.isReady = () => false;
    await app.tickAndSettle(MINUTE);
    expect(app.runs).toEqual([]);
    app.functions.isReady = () => true;
    await app.tickAndSettle(5_000);
    expect(app.runs).toHaveLength(1);
  });

  test('starts thousands that are due at once, so many at a time as may wait, and each once', async () => {
    const app = createScheduleApp({ maxWaiting: 50 });
    for (let n = 0; n < 2_000; n++) await app.add(every(1));
    let waiting = 0;
    let most = 0;
    app.functions.end = async ({ started }) => {
      most = Math.max(most, ++waiting);
      await new Promise((resolve) => setImmediate(resolve));
      waiting--;
      // A worker has begun it: the next may wait, though this one has not ended.
      started();
      await new Promise((resolve) => setImmediate(resolve));
      return SUCCEEDED;
    };
    await app.tickAndSettle(MINUTE);
    expect(new Set(app.runs.map(({ scheduleId }) => scheduleId)).size).toBe(2_000);
    expect(app.runs).toHaveLength(2_000);
    expect(most).toBeLessThanOrEqual(50);
  });

  test('between any two of many that are due, everybody else has a turn', async () => {
    const app = createScheduleApp();
    for (let n = 0; n < 40; n++) await app.add(cron('0 3 * * *', 'Europe/Berlin'));
    const countTurns = async (ms: number) => {
      let turns = 0;
      let isOver = false;
      const turn = () => {
        turns++;
        if (!isOver) setImmediate(turn);
      };
      turn();
      await app.tickAndSettle(ms);
      isOver = true;
      return turns;
    };
    expect(await countTurns(24 * HOUR)).toBeGreaterThanOrEqual(40);
    expect(app.runs).toHaveLength(40);
    // The clock is set back: all of them are looked at again.
    expect(await countTurns(-240 * HOUR)).toBeGreaterThanOrEqual(40);
  });

  test('one that is run by hand while others are worked out does not run twice at a time', async () => {
    const app = createScheduleApp();
    const end = Promise.withResolvers<SeenEnd>();
    app.functions.end = () => end.promise;
    const schedules = [];
    for (let n = 0; n < 8; n++) schedules.push(await app.add(cron('0 3 * * *')));
    const last = schedules.at(-1)?.id ?? '';
    const ticked = app.tick(24 * HOUR);
    // A turn, however long it takes: each of the eight has one of its own.
    await new Promise((resolve) => setImmediate(resolve));
    expect(app.runs.length).toBeLessThan(8);
    await app.service.run(ADMIN, last);
    await ticked;
    expect(app.runs.filter(({ scheduleId }) => scheduleId === last)).toHaveLength(1);
    expect(app.runs).toHaveLength(8);
    end.resolve(SUCCEEDED);
    await app.scheduler().settle();
  });

  test('an end that could not be noted is noted before the server stops, with its retry', async () => {
    const app = createScheduleApp({ maxRetries: 1 });
    app.functions.end = () => FAILED;
    const { id } = await app.add(every(1));
    const { finish } = app.store;
    app.store.finish = () => Promise.reject(new Error('the disk is full'));
    await app.tickAndSettle(MINUTE);
    expect(await app.get(id)).toMatchObject({ last_status: 'running' });
    app.store.finish = finish;
    await app.scheduler().settle();
    const after = await app.get(id);
    expect([after.last_status, after.retry_at]).toEqual(['failed', at(MINUTE + 10_000)]);
  });

  test('long runs do not keep others from starting', async () => {
    const app = createScheduleApp({ maxWaiting: 1 });
    const end = Promise.withResolvers<SeenEnd>();
    app.functions.end = ({ started }) => {
      started();
      return end.promise;
    };
    for (let n = 0; n < 20; n++) await app.add(every(1));
    await app.tick(MINUTE);
    expect(app.runs).toHaveLength(20);
    end.resolve(SUCCEEDED);
    await app.scheduler().settle();
  });
});

describe('after a stop', () => {
  test('a missed run is made up for once, however often it was due', async () => {
    const app = createScheduleApp();
    const { id } = await app.add(cron('30 2 * * *', 'Europe/Berlin'));
    await app.restart();
    await app.tickAndSettle(5 * 24 * HOUR);
    await app.tickAndSettle(5_000);
    expect(app.runs).toHaveLength(1);
    expect(await app.get(id)).toMatchObject({ next_run_at: '2026-01-06T01:30:00.000Z' });
  });

  test('a run that a crash cut off is interrupted, and neither it nor its time comes again', async () => {
    const app = createScheduleApp({ maxRetries: 3 });
    app.functions.end = () => new Promise(() => {});
    const once = await app.add({ method: 'once', date: '2026-01-01', time: '00:01' });
    const { id } = await app.add(every(1));
    await app.tick(MINUTE);
    expect(app.calls().map(({ status }) => status)).toEqual(['running', 'running']);
    await app.restart();
    expect(await app.get(once.id)).toMatchObject({ last_status: 'interrupted', is_active: false });
    expect(await app.get(id)).toMatchObject({ last_status: 'interrupted', retry_at: null });
    await app.tick(1_000);
    expect(app.runs).toHaveLength(2);
    expect(app.lines).toContain('2 runs of schedules were cut off when the server stopped');
  });

  test('nothing begins before its start is on disk', async () => {
    const app = createScheduleApp();
    await app.add(every(1));
    app.functions.end = ({ callId }) => {
      expect(app.calls()).toMatchObject([{ id: callId, status: 'running' }]);
      return SUCCEEDED;
    };
    await app.tickAndSettle(MINUTE);
    expect(app.runs).toHaveLength(1);
  });

  test('a disk that is full starts nothing; it goes on when there is room', async () => {
    const app = createScheduleApp();
    const { id } = await app.add(every(1));
    app.db.run(
      "CREATE TEMP TRIGGER full BEFORE UPDATE ON main.function_schedule BEGIN SELECT RAISE(ABORT, 'full'); END",
    );
    await app.tick(MINUTE);
    expect(app.runs).toEqual([]);
    expect(app.lines.at(-1)).toBe('The job schedules failed; it is tried again');
    app.db.run('DROP TRIGGER full');
    await app.tickAndSettle(5_000);
    expect(app.runs).toHaveLength(1);
    expect(await app.get(id)).toMatchObject({ next_run_at: at(2 * MINUTE) });
  });

  test('how a run ended is noted later when the disk was full just then, and its retry is not lost', async () => {
    const app = createScheduleApp({ maxRetries: 1 });
    app.functions.end = () => {
      app.db.run(
        "CREATE TEMP TRIGGER full BEFORE UPDATE ON main.function_schedule BEGIN SELECT RAISE(ABORT, 'full'); END",
      );
      return FAILED;
    };
    const { id } = await app.add({ method: 'once', date: '2026-01-01', time: '00:01' });
    await app.tickAndSettle(MINUTE);
    expect(await app.get(id)).toMatchObject({ last_status: 'running' });
    app.db.run('DROP TRIGGER full');
    app.functions.end = () => SUCCEEDED;
    await app.tickAndSettle(5_000);
    expect(await app.get(id)).toMatchObject({ last_status: 'failed', retry_at: at(70_000) });
    await app.tickAndSettle(5_000);
    expect(app.runs).toHaveLength(2);
    expect(await app.get(id)).toMatchObject({ last_status: 'succeeded', retry_at: null });
  });
});

describe('a failed run', () => {
  test('is not tried again unless scheduler.max_retries says so', async () => {
    const app = createScheduleApp();
    app.functions.end = () => FAILED;
    const { id } = await app.add(every(1, 'hours'));
    await app.tickAndSettle(HOUR);
    expect(await app.get(id)).toMatchObject({ last_status: 'failed', retry_at: null });
  });

  test('is tried again after 10, 20, 40 s, so often and no more', async () => {
    const app = createScheduleApp({ maxRetries: 3 });
    app.functions.end = () => FAILED;
    const { id } = await app.add(every(1, 'hours'));
    await app.tickAndSettle(HOUR);
    for (const seconds of [10, 20, 40]) {
      expect(await app.get(id)).toMatchObject({
        retry_at: new Date(app.clock.ms + seconds * 1_000).toISOString(),
        next_run_at: at(2 * HOUR),
      });
      await app.tickAndSettle(seconds * 1_000 - 1);
      const { length } = app.runs;
      await app.tickAndSettle(1);
      expect(app.runs).toHaveLength(length + 1);
    }
    expect(await app.get(id)).toMatchObject({ retry_at: null, last_status: 'failed' });
    expect(app.runs).toHaveLength(4);
    expect(app.calls()).toHaveLength(4);
  });

  test('waits an hour at most', async () => {
    const app = createScheduleApp({ maxRetries: 20 });
    app.functions.end = () => FAILED;
    const { id } = await app.add({ method: 'once', date: '2026-01-01', time: '00:01' });
    await app.tickAndSettle(MINUTE);
    for (let n = 0; n < 12; n++) await app.tickAndSettle(HOUR);
    const { retry_at } = await app.get(id);
    expect(Date.parse(retry_at ?? '') - app.clock.ms).toBe(HOUR);
  });

  test('is over with the first that goes well', async () => {
    const app = createScheduleApp({ maxRetries: 5 });
    app.functions.end = () => (app.runs.length < 2 ? FAILED : SUCCEEDED);
    const { id } = await app.add(every(1, 'hours'));
    await app.tickAndSettle(HOUR);
    await app.tickAndSettle(10_000);
    await app.tickAndSettle(HOUR / 2);
    expect(app.runs).toHaveLength(2);
    expect(await app.get(id)).toMatchObject({ retry_at: null, last_status: 'succeeded' });
  });

  test('gives way to the next regular run, which is neither delayed nor doubled', async () => {
    const app = createScheduleApp({ maxRetries: 5 });
    app.functions.end = () => FAILED;
    const { id } = await app.add(every(15, 'seconds'));
    await app.tickAndSettle(15_000);
    await app.tickAndSettle(10_000);
    // The second attempt would come after the regular run.
    expect(await app.get(id)).toMatchObject({ retry_at: null, next_run_at: at(30_000) });
    await app.tickAndSettle(5_000);
    expect(app.runs.map((run) => run.at - NOW)).toEqual([15_000, 25_000, 30_000]);
    // A tick that comes late finds both due.
    await app.tickAndSettle(20_000);
    expect(app.runs.map((run) => run.at - NOW)).toEqual([15_000, 25_000, 30_000, 50_000]);
  });

  test('is tried again after a restart', async () => {
    const app = createScheduleApp({ maxRetries: 1 });
    app.functions.end = () => FAILED;
    await app.add({ method: 'once', date: '2026-01-01', time: '00:01' });
    await app.tickAndSettle(MINUTE);
    await app.restart();
    await app.tickAndSettle(10_000);
    expect(app.runs).toHaveLength(2);
    await app.tickAndSettle(HOUR);
    expect(app.runs).toHaveLength(2);
  });

  test('is not tried again once its schedule was made inactive', async () => {
    const app = createScheduleApp({ maxRetries: 3 });
    app.functions.end = () => FAILED;
    const { id } = await app.add(every(1, 'hours'));
    await app.tickAndSettle(HOUR);
    await app.patch(id, { is_active: false });
    await app.tickAndSettle(MINUTE);
    expect(app.runs).toHaveLength(1);
  });

  test('that never began, as too many calls waited, is tried again in any case', async () => {
    const app = createScheduleApp();
    app.functions.end = () => (app.runs.length < 3 ? NO_ROOM : SUCCEEDED);
    const { id } = await app.add({ method: 'once', date: '2026-01-01', time: '00:01' });
    await app.tickAndSettle(MINUTE);
    await app.tickAndSettle(10_000);
    await app.tickAndSettle(20_000);
    expect(app.runs).toHaveLength(3);
    expect(await app.get(id)).toMatchObject({ last_status: 'succeeded', retry_at: null });
  });
});

describe('a clock', () => {
  test('that jumps forward makes no storm', async () => {
    const app = createScheduleApp();
    const { id } = await app.add(every(1));
    await app.tickAndSettle(365 * 24 * HOUR);
    expect(app.runs).toHaveLength(1);
    expect(await app.get(id)).toMatchObject({ next_run_at: at(365 * 24 * HOUR + MINUTE) });
  });

  test('that is set back far makes no standstill', async () => {
    const app = createScheduleApp();
    const { id } = await app.add(every(1));
    const daily = await app.add(cron('0 3 * * *'));
    await app.tickAndSettle(30 * 24 * HOUR);
    app.runs.length = 0;
    await app.tickAndSettle(-29 * 24 * HOUR);
    expect(await app.get(id)).toMatchObject({ next_run_at: at(24 * HOUR + MINUTE) });
    expect(await app.get(daily.id)).toMatchObject({ next_run_at: at(27 * HOUR) });
    await app.tickAndSettle(MINUTE);
    expect(app.runs.map(({ scheduleId }) => scheduleId)).toEqual([id]);
  });

  test('that was set back while the server was stopped makes none either', async () => {
    const app = createScheduleApp();
    const { id } = await app.add(every(1));
    await app.tickAndSettle(30 * 24 * HOUR);
    await app.restart();
    await app.tickAndSettle(-29 * 24 * HOUR);
    expect(await app.get(id)).toMatchObject({ next_run_at: at(24 * HOUR + MINUTE) });
  });

  test('that is set back a little does not run a time of day a second time', async () => {
    const app = createScheduleApp();
    const daily = await app.add(cron('0 3 * * *'));
    await app.tickAndSettle(3 * HOUR);
    await app.tickAndSettle(-HOUR);
    await app.tickAndSettle(HOUR);
    expect(app.runs).toHaveLength(1);
    expect(await app.get(daily.id)).toMatchObject({ next_run_at: at(27 * HOUR) });
  });
});

test('a schedule that cannot be worked out any more ends, and the others go on', async () => {
  const app = createScheduleApp();
  const broken = await app.add(every(1, 'days'), { name: 'broken' });
  const other = await app.add(every(1, 'days'));
  app.db.run(
    `UPDATE function_schedule SET schedule = replace(schedule, 'UTC', 'Mars/Phobos') WHERE id = '${broken.id}'`,
  );
  await app.tickAndSettle(24 * HOUR);
  await app.tickAndSettle(24 * HOUR);
  expect(app.runs.filter(({ scheduleId }) => scheduleId === other.id)).toHaveLength(2);
  expect(await app.get(broken.id)).toMatchObject({ is_active: false, next_run_at: null });
  expect(app.lines).toContain('When the schedule "broken" is due next cannot be told: it ends');
});
