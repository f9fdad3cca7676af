// Runs alone: it measures.
import { expect, test } from 'bun:test';
import { formatRequest, RawConnection } from '../../scripts/support/raw-connection.ts';
import { above, expectAtBest } from '../support/at-best.ts';
import { client, createAdmin, startBinary } from '../support/binary.ts';
import { openCollection } from '../support/fixtures.ts';
import { workBeside } from './bystanders.ts';

const CONNECTIONS = 100;
const FLOOD_MS = 4_000;

/** Signs in as fast as a hundred connections can, each time from another address to another account. */
async function flood(port: number, round: number) {
  const end = performance.now() + FLOOD_MS;
  const verifiedMs: number[] = [];
  const statuses = new Map<number, number>();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, bot) => {
      const connection = await RawConnection.open('127.0.0.1', port);
      for (let n = 0; performance.now() < end; n++) {
        const host = `127.0.0.1:${port}\r\nX-Forwarded-For: ${9 + round}.${bot}.${n >> 8}.${n & 255}`;
        const body = { email: `bot${bot}x${n}r${round}@example.com`, password: 'a wrong password' };
        const sentAt = performance.now();
        const { status } = await connection.send(
          formatRequest('POST', '/api/auth/login', { host, body }),
        );
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status === 401) verifiedMs.push(performance.now() - sentAt);
        else await Bun.sleep(50);
      }
      connection.close();
    }),
  );
  verifiedMs.sort((a, b) => a - b);
  return { statuses, medianMs: verifiedMs[Math.floor(verifiedMs.length / 2)] ?? 0 };
}

test('a flood of sign-ins from a botnet stalls nobody else: it waits in a queue of its own', async () => {
  await using server = await startBinary({ env: { TINYBASE_SERVER_TRUST_PROXY: 'true' } });
  const admin = await createAdmin(server);
  await admin.post('/api/collections', openCollection('notes'));
  const { body } = await admin.post('/api/collections/notes/records', { title: 'a note' });
  const { port } = server;
  const host = `127.0.0.1:${port}`;
  const others = {
    health: { requests: [formatRequest('GET', '/health', { host })] },
    reads: {
      requests: [formatRequest('GET', `/api/collections/notes/records/${body.id}`, { host })],
    },
    pages: { requests: [formatRequest('GET', '/docs/swagger-ui.css', { host })] },
  };
  await expectAtBest(async (round) => {
    const { figures, result } = await workBeside(port, others, () => flood(port, round));
    const { statuses, medianMs } = result;
    const counts = [...statuses].map(([status, count]) => `${count} times ${status}`);
    console.log(`  sign-ins ${counts.join(', ')}, median ${medianMs.toFixed(0)} ms`);
    expect([...statuses.keys()].sort()).toEqual([401, 503]);
    // Whoever waited with the sign-ins would take as long as they do.
    return Object.entries(figures).flatMap(([label, { p99Ms }]) =>
      above(medianMs / 4, { [label]: p99Ms }),
    );
  });
  const after = await client(server.url).post('/api/auth/login', {
    email: 'admin@example.com',
    password: 'a long enough password',
  });
  expect(after.status).toBe(200);
});
