// Runs alone: it measures.
import { expect, test } from 'bun:test';
import { formatRequest } from '../../scripts/support/raw-connection.ts';
import { above, expectAtBest } from '../support/at-best.ts';
import { createUser, startBinary } from '../support/binary.ts';
import { addOwner, openWithNotes, ROWS, USERS } from './accounts-removal-tools.ts';
import { readAll, recordsOf } from './bulk.ts';
import { workBeside } from './bystanders.ts';

test('nobody waits while accounts with many records are deleted', async () => {
  await using server = await startBinary();
  const admin = await openWithNotes(server);
  const bystander = await createUser(server.url, 'bystander@example.com');
  const note = (await bystander.post(recordsOf('notes'), { text: 'mine' })).body;
  const host = `127.0.0.1:${server.port}`;
  const { token } = bystander;
  const others = {
    health: { requests: [formatRequest('GET', '/health', { host })] },
    me: { requests: [formatRequest('GET', '/api/auth/me', { host, token })] },
    reads: { requests: [formatRequest('GET', `${recordsOf('notes')}/${note.id}`, { host })] },
    writes: {
      requests: [formatRequest('POST', recordsOf('notes'), { host, token, body: { text: 'new' } })],
      // Held back for a time, and then refused with Retry-After.
      expectStatus: [201, 503],
    },
  };
  await expectAtBest(async (round) => {
    const owners = [
      { records: 'keep', ...(await addOwner(admin, `one${round}@example.com`, 8 * ROWS)) },
      { records: 'delete', ...(await addOwner(admin, `two${round}@example.com`, 8 * ROWS)) },
    ];
    const { figures, workMs } = await workBeside(server.port, others, async () => {
      for (const { id, records } of owners)
        expect((await admin.delete(`${USERS}/${id}?records=${records}`)).status).toBe(204);
    });
    const { length } = (await readAll(admin, 'notes')).filter(({ owner_id }) => owner_id === null);
    expect(length).toBe(round * 8 * ROWS);
    // Whoever had to wait for the work would take as long as it, or as a large part of it.
    const { writes: _, ...reads } = figures;
    return Object.entries(reads).flatMap(([label, { maxMs }]) =>
      above(workMs / 3, { [label]: maxMs }),
    );
  });
}, 600_000);
