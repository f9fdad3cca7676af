import { expect, test } from 'bun:test';
import { startPace } from '../../scripts/bench/generator.ts';
import type { Client } from '../../scripts/support/http-client.ts';
import { formatRequest } from '../../scripts/support/raw-connection.ts';
import {
  client,
  createAdmin,
  createUser,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { expectSoundFile, fill, makeCollection, readAll, recordsOf } from './bulk.ts';

const USERS = '/api/admin/users';
const ROWS = 20_000;
const REFERRING = 50;
const KILLS = 6;
/** The last kill may come when so many times the time of an undisturbed deletion is over. */
const LONGEST = 1.3;
/** How long the others ask before the work, so that nothing of it goes unseen. */
const HEAD_START_MS = 500;

/** An account with many notes, which some records of the admin refer to. */
async function addOwner(admin: Client, email: string, rows = ROWS) {
  const owner = await createUser(admin.url, email);
  await fill(
    owner,
    'notes',
    Array.from({ length: rows }, (_, n) => ({ text: `note ${n}` })),
  );
  await fill(
    admin,
    'mentions',
    Array.from({ length: REFERRING }, () => ({ whom: owner.id })),
  );
  return owner;
}

async function open(server: ServerProcess): Promise<Client> {
  const admin = await createAdmin(server);
  await makeCollection(admin, 'notes', [{ name: 'text', type: 'string' }], {
    access: { read: 'public', create: 'auth' },
  });
  await makeCollection(admin, 'mentions', [
    { name: 'whom', type: 'reference', collection: 'users', on_delete: 'set_null' },
  ]);
  return admin;
}

test('a kill -9 in the middle of a deletion with 20,000 records leaves all of it or nothing', async () => {
  let server = await startBinary();
  try {
    let admin = await open(server);
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
}, 300_000);

test('nobody waits while accounts with many records are deleted', async () => {
  await using server = await startBinary();
  const admin = await open(server);
  const bystander = await createUser(server.url, 'bystander@example.com');
  const note = (await bystander.post(recordsOf('notes'), { text: 'mine' })).body;
  const owners = [
    { records: 'keep', ...(await addOwner(admin, 'one@example.com', 5 * ROWS)) },
    { records: 'delete', ...(await addOwner(admin, 'two@example.com', 5 * ROWS)) },
  ];
  const host = `127.0.0.1:${server.port}`;
  const stream = (label: string, request: string, expectStatus: readonly number[] = [200]) => ({
    label,
    connections: 2,
    perSecond: 50,
    requests: [request],
    expectStatus,
  });
  const { token } = bystander;
  const others = startPace({
    hostname: '127.0.0.1',
    port: server.port,
    streams: [
      stream('health', formatRequest('GET', '/health', { host })),
      stream('me', formatRequest('GET', '/api/auth/me', { host, token })),
      stream('reads', formatRequest('GET', `${recordsOf('notes')}/${note.id}`, { host })),
      // Held back for a time, and then refused with Retry-After.
      stream(
        'writes',
        formatRequest('POST', recordsOf('notes'), { host, token, body: { text: 'new' } }),
        [201, 503],
      ),
    ],
  });
  await Bun.sleep(HEAD_START_MS);
  const started = performance.now();
  let figures: Awaited<ReturnType<typeof others.end>>;
  let workMs: number;
  try {
    for (const { id, records } of owners)
      expect((await admin.delete(`${USERS}/${id}?records=${records}`)).status).toBe(204);
    workMs = performance.now() - started;
  } finally {
    figures = await others.end();
  }
  const shown = Object.entries(figures).map(
    ([label, { requests, maxMs }]) => `${label} ${requests} max ${maxMs.toFixed(1)}`,
  );
  console.log(`  work of ${Math.round(workMs)} ms; ${shown.join('; ')} (ms)`);
  const { writes, ...reads } = figures;
  expect(writes?.errors).toBe(0);
  for (const [label, { errors, requests, maxMs }] of Object.entries(reads)) {
    expect(errors, label).toBe(0);
    expect(requests, label).toBeGreaterThan(10);
    // Whoever had to wait for the work would take as long as it, or as a large part of it.
    expect(maxMs, label).toBeLessThan(workMs / 3);
  }
  const { length } = (await readAll(admin, 'notes')).filter(({ owner_id }) => owner_id === null);
  expect(length).toBe(5 * ROWS);
}, 300_000);

for (const [what, rows, records] of [
  ['many records', ROWS, 'delete'],
  ['many records that stay', ROWS, 'keep'],
  ['few records', 10, 'delete'],
] as const)
  test(`zombie writes: what an account with ${what} writes while it is deleted leaves no record of a dead owner`, async () => {
    await using server = await startBinary();
    const admin = await open(server);
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
