import { expect, test } from 'bun:test';
import { startPace } from '../../scripts/bench/generator.ts';
import { formatRequest, RawConnection } from '../../scripts/support/raw-connection.ts';
import { client, createAdmin, startBinary } from '../support/binary.ts';
import { openCollection } from '../support/fixtures.ts';

const CONNECTIONS = 100;
const FLOOD_MS = 4_000;
/** Until the others are on their way. */
const HEAD_START_MS = 500;

/** Signs in as fast as a hundred connections can, each time from another address to another account. */
async function flood(port: number) {
  const end = performance.now() + FLOOD_MS;
  const verifiedMs: number[] = [];
  const statuses = new Map<number, number>();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, bot) => {
      const connection = await RawConnection.open('127.0.0.1', port);
      for (let n = 0; performance.now() < end; n++) {
        const host = `127.0.0.1:${port}\r\nX-Forwarded-For: 10.${bot}.${n >> 8}.${n & 255}`;
        const body = { email: `bot${bot}x${n}@example.com`, password: 'a wrong password' };
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
  const stream = (label: string, path: string) => ({
    label,
    connections: 2,
    perSecond: 50,
    requests: [formatRequest('GET', path, { host })],
    expectStatus: [200],
  });
  const others = startPace({
    hostname: '127.0.0.1',
    port,
    streams: [
      stream('health', '/health'),
      stream('reads', `/api/collections/notes/records/${body.id}`),
      stream('pages', '/docs/swagger-ui.css'),
    ],
  });
  await Bun.sleep(HEAD_START_MS);
  const { statuses, medianMs } = await flood(port);
  const figures = await others.end();
  const shown = Object.entries(figures).map(
    ([label, { requests, p99Ms, maxMs }]) =>
      `${label} ${requests} p99 ${p99Ms.toFixed(1)} max ${maxMs.toFixed(1)}`,
  );
  const counts = [...statuses].map(([status, count]) => `${count} times ${status}`);
  console.log(
    `  sign-ins ${counts.join(', ')}, median ${medianMs.toFixed(0)}; ${shown.join('; ')} (ms)`,
  );
  expect([...statuses.keys()].sort()).toEqual([401, 503]);
  for (const [label, { errors, requests, p99Ms }] of Object.entries(figures)) {
    expect(errors, label).toBe(0);
    expect(requests, label).toBeGreaterThan(10);
    // Whoever waited with the sign-ins would take as long as they do.
    expect(p99Ms, label).toBeLessThan(medianMs / 4);
  }
  const after = await client(server.url).post('/api/auth/login', {
    email: 'admin@example.com',
    password: 'a long enough password',
  });
  expect(after.status).toBe(200);
});
