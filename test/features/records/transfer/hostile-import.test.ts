import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { type Actor, SYSTEM } from '../../../../src/core/actor.ts';
import { createByteWatch } from '../../../../src/lib/byte-watch.ts';
import { refusal } from '../data-app.ts';
import { faultsOf, openTransferApp, type TransferApp } from './transfer-app.ts';

const ANN: Actor = {
  kind: 'user',
  id: '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b',
  email: 'ann@example.com',
  tokenId: 'x',
};

let app: TransferApp;
beforeEach(() => {
  app = openTransferApp({ inMemory: true });
});
afterEach(() => app[Symbol.dispose]());

describe('a default that the caller may not overwrite', () => {
  const FIELDS = [
    { name: 'title', type: 'string', default: 'untitled' },
    { name: 'status', type: 'string', default: 'pending', required: true, write: 'admin' },
    { name: 'note', type: 'string', default: 'none', write: 'admin' },
  ];
  const line = (data: object) => JSON.stringify({ collection_id: 'x', data });

  test('is not left out by a line that looks like an export', async () => {
    await app.open('posts', FIELDS);
    const { created, errors } = await app.load('posts', line({}), { actor: ANN, format: 'ndjson' });
    expect({ created, errors }).toEqual({ created: 1, errors: [] });
    expect(await app.rows('posts')).toEqual([{ status: 'pending', note: 'none' }]);
  });

  test('is not left out by an upsert of such a line either', async () => {
    await app.open('posts', [...FIELDS, { name: 'slug', type: 'string', unique: true }]);
    const options = { actor: ANN, format: 'ndjson', upsertBy: 'slug' } as const;
    expect((await app.load('posts', line({ slug: 'a' }), options)).created).toBe(1);
    expect(await app.rows('posts')).toEqual([{ status: 'pending', note: 'none', slug: 'a' }]);
  });

  test('is left out for an admin, whose export says that there was no value', async () => {
    await app.open('posts', FIELDS);
    const file = line({ status: 'done' });
    expect(faultsOf(await app.load('posts', file, { format: 'ndjson' }))).toEqual([]);
    expect(await app.rows('posts')).toEqual([{ status: 'done' }]);
  });
});

describe('what only a move from another instance brings', () => {
  const MOVED = '0190a8b4-7c1e-4d3a-9f52-1c2d3e4f5a6b';
  const line = JSON.stringify({
    collection_id: 'x',
    id: MOVED,
    data: { title: 'old' },
    created_at: '2001-01-01T00:00:00.000Z',
    updated_at: '2001-01-01T00:00:00.000Z',
  });
  const load = (actor?: Actor) =>
    app.load('notes', line, { format: 'ndjson', ...(actor && { actor }) });
  const stored = async () => JSON.parse(await app.records.list(SYSTEM, 'notes', {})).items;
  beforeEach(() => app.open('notes', [{ name: 'title', type: 'string' }]));

  test('attack: an id of another version is refused to who is no admin', async () => {
    expect(faultsOf(await load(ANN))).toEqual(['1 id: must be a UUID of version 7 in lower case']);
    expect(await stored()).toEqual([]);
  });

  test('attack: a time of one’s own choice is given to nobody by a file', async () => {
    await load();
    expect(await stored()).toMatchObject([{ id: MOVED }]);
    expect((await stored())[0].created_at > '2020').toBe(true);
  });
});

test('a header of a hundred thousand unknown names is answered with its first faults', async () => {
  await app.open('posts', [{ name: 'title', type: 'string' }]);
  const names = Array.from({ length: 100_000 }, (_, index) => `x${index.toString(36)}`);
  const { faults = [] } = await refusal(() => app.load('posts', `${names.join()}\n`));
  expect(faults[0]?.loc).toEqual(['body', 'header', 'x0']);
  expect(faults.length).toBeLessThanOrEqual(101);
});

test('a header without many required fields still names each of them', async () => {
  const names = Array.from({ length: 40 }, (_, index) => `field${index}`);
  await app.open(
    'posts',
    names.map((name) => ({ name, type: 'string', required: true })),
  );
  const { faults = [] } = await refusal(() => app.load('posts', 'id\n1\n'));
  expect(faults.map(({ loc }) => loc.at(-1))).toEqual(names);
});

test('a file of nothing but line ends costs each of them a step, not a walk over all others', () => {
  // 4 MB in one piece: a copy of what is left for every line would be 8 TB.
  const watch = createByteWatch();
  const lines = 4_000_000;
  watch.add(new Uint8Array(lines).fill(10));
  let newlines = 0;
  for (let end = 1; end <= lines; end++) newlines += watch.take(end).newlines;
  expect(newlines).toBe(lines);
});

test('a file of nothing but broken characters costs no more', () => {
  const watch = createByteWatch();
  const lines = 1_000_000;
  watch.add(Buffer.alloc(2 * lines, Buffer.from([0xff, 10])));
  for (let line = 1; line <= lines; line++)
    if (watch.take(2 * line).isUtf8) throw new Error(`line ${line} is broken too`);
});

test.each(['ndjson', 'csv'] as const)(
  'what is as deep as a body may be comes back from an export as %s',
  async (format) => {
    await app.open('deep', [{ name: 'raw', type: 'json' }]);
    const levels = (count: number) => '['.repeat(count) + ']'.repeat(count);
    const raw = JSON.parse(levels(64));
    await app.load('deep', `raw\n${levels(64)}\n`);
    const file = await app.dump('deep', format);
    const { updated, errors } = await app.load('deep', file, { format, upsertBy: 'id' });
    expect({ updated, errors }).toEqual({ updated: 1, errors: [] });
    expect(await app.rows('deep')).toEqual([{ raw }]);
    const deeper = await app.load('deep', `{"raw":${levels(65)}}`, { format: 'ndjson' });
    expect(deeper.failed).toBe(1);
    expect(deeper.errors[0]?.msg).toBe('must not nest deeper than 64 levels');
  },
);

describe('files that trickle in', () => {
  const bob: Actor = { ...ANN, id: '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6c' };

  /** A file whose end comes when somebody says so. */
  function openSlowFile() {
    const { promise, resolve } = Promise.withResolvers<void>();
    async function* chunks() {
      yield new TextEncoder().encode('title\na\n');
      await promise;
    }
    return { chunks: chunks(), end: resolve };
  }

  test('keep nobody from importing but the one who sends them', async () => {
    await app.open('posts', [{ name: 'title', type: 'string' }]);
    const slow = openSlowFile();
    const options = { format: 'csv' } as const;
    const first = app.service.importRecords(ANN, 'posts', slow.chunks, options);
    const error = await refusal(() => app.load('posts', 'title\nb\n', { actor: ANN }));
    expect(error).toMatchObject({ code: 'too_many_requests', retryAfterSeconds: 5 });
    expect((await app.load('posts', 'title\nc\n', { actor: bob })).created).toBe(1);
    expect((await app.load('posts', 'title\nd\n')).created).toBe(1);
    slow.end();
    expect((await first).created).toBe(1);
    expect((await app.load('posts', 'title\ne\n', { actor: ANN })).created).toBe(1);
  });
});
