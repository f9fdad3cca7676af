import { expect, test } from 'bun:test';
import { client, startBinary } from '../support/binary.ts';
import { addOwner, openWithNotes, REFERRING, ROWS, USERS } from './accounts-removal-tools.ts';
import { expectSoundFile, readAll, recordsOf } from './bulk.ts';

const KILLS = 6;
/** The last kill may come when so many times the time of an undisturbed deletion is over. */
const LONGEST = 1.3;

test('a kill -9 in the middle of a deletion with 20,000 records leaves all of it or nothing', async () => {
  let server = await startBinary();
  try {
    let admin = await openWithNotes(server);
    const left: string[] = [];
    let owner: Awaited<ReturnType<typeof addOwner>> | undefined;
    let tookMs = Number.POSITIVE_INFINITY;
    for (let round = 0; round <= KILLS; round++) {
      owner ??= await addOwner(admin, `owner${round}@example.com`);
      const { id, token } = owner;
      const started = performance.now();
      const work = admin.delete(`${USERS}/${id}?records=delete`).catch(() => undefined);
      const part = (LONGEST * (round - Math.random())) / KILLS;
      await Promise.race([work, ...(round === 0 ? [] : [Bun.sleep(part * tookMs)])]);
      if (round === 0) tookMs = performance.now() - started;
      await server.kill9();
      const answer = await work;
      server = await server.restart();
      admin = client(server.url, admin.token);
      expectSoundFile(server);

      const isGone = (await admin.get(`${USERS}/${id}`)).status === 404;
      if (answer?.status === 204) expect(isGone).toBe(true);
      const owned = (await readAll(admin, 'notes')).filter(({ owner_id }) => owner_id === id);
      const mentions = await readAll(admin, 'mentions');
      const mentioned = mentions.filter(({ data }) => data.whom === id);
      expect([owned.length, mentioned.length]).toEqual(isGone ? [0, 0] : [ROWS, REFERRING]);
      const me = await client(server.url, token).get('/api/auth/me');
      expect(me.status).toBe(isGone ? 401 : 200);
      left.push(isGone ? 'all' : 'nothing');
      if (isGone) owner = undefined;
    }
    console.log(`  killed within ${Math.round(tookMs)} ms: ${left.join(', ')}`);
    expect(left[0]).toBe('all');
  } finally {
    await server[Symbol.asyncDispose]();
  }
}, 600_000);

for (const [what, rows, records] of [
  ['many records', ROWS, 'delete'],
  ['many records that stay', ROWS, 'keep'],
  ['few records', 10, 'delete'],
] as const)
  test(`zombie writes: what an account with ${what} writes while it is deleted leaves no record of a dead owner`, async () => {
    await using server = await startBinary();
    const admin = await openWithNotes(server);
    const owner = await addOwner(admin, 'owner@example.com', rows);
    let isOver = false;
    const statuses: number[] = [];
    const write = async (send: () => Promise<{ status: number }>) => {
      // One round more once the account is gone.
      for (let isLast = false; !isLast; ) {
        isLast = isOver;
        statuses.push((await send()).status);
      }
    };
    const create = { method: 'POST', collection: 'notes', data: { text: 'late' } };
    const file = { 'content-type': 'application/x-ndjson' };
    const writers = Array.from({ length: 12 }, (_, n) =>
      write(() => {
        if (n === 0) return owner.post('/api/batch', { requests: [create, create] });
        if (n === 1)
          return owner.request('POST', `${recordsOf('notes')}/import`, '{"text":"late"}\n', file);
        return owner.post(recordsOf('notes'), { text: 'late' });
      }),
    );
    await Bun.sleep(100);
    const removed = await admin.delete(`${USERS}/${owner.id}?records=${records}`);
    isOver = true;
    await Promise.all(writers);
    expect(removed.status).toBe(204);
    for (const status of statuses) expect([200, 201, 401, 409, 503]).toContain(status);
    const left = (await readAll(admin, 'notes')).filter(({ owner_id }) => owner_id !== null);
    expect(left).toEqual([]);
    expect(statuses).toContain(401);
    // Those that were held back while the many records went.
    if (rows === ROWS) expect(statuses).toContain(409);
  });
