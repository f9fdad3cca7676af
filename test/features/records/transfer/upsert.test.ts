import { afterAll, beforeEach, describe, expect, test } from 'bun:test';
import { type Actor, ANONYMOUS, SYSTEM } from '../../../../src/core/actor.ts';
import { newId } from '../../../../src/lib/ids.ts';
import { refusal, settableClock } from '../data-app.ts';
import { faultsOf, openTransferApp, type TransferApp } from './transfer-app.ts';

const user = (id: string): Actor => ({ kind: 'user', id, email: `${id}@x.org`, tokenId: id });
const ANN = user('018f0000-0000-7000-8000-00000000000a');
const BOB = user('018f0000-0000-7000-8000-00000000000b');

const apps: TransferApp[] = [];
let app: TransferApp;
const clock = settableClock();

beforeEach(async () => {
  app = openTransferApp({ clock });
  apps.push(app);
  await app.collections.create(SYSTEM, {
    name: 'people',
    schema: {
      fields: [
        { name: 'email', type: 'email', unique: true },
        { name: 'name', type: 'str', required: true },
        { name: 'n', type: 'int', min: 0 },
        { name: 'kind', type: 'str', default: 'plain' },
        { name: 'note', type: 'str', write: 'owner' },
        { name: 'rank', type: 'int', write: 'admin' },
        { name: 'hidden', type: 'str', unique: true, read: 'admin' },
      ],
    },
    options: {
      access: { list: 'public', read: 'auth', create: 'auth', update: 'auth', delete: 'owner' },
    },
  });
});
afterAll(() => {
  for (const one of apps) one[Symbol.dispose]();
});

const make = async (data: Record<string, unknown>, actor: Actor = SYSTEM) =>
  (await app.records.create(actor, 'people', data)).record;

describe('an upsert', () => {
  test('changes what exists and creates the rest', async () => {
    const { id } = await make({ email: 'ann@x.org', name: 'Ann', n: 1, kind: 'special' });
    const file = 'email,name,n\nANN@x.org,,2\nbob@x.org,Bob,\n';
    expect(await app.load('people', file, { upsertBy: 'email' })).toMatchObject({
      created: 1,
      updated: 1,
      failed: 0,
    });
    // An empty cell leaves what is there.
    expect(await app.rows('people')).toEqual([
      { email: 'ann@x.org', name: 'Ann', n: 2, kind: 'special' },
      { email: 'bob@x.org', name: 'Bob', kind: 'plain' },
    ]);
    const { record } = app.records.get(SYSTEM, 'people', id);
    expect(record.rev).toBe(2);
  });

  test('by id, and null of NDJSON clears', async () => {
    const { id } = await make({ name: 'Ann', n: 1 });
    const other = newId();
    const file = `{"id":"${id}","n":null}\n{"id":"${other}","name":"New"}\n{"name":"Newer"}`;
    const result = await app.load('people', file, { upsertBy: 'id', format: 'ndjson' });
    expect(result).toMatchObject({ created: 2, updated: 1 });
    expect(await app.rows('people')).toEqual([
      { name: 'Ann', kind: 'plain' },
      { name: 'New', kind: 'plain' },
      { name: 'Newer', kind: 'plain' },
    ]);
    expect(app.records.get(SYSTEM, 'people', other).record.id).toBe(other);
  });

  test('names what a new record would lack, and what a changed one may not be', async () => {
    await make({ email: 'ann@x.org', name: 'Ann', n: 1 });
    const file =
      '{"email":"ann@x.org","name":null}\n{"email":"bob@x.org","n":1}\n{"email":"ann@x.org","n":-1}';
    const result = await app.load('people', file, { upsertBy: 'email', format: 'ndjson' });
    expect(result).toMatchObject({ created: 0, updated: 0, failed: 3 });
    const found = faultsOf(result);
    expect(found[0]).toStartWith('1 name: is required');
    expect(found[1]).toBe('2 name: is required in a new record');
    expect(found[2]).toStartWith('3 n: ');
  });

  test('with a value that two rows have changes the record twice', async () => {
    const file = 'email,name\na@x.org,one\na@x.org,two';
    const result = await app.load('people', file, { upsertBy: 'email' });
    expect(result).toMatchObject({ created: 1, updated: 1 });
    expect(await app.rows('people')).toMatchObject([{ name: 'two' }]);
  });

  test('finds a taken value of another field', async () => {
    await make({ email: 'a@x.org', name: 'a', hidden: 'x' });
    await make({ email: 'b@x.org', name: 'b' });
    const file = 'email,hidden\nb@x.org,x';
    expect(faultsOf(await app.load('people', file, { upsertBy: 'email' }))).toEqual([
      '2 hidden: another record has this value already, and it must be unique',
    ]);
  });

  test.each([
    ['name', 'must be id or a unique field, and name is not unique'],
    ['emial', 'there is no field emial. Did you mean email?'],
    ['owner_id', 'there is no field owner_id'],
    ["id' OR 1=1 --", 'there is no field'],
    ['__proto__', 'there is no field'],
  ])('by %s is 422', async (upsertBy, msg) => {
    const error = await refusal(() => app.load('people', 'email\na', { upsertBy }));
    expect(error.code).toBe('invalid_input');
    expect(error.message).toContain(msg);
  });

  test('needs the column', async () => {
    const error = await refusal(() => app.load('people', 'name\na', { upsertBy: 'email' }));
    expect(error.message).toContain(
      'body.header.email: is required: upsert_by finds records by it',
    );
  });
});

