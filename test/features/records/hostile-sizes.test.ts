import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { SYSTEM } from '../../../src/core/actor.ts';
import { refusal } from './data-app.ts';
import { openTransferApp, type TransferApp } from './transfer/transfer-app.ts';

// Nine of these are more than two pages hold; the newest has the first title.
const COUNT = 9;
const LENGTH = 4_000_000;

let app: TransferApp;
beforeEach(async () => {
  app = openTransferApp();
  await app.open('texts', [
    { name: 'title', type: 'string' },
    { name: 'next', type: 'reference', collection: 'texts' },
  ]);
  let next: string | undefined;
  for (let index = 0; index < COUNT; index++) {
    const title = `${COUNT - index}${'x'.repeat(LENGTH)}`;
    const made = await app.app.records.create(SYSTEM, 'texts', { title, next });
    next = made.record.id;
  }
});
afterEach(() => app[Symbol.dispose]());

async function titles(query: Parameters<typeof app.app.records.list>[2]) {
  const page = JSON.parse(await app.app.records.list(SYSTEM, 'texts', query));
  return {
    titles: page.items.map(({ data }: { data: { title: string } }) => data.title[0]).join(''),
    lengths: new Set(page.items.map(({ data }: { data: { title: string } }) => data.title.length)),
    cursor: page.next_cursor,
  };
}

describe('records of some megabytes each', () => {
  test('are not all put into one page: it says how many have room', async () => {
    const error = await refusal(() => app.app.records.list(SYSTEM, 'texts', { sort: 'title' }));
    expect(error.code).toBe('too_large');
    expect(error.message).toMatch(/limit=4 /);
  });

  test('are listed whole as far as they have room, and on from there', async () => {
    const first = await titles({ limit: 4 });
    expect(first.titles).toBe('1234');
    expect(first.lengths).toEqual(new Set([LENGTH + 1]));
    const second = await titles({ limit: 3, cursor: first.cursor });
    expect(second.titles).toBe('567');
    const third = await titles({ limit: 3, cursor: second.cursor });
    expect([third.titles, third.cursor]).toEqual(['89', null]);
  });

  test('are exported, each once', async () => {
    const text = await app.dump('texts', 'ndjson');
    const lines = text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).data.title[0]).join('')).toBe('987654321');
  });

  test('are not all brought along by a reference', async () => {
    await app.open('links', [{ name: 'to', type: 'reference', collection: 'texts' }]);
    const ids = (await app.dump('texts', 'ndjson')).trimEnd().split('\n');
    const targets = ids.map((line) => String(JSON.parse(line).id));
    for (const to of targets) await app.app.records.create(SYSTEM, 'links', { to });
    const error = await refusal(() => app.app.records.list(SYSTEM, 'links', { expand: 'to' }));
    expect(error.code).toBe('too_large');
    const some = JSON.parse(
      await app.app.records.list(SYSTEM, 'links', { expand: 'to', limit: 4 }),
    );
    expect(some.items[3].expanded.to.data.title).toHaveLength(LENGTH + 1);
  });

  test('are not all answered by one batch, which then changes none of them', async () => {
    const all = JSON.parse(await app.app.records.list(SYSTEM, 'texts', { limit: 1 }));
    const request = { method: 'PATCH', collection: 'texts', id: all.items[0].id, data: {} };
    const error = await refusal(() => app.app.records.batch(SYSTEM, Array(9).fill(request)));
    expect(error.code).toBe('too_large');
    const { record } = app.app.records.get(SYSTEM, 'texts', all.items[0].id);
    expect(record.rev).toBe(1);
  });
});
