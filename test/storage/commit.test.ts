// Runs alone: it measures.
import { expect, spyOn, test } from 'bun:test';
import { refusal, temporaryFolder, thrownBy } from '../features/records/data-app.ts';
import { inStillTime } from '../support/still-time.ts';
import { until } from '../support/until.ts';
import { openQueue } from './open-queue.ts';

test('jobs of one turn share one transaction', async () => {
  using queue = openQueue();
  const { connection, groups, add } = queue;
  await inStillTime(() =>
    Promise.all([1, 2, 3].map((n) => connection.write(() => add(n), { isAtomic: n === 2 }))),
  );
  expect(groups).toEqual([3]);
  expect(queue.seen()).toEqual([1, 2, 3]);
});

test('jobs of different turns do not wait for each other', async () => {
  using queue = openQueue();
  const { connection, groups, add } = queue;
  await connection.write(() => add(1));
  await connection.write(() => add(2));
  expect(groups).toEqual([1, 1]);
});

test('a flood is cut into commits of bounded size, in order, and the loop gets turns between', async () => {
  using queue = openQueue();
  const { connection, groups, add } = queue;
  let turns = 0;
  const tick = () => {
    turns++;
    if (groups.length < 3) setImmediate(tick);
  };
  setImmediate(tick);
  const numbers = Array.from({ length: 1_200 }, (_, n) => n);
  await Promise.all(numbers.map((n) => connection.write(() => add(n), { isAtomic: true })));
  // On a slow machine a commit ends earlier, by the time it took.
  expect(groups.length).toBeGreaterThanOrEqual(3);
  expect(Math.max(...groups)).toBeLessThanOrEqual(500);
  expect(turns).toBeGreaterThanOrEqual(3);
  expect(queue.seen()).toEqual(numbers);
});

test('a job is answered only after its commit: another program finds its row by then, never before', async () => {
  using queue = openQueue();
  const { connection, add } = queue;
  const order: string[] = [];
  const slow = connection.write(() => {
    add(1);
    order.push(`job, others see ${queue.seen().length}`);
    connection.afterCommit(() => order.push(`effect, others see ${queue.seen().length}`));
    return 'value';
  });
  void slow.then((value) => order.push(`${value}, others see ${queue.seen().length}`));
  expect(order).toEqual([]);
  await slow;
  await Promise.resolve();
  expect(order).toEqual(['job, others see 0', 'effect, others see 1', 'value, others see 1']);
});