describe('an attacker', () => {
  test("who upserts somebody else's records is told that they may not", async () => {
    await app.collections.create(SYSTEM, {
      name: 'notes',
      schema: { fields: [{ name: 'text', type: 'str' }] },
      options: { access: { list: 'owner', read: 'owner', create: 'auth', update: 'owner' } },
    });
    const { id } = (await app.records.create(ANN, 'notes', { text: 'of Ann' })).record;
    const file = `id,text\n${id},of Bob`;
    for (const isPartial of [false, true]) {
      const result = await app.load('notes', file, { actor: BOB, upsertBy: 'id', isPartial });
      expect(faultsOf(result)).toEqual(['2 : exists already and may not be changed by you']);
    }
    expect(await app.rows('notes')).toEqual([{ text: 'of Ann' }]);
    const own = await app.load('notes', file.replace('Bob', 'me'), { actor: ANN, upsertBy: 'id' });
    expect(own).toMatchObject({ updated: 1 });
    expect(await app.rows('notes')).toEqual([{ text: 'of me' }]);
  });

  test('cannot upsert into records that may be changed but not be seen', async () => {
    await app.collections.create(SYSTEM, {
      name: 'blind',
      schema: { fields: [{ name: 'text', type: 'str' }] },
      options: { access: { list: 'admin', read: 'admin', create: 'public', update: 'public' } },
    });
    const { id } = (await app.records.create(SYSTEM, 'blind', { text: 'a' })).record;
    const file = `id,text\n${id},b`;
    const result = await app.load('blind', file, { actor: ANONYMOUS, upsertBy: 'id' });
    expect(faultsOf(result)).toEqual(['2 : exists already and may not be changed by you']);
    expect(await app.rows('blind')).toEqual([{ text: 'a' }]);
  });

  test('may not write a field that only owners may, in the record of somebody else', async () => {
    await make({ email: 'ann@x.org', name: 'Ann' }, ANN);
    const file = 'email,note\nann@x.org,hello';
    const result = await app.load('people', file, { actor: BOB, upsertBy: 'email' });
    expect(faultsOf(result)).toEqual(['2 note: may be written in your own records only']);
    expect(await app.load('people', file, { actor: ANN, upsertBy: 'email' })).toMatchObject({
      updated: 1,
    });
  });

  test('may not write a field that only admins may, nor name it in a header', async () => {
    const error = await refusal(() => app.load('people', 'name,rank\na,', { actor: ANN }));
    expect(error.code).toBe('forbidden');
    expect(error.message).toContain('rank');
    const file = '{"name":"a"}\n{"name":"b","rank":1}';
    expect(
      (await refusal(() => app.load('people', file, { actor: ANN, format: 'ndjson' }))).code,
    ).toBe('forbidden');
    expect(await app.rows('people')).toEqual([]);
  });

  test('may not find records by a field that they may not read', async () => {
    await make({ hidden: 'secret', name: 'a' });
    const act = () =>
      app.load('people', 'hidden,name\nsecret,mine', { actor: ANN, upsertBy: 'hidden' });
    expect((await refusal(act)).code).toBe('forbidden');
  });

  test('may not choose an owner, but may send their own id', async () => {
    const file = (owner: string) => `name,owner_id\na,${owner}`;
    const id = ANN.kind === 'user' ? ANN.id : '';
    for (const format of ['csv', 'ndjson'] as const) {
      const text = format === 'csv' ? file(id) : `{"name":"a","owner_id":"${id}"}`;
      expect((await refusal(() => app.load('people', text, { actor: BOB, format }))).code).toBe(
        'forbidden',
      );
      expect(await app.load('people', text, { actor: ANN, format })).toMatchObject({ created: 1 });
    }
    expect(await app.load('people', file(''), { actor: BOB })).toMatchObject({ created: 1 });
    const owners = JSON.parse(
      await app.records.list(SYSTEM, 'people', { sort: 'created_at' }),
    ).items;
    expect(owners.map((item: { owner_id: string }) => item.owner_id.at(-1)).join('')).toBe('aab');
  });

  test('who is not signed in imports only where anybody may create', async () => {
    expect((await refusal(() => app.load('people', 'name\na', { actor: ANONYMOUS }))).code).toBe(
      'unauthenticated',
    );
    await app.open('open', [{ name: 'name', type: 'str' }]);
    expect(await app.load('open', 'name\na', { actor: ANONYMOUS })).toMatchObject({ created: 1 });
    expect((await refusal(() => app.load('../people', 'name\na'))).code).toBe('not_found');
  });
});

