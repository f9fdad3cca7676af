import { describe, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import type { Actor } from '../../../../src/core/actor.ts';
import { AppError } from '../../../../src/core/errors.ts';
import type { RecordChanged } from '../../../../src/storage/sqlite/change-feed.ts';
import { refusal } from '../data-app.ts';
import { createTestHooks, refuse } from '../test-hooks.ts';
import { openTransferApp } from './transfer-app.ts';

const ANN: Actor = {
  kind: 'user',
  id: '018f0000-0000-7000-8000-00000000000a',
  email: 'ann@example.com',
  tokenId: 'a',
};
const FIELDS = [
  { name: 'name', type: 'str', required: true },
  { name: 'slug', type: 'str', required: true, write: 'admin' },
  { name: 'stars', type: 'int', default: 3 },
] as const;
const rows = (count: number) =>
  Array.from({ length: count }, (_, n) => JSON.stringify({ name: `N${n}` })).join('\n');

describe('an import into a collection with a before-hook', () => {
  test('shows each row to it and writes what it leaves, defaults and all', async () => {
    const { hooks, shown } = createTestHooks({
      'create posts': async ({ data }) => ({ ...data, slug: String(data.name).toLowerCase() }),
    });
    using app = openTransferApp({ hooks });
    await app.open('posts', FIELDS);
    const result = await app.load('posts', rows(200), { format: 'ndjson', actor: ANN });
    expect(result).toMatchObject({ created: 200, failed: 0 });
    expect(shown.slice(0, 2).map(({ data }) => data)).toEqual([
      { name: 'N0', stars: 3 },
      { name: 'N1', stars: 3 },
    ]);
    const { records } = await app.recordStore.list(
      { collectionId: app.collections.find('posts')?.collection.id ?? '', filter: { op: 'all' } },
      { sort: [], limit: 1_000 },
    );
    // The ids that hooks were shown are those of the records.
    expect(new Set(records.map(({ id }) => id))).toEqual(new Set(shown.map(({ id }) => id)));
    expect(records.every(({ data }) => JSON.parse(data).slug.startsWith('n'))).toBe(true);
  });

  test('tells of each refusal by its line, and writes nothing', async () => {
    const { hooks } = createTestHooks({
      'create posts': ({ data }) =>
        data.name === 'N1'
          ? refuse(409, 'Not this one')
          : data.name === 'N2'
            ? refuse(null, 'oh')
            : data,
    });
    using app = openTransferApp({ hooks });
    await app.open('posts', [FIELDS[0]]);
    const bad = '{"name":5}';
    const result = await app.load('posts', `${rows(3)}\n${bad}`, { format: 'ndjson' });
    expect(result).toMatchObject({ created: 0, failed: 3, isRefused: true });
    expect(result.errors.map(({ line, msg }) => [line, msg])).toEqual([
      [2, 'Not this one'],
      [3, 'oh'],
      [4, expect.stringContaining('text')],
    ]);
  });

  test('still refuses what the caller may not write, before any hook', async () => {
    const { hooks, shown } = createTestHooks({ 'create posts': () => undefined });
    using app = openTransferApp({ hooks });
    await app.open('posts', FIELDS);
    const row = '{"name":"a","slug":"mine"}';
    const error = await refusal(() => app.load('posts', row, { format: 'ndjson', actor: ANN }));
    expect([error.code, shown]).toEqual(['forbidden', []]);
  });

  test('cannot change records: whether a row is new is known too late for hooks', async () => {
    const { hooks } = createTestHooks({ 'update posts': () => undefined });
    using app = openTransferApp({ hooks });
    await app.open('posts', FIELDS);
    const error = await refusal(() => app.load('posts', '', { upsertBy: 'id' }));
    expect([error.code, error.message]).toEqual(['conflict', expect.stringContaining('upsert_by')]);
  });

  test('ends when nobody can be asked', async () => {
    const { hooks } = createTestHooks({
      'create posts': () => Promise.reject(new AppError('unavailable', 'nobody there')),
    });
    using app = openTransferApp({ hooks });
    await app.open('posts', FIELDS);
    const error = await refusal(() => app.load('posts', rows(3), { format: 'ndjson' }));
    expect(error.code).toBe('unavailable');
  });
});

describe('whoever listens to changes', () => {
  async function openListened(wants: boolean) {
    const app = openTransferApp();
    const told: RecordChanged[] = [];
    let rooms = 0;
    app.logs.listen({
      onChange: (change) => void told.push(change),
      wants: () => wants,
      room: async () => void rooms++,
    });
    await app.open('posts', [{ name: 'name', type: 'str', unique: true }]);
    return { app, told, rooms: () => rooms, [Symbol.dispose]: () => app[Symbol.dispose]() };
  }

  test('hears of every row of an import once it is written, at its own pace', async () => {
    using listened = await openListened(true);
    const { app, told } = listened;
    await app.load('posts', rows(1_000), { format: 'ndjson', actor: ANN });
    while (told.length < 1_000) await Bun.sleep(5);
    expect(told[0]).toMatchObject({ op: 'create', after: '{"name":"N0"}', by: { userId: ANN.id } });
    expect(new Set(told.map(({ id }) => id)).size).toBe(1_000);
    expect(listened.rooms()).toBe(5);
    while (readdirSync(app.folder.path).some((name) => name.startsWith('.tinybase-import-')))
      await Bun.sleep(5);
  });

  test('hears nothing of a dry run, of an import that is refused, or of what nobody wants', async () => {
    using listened = await openListened(true);
    const { app, told } = listened;
    await app.load('posts', rows(3), { format: 'ndjson', isDryRun: true });
    const double = await app.load('posts', `${rows(3)}\n${rows(1)}`, { format: 'ndjson' });
    expect(double.isRefused).toBe(true);
    using unheard = await openListened(false);
    await unheard.app.load('posts', rows(3), { format: 'ndjson' });
    // Behind these would be whatever was told of before.
    await app.load('posts', rows(1), { format: 'ndjson' });
    while (told.length === 0) await Bun.sleep(5);
    expect([told.map(({ after }) => after), unheard.told]).toEqual([['{"name":"N0"}'], []]);
  });
});
