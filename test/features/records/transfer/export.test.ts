import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type Actor, ANONYMOUS, SYSTEM } from '../../../../src/core/actor.ts';
import { refusal } from '../data-app.ts';
import { openTransferApp, type TransferApp } from './transfer-app.ts';

const ANN: Actor = {
  kind: 'user',
  id: '018f0000-0000-7000-8000-00000000000a',
  email: 'a@x.org',
  tokenId: 'a',
};

/** The change asks for no force. */
const NO_FORCE = false;

let app: TransferApp;

beforeAll(async () => {
  app = openTransferApp();
  await app.open('things', [
    { name: 'title', type: 'str' },
    { name: 'n', type: 'int' },
    { name: 'tags', type: 'list' },
    { name: 'any', type: 'json' },
    { name: 'ok', type: 'bool' },
    { name: 'secret', type: 'str', read: 'admin' },
    { name: 'mine', type: 'str', read: 'owner' },
  ]);
  await app.records.create(SYSTEM, 'things', {
    title: 'a "b", c',
    n: 1,
    tags: ['x', 1],
    ok: false,
    secret: 's1',
    mine: 'm1',
  });
  await app.records.create(ANN, 'things', { title: '', any: 'text', mine: 'm2' });
  await app.records.create(SYSTEM, 'things', { title: '=1+1', n: -5, any: { k: null } });
});
afterAll(() => app[Symbol.dispose]());

/** The cells behind what every record has of its own. */
const cellsOf = (csv: string) =>
  csv
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(',').slice(4).join(','));

describe('an export', () => {
  test('as csv has a header, quotes where they are needed, and an empty text that is no missing value', async () => {
    const csv = await app.dump('things', 'csv');
    expect(csv).toStartWith(
      'id,owner_id,created_at,updated_at,title,n,tags,any,ok,secret,mine\r\n',
    );
    expect(cellsOf(csv).slice(1)).toEqual([
      '"a ""b"", c",1,"[""x"",1]",,false,s1,m1',
      '"",,,"""text""",,,m2',
      // A spreadsheet would run it; whoever imports it wants it as it was.
      '=1+1,-5,,"{""k"":null}",,,',
    ]);
  });

  test('as ndjson and json has the records as the API shows them, oldest first', async () => {
    const list = JSON.parse(await app.records.list(SYSTEM, 'things', { sort: 'created_at' })).items;
    expect(JSON.parse(await app.dump('things', 'json'))).toEqual(list);
    const lines = (await app.dump('things', 'ndjson')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(list);
  });

  test('of nothing is an empty file that is whole', async () => {
    const filter = "title = 'none'";
    expect(await app.dump('things', 'ndjson', { filter })).toBe('');
    expect(JSON.parse(await app.dump('things', 'json', { filter }))).toEqual([]);
    expect((await app.dump('things', 'csv', { filter })).split('\r\n')).toHaveLength(2);
  });

  test('takes the filter and the fields of a list', async () => {
    const some = JSON.parse(
      await app.dump('things', 'json', { filter: 'n > 0', fields: 'n,title' }),
    );
    expect(some.map(({ data }: { data: unknown }) => data)).toEqual([{ title: 'a "b", c', n: 1 }]);
    expect(cellsOf(await app.dump('things', 'csv', { 'filter[n]': '-5', fields: 'n' }))).toEqual([
      'n',
      '-5',
    ]);
    expect((await refusal(() => app.dump('things', 'csv', { filter: 'nope = 1' }))).code).toBe(
      'invalid_input',
    );
  });

  test('has no field that its reader may not see, in no format', async () => {
    for (const actor of [ANONYMOUS, ANN])
      for (const format of ['csv', 'ndjson', 'json'] as const) {
        const text = await app.dump('things', format, { actor });
        expect(text).not.toContain('s1');
        expect(text).not.toContain('secret');
        expect(text).not.toContain('m1');
        expect(text.includes('m2')).toBe(actor === ANN);
      }
    for (const query of [
      { fields: 'secret' },
      { filter: "secret = 's1'" },
      { filter: "mine = 'm1'" },
    ])
      expect((await refusal(() => app.dump('things', 'csv', { actor: ANN, ...query }))).code).toBe(
        'forbidden',
      );
  });

  test('holds the rows that its reader may list, and is refused like a list', async () => {
    await app.collections.create(SYSTEM, {
      name: 'own',
      schema: { fields: [{ name: 'title', type: 'str' }] },
      options: { access: { list: 'owner', read: 'owner', create: 'auth' } },
    });
    await app.records.create(SYSTEM, 'own', { title: 'foreign' });
    await app.records.create(ANN, 'own', { title: 'mine' });
    expect(cellsOf(await app.dump('own', 'csv', { actor: ANN }))).toEqual(['title', 'mine']);
    expect((await refusal(() => app.dump('own', 'csv', { actor: ANONYMOUS }))).code).toBe(
      'unauthenticated',
    );
    expect((await refusal(() => app.dump('../own', 'csv'))).code).toBe('not_found');
  });

  test('of many pages has each record once, however many are added meanwhile, and is read page by page', async () => {
    await app.open('many', [{ name: 'n', type: 'int' }]);
    const rows = Array.from({ length: 2_300 }, (_, n) => `{"n":${n}}`).join('\n');
    await app.load('many', rows, { format: 'ndjson' });
    const { pieces } = await app.service.exportRecords(SYSTEM, 'many', {}, 'ndjson');
    const found: number[] = [];
    const sizes: number[] = [];
    for await (const { text, records } of pieces) {
      sizes.push(records);
      for (const line of text.trimEnd().split('\n')) found.push(JSON.parse(line).data.n);
      if (sizes.length === 2) await app.records.create(SYSTEM, 'many', { n: 2_300 });
    }
    expect(found).toEqual(Array.from({ length: 2_301 }, (_, n) => n));
    expect(Math.max(...sizes)).toBe(500);
  });

  test('breaks off when the rules change under it', async () => {
    await app.open('closing', [{ name: 'n', type: 'int' }]);
    const rows = Array.from({ length: 1_200 }, (_, n) => `{"n":${n}}`).join('\n');
    await app.load('closing', rows, { format: 'ndjson' });
    const { pieces } = await app.service.exportRecords(ANONYMOUS, 'closing', {}, 'csv');
    expect((await pieces.next()).done).toBe(false);
    await app.collections.update(
      SYSTEM,
      'closing',
      { options: { access: { list: 'admin' } } },
      NO_FORCE,
    );
    expect((await refusal(() => pieces.next())).code).toBe('conflict');
    expect((await pieces.next()).done).toBe(true);
  });
});