describe('an admin', () => {
  test('chooses owners, who must exist; an empty cell is nobody', async () => {
    const known = newId();
    const hasUser = (id: string) => id === known;
    const other = openTransferApp({ hasUser });
    apps.push(other);
    await other.open('things', [{ name: 'name', type: 'str' }]);
    const bad = `name,owner_id\na,${known}\nb,${newId()}\nc,nobody`;
    expect(faultsOf(await other.load('things', bad))).toEqual([
      '3 owner_id: must be the id of a user',
      '4 owner_id: must be the id of a user',
    ]);
    await other.load('things', `name,owner_id\na,${known}\nb,`, { ownerId: 'default' });
    await other.load('things', 'name\nc', { ownerId: 'default' });
    const { items } = JSON.parse(
      await other.records.list(SYSTEM, 'things', { sort: 'created_at' }),
    );
    expect(items.map((item: { owner_id: string | null }) => item.owner_id)).toEqual([
      known,
      null,
      'default',
    ]);
  });
});

describe('references', () => {
  test('may lead to rows that come later, but not nowhere', async () => {
    await app.open('tree', [
      { name: 'name', type: 'str' },
      { name: 'parent', type: 'reference', collection: 'tree' },
      { name: 'person', type: 'reference', collection: 'people' },
    ]);
    const ids = Array.from({ length: 5 }, newId);
    const row = (at: number, parent?: number) =>
      `${ids[at]},n${at},${parent === undefined ? '' : ids[parent]}`;
    const file = ['id,name,parent', row(0, 1), row(1, 2), row(2, 3), row(3), row(4, 4)].join('\n');
    expect(await app.load('tree', file)).toMatchObject({ created: 5, errors: [] });
    const gone = newId();
    const bad = `name,parent,person\na,${gone},\nb,,${gone}\nc,${ids[0]},`;
    const result = await app.load('tree', bad, { isPartial: true });
    expect(faultsOf(result)).toEqual([
      `2 parent: there is no record ${gone} in tree`,
      `3 person: there is no record ${gone} in people`,
    ]);
    expect(result).toMatchObject({ created: 1, failed: 2 });
  });
});

test('created_at never goes back, and rows are listed in the order of the file', async () => {
  const { created_at } = await make({ name: 'first' });
  // The thread that writes has the real clock, which is behind that of this test.
  await app.load('people', 'name\na\nb\nc');
  const { items } = JSON.parse(await app.records.list(SYSTEM, 'people', { sort: 'created_at' }));
  expect(items.map((item: { data: { name: string } }) => item.data.name)).toEqual([
    'first',
    'a',
    'b',
    'c',
  ]);
  for (const item of items) expect(item.created_at >= created_at).toBe(true);
});