test.each([
  { what: 'with several writes', isAtomic: false },
  { what: 'declared atomic whose only statement broke halfway', isAtomic: true },
])("a failing job $what takes back its own writes and nobody else's", async ({ isAtomic }) => {
  using queue = openQueue();
  const { connection, add } = queue;
  const failing = () => {
    if (isAtomic) connection.db.run('INSERT INTO t (n) VALUES (10), (11), (1)');
    else {
      add(10);
      add(11);
      add(1);
    }
  };
  const outcomes = await inStillTime(() =>
    Promise.allSettled([
      connection.write(() => add(1)),
      connection.write(failing, { isAtomic }),
      connection.write(() => add(2)),
    ]),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(queue.seen()).toEqual([1, 2]);
  expect(queue.groups).toEqual([3]);
});

test('a job that fails all by itself leaves nothing, also when it called itself atomic wrongly', async () => {
  using queue = openQueue();
  const { connection, add } = queue;
  for (const isAtomic of [true, false]) {
    const error = await thrownBy(() =>
      connection.write(
        () => {
          add(1);
          throw new Error('no');
        },
        { isAtomic },
      ),
    );
    expect((error as Error).message).toBe('no');
  }
  expect(queue.seen()).toEqual([]);
  expect(queue.groups).toEqual([]);
  await connection.write(() => add(1));
  expect(queue.seen()).toEqual([1]);
});

test('an alone job has a transaction of its own, and the order stays', async () => {
  using queue = openQueue();
  const { connection, groups, add } = queue;
  const write = (n: number) => connection.write(() => add(n), { isAlone: n === 3 || n === 5 });
  await inStillTime(() => Promise.all([1, 2, 3, 4, 5].map(write)));
  expect(groups).toEqual([2, 1, 1, 1]);
  expect(queue.seen()).toEqual([1, 2, 3, 4, 5]);
});

test('a failing alone job is no business of the jobs around it', async () => {
  using queue = openQueue();
  const { connection, add } = queue;
  const outcomes = await Promise.allSettled([
    connection.write(() => add(1)),
    connection.write(
      () => {
        add(2);
        add(2);
      },
      { isAlone: true },
    ),
    connection.write(() => add(3)),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(queue.seen()).toEqual([1, 3]);
});

test('what a failed job wanted done after its commit is dropped, that of others is done in order', async () => {
  using queue = openQueue();
  const { connection, add } = queue;
  const effects: string[] = [];
  const job = (n: number, isFailing = false) =>
    connection.write(() => {
      connection.afterCommit(() => effects.push(`first of ${n}`));
      add(n);
      connection.afterCommit(() => effects.push(`second of ${n}`));
      if (isFailing) throw new Error('no');
    });
  await Promise.allSettled([job(1), job(2, true), job(3)]);
  await Promise.allSettled([job(4, true)]);
  await job(5);
  expect(effects).toEqual([1, 3, 5].flatMap((n) => [`first of ${n}`, `second of ${n}`]));
});

test('a listener that throws after the commit leaves nobody waiting for an answer', async () => {
  using folder = temporaryFolder();
  const { write, closed } = await runScript(folder.file('x.db'), [
    "process.on('uncaughtException', () => {});",
    "const job = connection.write(() => { connection.afterCommit(() => { throw new Error('listener'); }); return 1; });",
    'const next = connection.write(() => 2);',
    // In a commit of its own behind theirs: when it is answered, they were, or never will be.
    "const late = connection.write(() => 3, { isAlone: true }).then(() => 'never answered');",
    'console.log(JSON.stringify({ write: await Promise.race([Promise.all([job, next]), late]), closed: true }));',
    'process.exit(0);',
  ]);
  expect({ write, closed }).toEqual({ write: [1, 2], closed: true });
});

/** Runs lines against a connection in a process of its own; the last one prints JSON. */
async function runScript(path: string, lines: readonly string[]) {
  const module = Bun.resolveSync('../../src/storage/sqlite/connection.ts', import.meta.dir);
  const script = [
    `const { openConnection } = await import(${JSON.stringify(module)});`,
    `const connection = openConnection({ path: ${JSON.stringify(path)} });`,
    ...lines,
  ].join('\n');
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'pipe' });
  const text = await child.stdout.text();
  await child.exited;
  if (text === '') throw new Error(await child.stderr.text());
  return JSON.parse(text);
}

test('what waits is on disk when the connection was closed', async () => {
  using queue = openQueue();
  const { connection, add } = queue;
  const jobs = Promise.all([1, 2, 3].map((n) => connection.write(() => add(n), { isAlone: true })));
  queue.close();
  await jobs;
  expect(queue.seen()).toEqual([1, 2, 3]);
});

test('closing works while another program reads', () => {
  using queue = openQueue();
  queue.other.run('BEGIN');
  queue.seen();
  expect(() => queue.close()).not.toThrow();
  queue.other.run('COMMIT');
});

test('a write waits while another program holds the lock; the loop stays free, the order stays', async () => {
  using queue = openQueue();
  const { connection, other, add } = queue;
  other.run('BEGIN IMMEDIATE');
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 5);
  const answered: number[] = [];
  const write = async (n: number, isAlone = false) => {
    await connection.write(() => add(n), { isAlone });
    answered.push(n);
  };
  const jobs = [write(1), write(2, true), write(3)];
  // Held up, the loop would not turn until the wait is over; not so often within it, in any case.
  await until(() => ticks > 8);
  jobs.push(write(4));
  await until(() => ticks > 16);
  expect(answered).toEqual([]);
  other.run('COMMIT');
  await Promise.all(jobs);
  clearInterval(ticking);
  expect(answered).toEqual([1, 2, 3, 4]);
  expect(queue.seen()).toEqual([1, 2, 3, 4]);
});

test.each([
  { what: 'one job', flood: 1, isAloneBehind: false },
  { what: 'a schema change behind a job', flood: 1, isAloneBehind: true },
  { what: 'more jobs than one commit takes', flood: 600, isAloneBehind: false },
])(
  'waiting for the lock with $what does not burn the processor',
  async ({ flood, isAloneBehind }) => {
    using queue = openQueue();
    const { connection, other, add } = queue;
    other.run('BEGIN IMMEDIATE');
    const query = spyOn(connection.db, 'query');
    const attempts = () => query.mock.calls.filter(([sql]) => sql === 'BEGIN IMMEDIATE').length;
    const jobs = Array.from({ length: flood }, (_, n) => connection.write(() => add(n)));
    if (isAloneBehind) jobs.push(connection.write(() => add(-1), { isAlone: true }));
    const start = performance.now();
    await Bun.sleep(300);
    const tried = attempts();
    const waited = performance.now() - start;
    other.run('COMMIT');
    await Promise.all(jobs);
    query.mockRestore();
    // Once in 10 ms is what the queue promises; a factor of two for slow machines' timers.
    expect(tried).toBeLessThan(waited / 5);
  },
);

test('a lock held for longer than five seconds is 503 with the time to come back', async () => {
  using queue = openQueue();
  const { connection, other, add } = queue;
  other.run('BEGIN IMMEDIATE');
  const start = performance.now();
  let ticks = 0;
  const watch = setInterval(() => ticks++, 5);
  const error = await refusal(() => connection.write(() => add(1)));
  clearInterval(watch);
  const waited = performance.now() - start;
  expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
  expect(waited).toBeGreaterThan(4_900);
  // Not the time once more; and the loop was free, where SQLite's own wait would hold it up.
  expect(waited).toBeLessThan(9_900);
  expect(ticks).toBeGreaterThan(50);
  other.run('COMMIT');
  await connection.write(() => add(2));
  expect(queue.seen()).toEqual([2]);
}, 600_000);
