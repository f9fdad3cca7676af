import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPace } from '../../scripts/bench/generator.ts';
import type { PaceResult } from '../../scripts/bench/pace.ts';
import { formatRequest } from '../../scripts/support/raw-connection.ts';
import { runBinary } from '../support/binary.ts';
import { serveForFile } from '../support/served.ts';
import { fill, makeCollection, readAll, recordsOf, sendFile, toCsv } from './bulk.ts';

/** Tables of more than a few thousand rows are walked over in threads; this takes them a while. */
const ROWS = 150_000;
const CLIENTS = 32;
const FIELDS = [
  { name: 'title', type: 'string' },
  { name: 'text', type: 'string' },
  { name: 'n', type: 'integer' },
];
/** The others, each with two connections, ask so often. */
const PER_SECOND = 50;
/** Until the others are on their way, so that nothing of the work goes unseen. */
const HEAD_START_MS = 500;

const makeRow = (n: number) => ({
  title: `title ${n}`,
  text: `Row ${n} of many, with a text that somebody may look for in vain.`,
  n,
});

const served = serveForFile({}, async ({ admin }) => {
  await makeCollection(admin, 'big', FIELDS, { access: { list: 'public', read: 'public' } });
  await makeCollection(admin, 'notes', [{ name: 'text', type: 'string' }], {
    access: { read: 'public', create: 'public' },
  });
  await fill(
    admin,
    'big',
    Array.from({ length: ROWS }, (_, n) => makeRow(n)),
  );
  await fill(
    admin,
    'notes',
    Array.from({ length: 100 }, (_, n) => ({ text: `note ${n}` })),
  );
});

/** Health, reads by id and lists by index of others while somebody works: answered long before the work is done. */
async function expectNobodyStalls(work: () => Promise<unknown>): Promise<void> {
  const { admin, server } = served();
  const host = `127.0.0.1:${server.port}`;
  const get = (path: string) => formatRequest('GET', path, { host });
  const notes = (await readAll(admin, 'notes')).slice(0, 50);
  const big = (await admin.get(`${recordsOf('big')}?limit=50`)).body.items;
  const idsOf = (items: readonly { readonly id: string }[], name: string) =>
    items.map(({ id }) => get(`${recordsOf(name)}/${id}`));
  const stream = (label: string, requests: readonly string[], expectStatus = [200]) => ({
    label,
    connections: 2,
    perSecond: PER_SECOND,
    requests,
    expectStatus,
  });
  const others = startPace({
    hostname: '127.0.0.1',
    port: server.port,
    streams: [
      stream('health', [get('/health')]),
      stream('reads of others', idsOf(notes, 'notes')),
      stream('reads of the same', idsOf(big, 'big')),
      stream('lists', [get(`${recordsOf('big')}?limit=10`)]),
      stream(
        'writes',
        [formatRequest('POST', recordsOf('notes'), { host, body: { text: 'a note' } })],
        // Held back for a time, and then refused with Retry-After.
        [201, 503],
      ),
    ],
  });
  let figures: PaceResult;
  let workMs: number;
  try {
    await Bun.sleep(HEAD_START_MS);
    const started = performance.now();
    await work();
    workMs = performance.now() - started;
  } finally {
    figures = await others.end();
  }
  const { writes, ...reads } = figures;
  const shown = Object.entries(figures).map(
    ([label, { requests, p99Ms, maxMs }]) =>
      `${label} ${requests} p99 ${p99Ms.toFixed(1)} max ${maxMs.toFixed(1)}`,
  );
  console.log(`  work of ${Math.round(workMs)} ms; ${shown.join('; ')} (ms)`);
  expect(writes?.errors).toBe(0);
  for (const [label, { errors, requests, p99Ms, maxMs }] of Object.entries(reads)) {
    expect(errors, label).toBe(0);
    expect(requests, label).toBeGreaterThan(10);
    // Whoever had to wait for the work would take as long as it, or as a large part of it.
    expect(maxMs, label).toBeLessThan(workMs / 3);
    expect(p99Ms, label).toBeLessThan(workMs / 5);
  }
}

test('nobody waits while 32 clients filter a big collection without an index', async () => {
  const { anonymous } = served();
  await expectNobodyStalls(() =>
    Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        for (let times = 0; times < 2; times++) {
          // Another word each time, found nowhere: every row is looked at.
          const word = `nowhere ${client} ${times}`;
          const answer = await anonymous.get(`${recordsOf('big')}?filter=text ~ '${word}'`);
          expect(answer.status).toBe(200);
          expect(answer.body).toMatchObject({ items: [], total: 0 });
        }
      }),
    ),
  );
});

test('nobody waits while a big collection is exported', async () => {
  const { admin } = served();
  await expectNobodyStalls(() =>
    Promise.all(
      ['csv', 'json', 'ndjson'].map(async (format) => {
        const response = await fetch(`${admin.url}${recordsOf('big')}/export?format=${format}`);
        let bytes = 0;
        for await (const chunk of response.body ?? []) bytes += chunk.length;
        expect(bytes).toBeGreaterThan(ROWS * 100);
      }),
    ),
  );
});

test('nobody waits while a big file is imported', async () => {
  const { admin } = served();
  await makeCollection(admin, 'imported', FIELDS);
  const file = Buffer.from(toCsv(Array.from({ length: ROWS }, (_, n) => makeRow(n))));
  await expectNobodyStalls(async () => {
    const { body } = await sendFile(admin, 'imported', 'csv', file);
    expect(body).toEqual({ created: ROWS, updated: 0, failed: 0, errors: [] });
  });
});

test('nobody waits while the command line imports a big file', async () => {
  const { admin, server } = served();
  await makeCollection(admin, 'by_command', FIELDS);
  const file = toCsv(Array.from({ length: ROWS }, (_, n) => makeRow(n)));
  writeFileSync(join(server.dir, 'big.csv'), file);
  await expectNobodyStalls(async () => {
    const args = ['records', 'import', 'by_command', 'big.csv'];
    const { code, stdout } = await runBinary(args, { dir: server.dir });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Imported into by_command: 150,000 created, 0 updated.\n',
    });
  });
});

test('nobody waits while a field of a big collection is renamed, and renamed back', async () => {
  const { admin } = served();
  const [, ...rest] = FIELDS;
  await expectNobodyStalls(async () => {
    for (const [name, was] of [
      ['heading', 'title'],
      ['title', 'heading'],
    ]) {
      const fields = [{ name, was, type: 'string' }, ...rest];
      const { status } = await admin.patch('/api/collections/big', { schema: { fields } });
      expect(status).toBe(200);
    }
  });
});

test('nobody waits while a big collection gets an index and a unique field, and while a plan looks at it', async () => {
  const { admin } = served();
  const [title, text, n] = FIELDS;
  await expectNobodyStalls(async () => {
    const fields = [{ ...title, index: true }, text, { ...n, unique: true }];
    const body = {
      schema: { fields: [...fields, { name: 'stars', type: 'integer', default: 3 }] },
    };
    const plan = await admin.patch('/api/collections/big?dry_run=true', body);
    expect(plan.body).toMatchObject({ rewritten: ROWS, total: ROWS, possible: true });
    expect((await admin.patch('/api/collections/big', body)).status).toBe(200);
  });
});
