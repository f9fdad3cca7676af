// Runs alone: it measures.
import { expect, test } from 'bun:test';
import { serveForFile } from '../support/served.ts';

const ROWS = 6_000;
const CLIENTS = 32;

const served = serveForFile({}, async ({ admin }) => {
  const { status } = await admin.post('/api/collections', {
    name: 'rows',
    schema: { fields: [{ name: 'text', type: 'string' }] },
  });
  expect(status).toBe(201);
  let next = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (next < ROWS) {
        const text = String(ROWS - next++).padStart(6, '0');
        await admin.post('/api/collections/rows/records', { text });
      }
    }),
  );
});

test('lists that no index sorts answer right from a thread of the binary while others go on', async () => {
  const { admin, anonymous } = served();
  const path = '/api/collections/rows/records?sort=text&limit=2';
  const first = await admin.get(path);
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({ total: ROWS });
  expect(first.body.items.map(({ data }: { data: { text: string } }) => data.text)).toEqual([
    '000001',
    '000002',
  ]);
  const slow = Promise.all(Array.from({ length: CLIENTS }, () => admin.get(path)));
  expect((await anonymous.get('/health')).status).toBe(200);
  for (const { status, body } of await slow) {
    expect(status).toBe(200);
    expect(body.items).toEqual(first.body.items);
  }
});
