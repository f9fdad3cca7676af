// Runs alone: it measures.
import { describe, expect, test } from 'bun:test';
import { refusal, thrownBy } from '../features/records/data-app.ts';
import { openQueue } from './open-queue.ts';

/** Somebody with a connection of their own, who writes until `end` is called. */
function pause(connection: ReturnType<typeof openQueue>['connection']) {
  const events: string[] = [];
  const begun = Promise.withResolvers<void>();
  const ending = Promise.withResolvers<void>();
  const done = connection
    .pauseWhile(async () => {
      events.push('begun');
      begun.resolve();
      await ending.promise;
      events.push('ended');
      return 'value';
    })
    .finally(() => events.push('answered'));
  return { events, done, begun: begun.promise, end: ending.resolve, fail: ending.reject };
}

describe('while a thread writes', () => {
  test('the jobs before it come first, those behind wait, and their order stays', async () => {
    using queue = openQueue();
    const { connection, add } = queue;
    const before = connection.write(() => add(1));
    const { events, done, begun, end } = pause(connection);
    const behind = [2, 3].map((n) =>
      connection.write(() => add(n), { isAlone: n === 3 }).then(() => events.push(`wrote ${n}`)),
    );
    await before;
    await begun;
    expect(queue.seen()).toEqual([1]);
    behind.push(connection.write(() => add(4)).then(() => events.push('wrote 4')));
    await Bun.sleep(50);
    expect(queue.seen()).toEqual([1]);
    queue.other.run('INSERT INTO t (n) VALUES (100)');
    end();
    expect(await done).toBe('value');
    await Promise.all(behind);
    expect(events).toEqual(['begun', 'ended', 'answered', 'wrote 2', 'wrote 3', 'wrote 4']);
    expect(queue.seen()).toEqual([1, 100, 2, 3, 4]);
  });

  test('what it wrote is noticed before the next job runs, and by a look in between', async () => {
    using queue = openQueue();
    const { connection } = queue;
    const events: string[] = [];
    connection.onForeignWrite(() => events.push('noticed'));
    const { done, begun, end } = pause(connection);
    const job = connection.write(() => events.push('job'));
    await begun;
    connection.checkForeignWrites();
    queue.other.run('INSERT INTO t (n) VALUES (1)');
    // At once, however short it is since the last look.
    connection.checkForeignWrites();
    expect(events).toEqual(['noticed']);
    queue.other.run('INSERT INTO t (n) VALUES (2)');
    end();
    await Promise.all([done, job]);
    expect(events).toEqual(['noticed', 'noticed', 'job']);
  });

  test('and fails, the jobs go on', async () => {
    using queue = openQueue();
    const { connection, add } = queue;
    const { done, begun, fail } = pause(connection);
    const job = connection.write(() => add(1));
    await begun;
    fail(new Error('broke'));
    expect(((await thrownBy(() => done)) as Error).message).toBe('broke');
    await job;
    expect(queue.seen()).toEqual([1]);
  });

  test('more than 5,000 jobs do not wait: the next are 503 with the time to come back', async () => {
    using queue = openQueue();
    const { connection, add } = queue;
    const { done, begun, end } = pause(connection);
    await begun;
    const jobs = Array.from({ length: 5_000 }, (_, n) => connection.write(() => add(n)));
    const error = await refusal(() => connection.write(() => add(-1)));
    expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 });
    end();
    await Promise.all([done, ...jobs]);
    expect(queue.seen()).toHaveLength(5_000);
  });

  test('a job that has waited for ten seconds is 503, and never done', async () => {
    using queue = openQueue();
    const { connection, add } = queue;
    const { done, begun, end } = pause(connection);
    const start = performance.now();
    await begun;
    const error = await refusal(() => connection.write(() => add(1)));
    expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 });
    expect(performance.now() - start).toBeGreaterThan(9_900);
    // Others have five seconds for the lock from the end of the pause on.
    const late = connection.write(() => add(2));
    end();
    await Promise.all([done, late]);
    expect(queue.seen()).toEqual([2]);
  }, 600_000);

  test('a connection that is closed gives up what has not begun, and takes nothing more', async () => {
    using queue = openQueue();
    const { connection, add } = queue;
    const job = connection.write(() => add(1));
    const { events, done } = pause(connection);
    const given = refusal(() => done);
    queue.close();
    await job;
    expect((await given).code).toBe('unavailable');
    expect(events).toEqual(['answered']);
    for (const act of [() => connection.write(() => add(2)), () => pause(connection).done])
      expect((await refusal(act)).code).toBe('unavailable');
    expect(queue.seen()).toEqual([1]);
  });
});
