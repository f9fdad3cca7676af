import { expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { type Answer, type Client, expectStatus } from '../../scripts/support/http-client.ts';
import { client, createAdmin, type ServerProcess, startBinary } from '../support/binary.ts';
import { until } from '../support/until.ts';
import {
  expectSoundFile,
  fill,
  type Item,
  makeCollection,
  readAll,
  recordsOf,
  sendFile,
  toNdjson,
} from './bulk.ts';

const ROUNDS = 6;
/** The last of them may be killed when so many times the time of a first one is over: others write beside them. */
const LONGEST = 1.5;
const ROWS = 20_000;

/** What one round does when the server is killed, and what must hold after the restart. */
interface Round {
  /** Until the server is gone; faults of the connection are what a kill looks like. */
  work(admin: Client): Promise<Answer | undefined>;
  /** Looks at the records; answers in a word how the kill left them. What was answered must be done. */
  check(admin: Client, isAnswered: boolean): Promise<string>;
}

interface Scene {
  readonly fields: readonly object[];
  readonly rows: readonly object[];
  readonly round: (number: number) => Round;
}

/** Beside the work somebody writes small records, one after another: none that was answered may be lost. */
async function writeNotes(admin: Client, answered: Set<string>): Promise<void> {
  for (;;) {
    const answer = await admin
      .post(recordsOf('notes'), { text: `note ${answered.size}` })
      .catch(() => undefined);
    if (answer === undefined) return;
    // Held back for too long while something big is written.
    if (answer.status === 503) continue;
    answered.add(expectStatus(answer, 201, 'a note').id);
  }
}

/** Kills the server at moments spread over the time that the work takes, and looks what is there then. */
async function killAgainAndAgain({ fields, rows, round }: Scene): Promise<readonly string[]> {
  let server = await startBinary();
  try {
    let admin = await createAdmin(server);
    await makeCollection(admin, 'things', fields);
    await makeCollection(admin, 'notes', [{ name: 'text', type: 'string' }]);
    await fill(admin, 'things', rows);
    const answered = new Set<string>();
    const left: string[] = [];
    // How long it takes when nobody is in its way: the first round is not killed before its end.
    let tookMs = Number.POSITIVE_INFINITY;
    for (let number = 0; number <= ROUNDS; number++) {
      const { work, check } = round(number);
      const notes = number === 0 ? undefined : writeNotes(admin, answered);
      const started = performance.now();
      const working = work(admin).catch(() => undefined);
      const part = (LONGEST * (number - Math.random())) / ROUNDS;
      await Promise.race([working, ...(number === 0 ? [] : [Bun.sleep(part * tookMs)])]);
      if (number === 0) tookMs = performance.now() - started;
      await server.kill9();
      const answer = await working;
      await notes;
      server = await server.restart();
      admin = client(server.url, admin.token);
      expectSoundFile(server);
      left.push(await check(admin, answer?.status === 200));
      const kept = new Set((await readAll(admin, 'notes')).map(({ id }) => id));
      for (const id of answered) expect(kept.has(id)).toBe(true);
      await waitUntilNothingIsLeft(server);
    }
    console.log(`  killed within ${Math.round(tookMs)} ms: ${left.join(', ')}`);
    expect(answered.size).toBeGreaterThan(0);
    return left;
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

/** Of files that were on their way. The server removes them beside its start: nobody waits for that. */
async function waitUntilNothingIsLeft(server: ServerProcess): Promise<void> {
  const isOnItsWay = (name: string) => name.startsWith('.tinybase-import-');
  await until(() => !readdirSync(server.dir).some(isOnItsWay), 'nothing is left of an import');
}

/** The one word that fits all of the records; they must be of one kind. */
function describeAll(records: readonly Item[], describe: (item: Item) => string): string {
  const kinds = new Set(records.map(describe));
  expect([...kinds]).toHaveLength(1);
  return [...kinds].join();
}

test('a kill -9 in the middle of a rename and a change of type leaves before or after', async () => {
  const forms = [
    [
      { name: 'a', was: 'b', type: 'string', unique: true },
      { name: 'n', type: 'integer', index: true },
    ],
    [
      { name: 'b', was: 'a', type: 'string', unique: true },
      { name: 'n', type: 'string', index: true },
    ],
  ] as const;
  let goal = 'a';
  const formOf = ({ data }: Item) =>
    Object.keys(data).sort().join() === 'a,n' && typeof data.n === 'number' ? 'before' : 'after';
  const isWhole = ({ data }: Item) =>
    Object.keys(data).sort().join() === (typeof data.n === 'number' ? 'a,n' : 'b,n');
  await killAgainAndAgain({
    fields: [
      { name: 'a', type: 'string', unique: true },
      { name: 'n', type: 'integer', index: true },
    ],
    rows: Array.from({ length: ROWS }, (_, n) => ({ a: `value ${n}`, n })),
    round: () => ({
      async work(admin) {
        const { body } = await admin.get('/api/collections/things');
        const to = body.schema.fields[0].name === 'a' ? forms[1] : forms[0];
        goal = to[0].name;
        return admin.patch('/api/collections/things', { schema: { fields: to } });
      },
      async check(admin, isAnswered) {
        const records = await readAll(admin, 'things');
        expect(records).toHaveLength(ROWS);
        expect(records.every(isWhole)).toBe(true);
        const form = describeAll(records, formOf);
        // The definition, the index and what it enforces belong to the same moment.
        const name = form === 'before' ? 'a' : 'b';
        if (isAnswered) expect(name).toBe(goal);
        const { body } = await admin.get('/api/collections/things');
        expect(body.schema.fields[0].name).toBe(name);
        const found = await admin.get(`${recordsOf('things')}?filter=${name} = 'value 777'`);
        expect(found.body.total).toBe(1);
        const double = await admin.post(recordsOf('things'), { [name]: 'value 777' });
        expect(double.status).toBe(409);
        return name === goal ? 'done' : 'not done';
      },
    }),
  });
});

test('a kill -9 in the middle of an import leaves none of its rows or all', async () => {
  let expected = 1;
  await killAgainAndAgain({
    fields: [
      { name: 'round', type: 'integer' },
      { name: 'key', type: 'string', unique: true },
    ],
    rows: [{ round: -1, key: 'first' }],
    round: (number) => ({
      work: (admin) =>
        sendFile(
          admin,
          'things',
          'ndjson',
          toNdjson(
            Array.from({ length: ROWS }, (_, n) => ({ round: number, key: `${number}.${n}` })),
          ),
        ),
      async check(admin, isAnswered) {
        const { length } = await readAll(admin, 'things');
        expect([expected, expected + ROWS]).toContain(length);
        const word = length === expected ? 'none' : 'all';
        if (isAnswered) expect(word).toBe('all');
        expected = length;
        expect((await admin.get(`${recordsOf('things')}?limit=1`)).body.total).toBe(length);
        return word;
      },
    }),
  });
});

test('a kill -9 among batches leaves each of them whole or not at all, and none that was answered is lost', async () => {
  const SIZE = 20;
  const answered = new Set<string>();
  let next = 0;
  await killAgainAndAgain({
    fields: [{ name: 'batch', type: 'string' }],
    rows: [{ batch: 'none' }],
    round: () => ({
      async work(admin) {
        const write = async () => {
          for (let times = 0; times < 40; times++) {
            const batch = `batch ${next++}`;
            const requests = Array.from({ length: SIZE }, () => ({
              method: 'POST',
              collection: 'things',
              data: { batch },
            }));
            expectStatus(await admin.post('/api/batch', { requests }), 200, batch);
            answered.add(batch);
          }
        };
        // All of them must have ended: what is answered after the look would count as lost.
        await Promise.allSettled(Array.from({ length: 8 }, write));
        return undefined;
      },
      async check(admin) {
        const sizes = new Map<unknown, number>();
        for (const { data } of await readAll(admin, 'things'))
          sizes.set(data.batch, (sizes.get(data.batch) ?? 0) + 1);
        sizes.delete('none');
        for (const size of sizes.values()) expect(size).toBe(SIZE);
        for (const batch of answered) expect(sizes.get(batch)).toBe(SIZE);
        return `${answered.size} answered and ${sizes.size} stored`;
      },
    }),
  });
});

test('a kill -9 in the middle of a delete that takes thousands of records along leaves all or none of them', async () => {
  const CHILDREN = 5_000;
  let server = await startBinary();
  try {
    let admin = await createAdmin(server);
    await makeCollection(admin, 'parents', [{ name: 'n', type: 'integer' }]);
    const to = (on_delete: string) => [
      { name: 'parent', type: 'reference', collection: 'parents', on_delete },
    ];
    await makeCollection(admin, 'children', to('cascade'));
    await makeCollection(admin, 'fans', to('set_null'));
    const left: string[] = [];
    let tookMs = 0;
    for (let round = 0; round < 5; round++) {
      const parent = expectStatus(await admin.post(recordsOf('parents'), {}), 201, 'a parent');
      const rows = Array.from({ length: CHILDREN }, () => ({ parent: parent.id }));
      await fill(admin, 'children', rows);
      await fill(admin, 'fans', rows);
      const started = performance.now();
      const working = admin.delete(`${recordsOf('parents')}/${parent.id}`).catch(() => undefined);
      // The first shows how long it takes.
      await (round === 0 ? working : Bun.sleep((LONGEST * tookMs * round) / 5));
      if (round === 0) tookMs = performance.now() - started;
      await server.kill9();
      const answer = await working;
      server = await server.restart();
      admin = client(server.url, admin.token);
      expectSoundFile(server);
      const parents = await readAll(admin, 'parents');
      const children = await readAll(admin, 'children');
      const fans = (await readAll(admin, 'fans')).slice(-CHILDREN);
      const isGone = parents.length === 0;
      if (answer?.status === 204) expect(isGone).toBe(true);
      expect(children).toHaveLength(isGone ? 0 : CHILDREN);
      expect(fans).toHaveLength(CHILDREN);
      expect(fans.every(({ data }) => (data.parent === undefined) === isGone)).toBe(true);
      left.push(isGone ? 'all' : 'none');
      if (!isGone) await admin.delete(`${recordsOf('parents')}/${parent.id}`);
    }
    console.log(`  deleted when the server was killed: ${left.join(', ')}`);
  } finally {
    await server[Symbol.asyncDispose]();
  }
});
