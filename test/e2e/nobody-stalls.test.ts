// Runs alone: it measures.
import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatRequest } from '../../scripts/support/raw-connection.ts';
import { above, expectAtBest } from '../support/at-best.ts';
import { runBinary } from '../support/binary.ts';
import { serveForFile } from '../support/served.ts';
import { fill, makeCollection, readAll, recordsOf, sendFile, toCsv } from './bulk.ts';
import { workBeside } from './bystanders.ts';

/** Tables of more than a few thousand rows are walked over in threads; this takes them a while. */
const ROWS = 150_000;
const CLIENTS = 32;
const FIELDS = [
  { name: 'title', type: 'string' },
  { name: 'text', type: 'string' },
  { name: 'n', type: 'integer' },
];

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

/**
 * Health, reads by id and lists by index of others while somebody works: answered long before the work is
 * done. It is begun anew, with a number of its own, where the machine was busy with something else.
 */
async function expectNobodyStalls(work: (round: number) => Promise<unknown>): Promise<void> {
  const { admin, server } = served();
  const host = `127.0.0.1:${server.port}`;
  const get = (path: string) => formatRequest('GET', path, { host });
  const notes = (await readAll(admin, 'notes')).slice(0, 50);
  const big = (await admin.get(`${recordsOf('big')}?limit=50`)).body.items;
  const idsOf = (items: readonly { readonly id: string }[], name: string) =>
    items.map(({ id }) => get(`${recordsOf(name)}/${id}`));
  const others = {
    health: { requests: [get('/health')] },
    'reads of others': { requests: idsOf(notes, 'notes') },
    'reads of the same': { requests: idsOf(big, 'big') },
    lists: { requests: [get(`${recordsOf('big')}?limit=10`)] },
    writes: {
      requests: [formatRequest('POST', recordsOf('notes'), { host, body: { text: 'a note' } })],
      // Held back for a time, and then refused with Retry-After.
      expectStatus: [201, 503],
    },
  };
  await expectAtBest(async (round) => {
    const { figures, workMs } = await workBeside(server.port, others, () => work(round));
    const { writes: _, ...reads } = figures;
    // Whoever had to wait for the work would take as long as it, or as a large part of it.
    return Object.entries(reads).flatMap(([label, { p99Ms, maxMs }]) => [
      ...above(workMs / 3, { [`the longest of ${label}`]: maxMs }),
      ...above(workMs / 5, { [`p99 of ${label}`]: p99Ms }),
    ]);
  });
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
  const file = Buffer.from(toCsv(Array.from({ length: ROWS }, (_, n) => makeRow(n))));
  await expectNobodyStalls(async (round) => {
    const name = `imported_${round}`;
    await makeCollection(admin, name, FIELDS);
    const { body } = await sendFile(admin, name, 'csv', file);
    expect(body).toEqual({ created: ROWS, updated: 0, failed: 0, errors: [] });
  });
});

test('nobody waits while the command line imports a big file', async () => {
  const { admin, server } = served();
  const file = toCsv(Array.from({ length: ROWS }, (_, n) => makeRow(n)));
  writeFileSync(join(server.dir, 'big.csv'), file);
  await expectNobodyStalls(async (round) => {
    const name = `by_command_${round}`;
    await makeCollection(admin, name, FIELDS);
    const args = ['records', 'import', name, 'big.csv'];
    const { code, stdout } = await runBinary(args, { dir: server.dir });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `Imported into ${name}: 150,000 created, 0 updated.\n`,
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
  await expectNobodyStalls(async (round) => {
    const path = '/api/collections/big';
    if (round > 1) {
      const { status } = await admin.patch(`${path}?force=true`, { schema: { fields: FIELDS } });
      expect(status).toBe(200);
    }
    const stars = { name: 'stars', type: 'integer', default: 3 };
    const fields = [{ ...title, index: true }, text, { ...n, unique: true }, stars];
    const body = { schema: { fields } };
    const plan = await admin.patch(`${path}?dry_run=true`, body);
    expect(plan.body).toMatchObject({ rewritten: ROWS, total: ROWS, possible: true });
    expect((await admin.patch(path, body)).status).toBe(200);
  });
});
