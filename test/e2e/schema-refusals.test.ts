import { describe, expect, test } from 'bun:test';
import { serveForFile } from '../support/served.ts';
import { type Data, makeCollection, recordsOf } from './bulk.ts';
import { createThings } from './things.ts';

const served = serveForFile();
const { make, change, picture, dataOf, idsOf, list, expectRefusal, expectDone } =
  createThings(served);

describe('what force cannot help', () => {
  test('required stays 409 while records lack a value', async () => {
    const rows = Array.from({ length: 25 }, (_, n) => (n % 2 === 0 ? { a: n } : {}));
    const name = await make([{ name: 'a', type: 'integer' }], rows);
    const required = [{ name: 'a', type: 'integer', required: true }];
    for (const query of ['', '?force=true'])
      expect(await expectRefusal(name, required, query)).toContain('12 stored records');
    // With a default there is a value for them.
    await expectDone(name, [{ name: 'a', type: 'integer', required: true, default: -1 }]);
    expect(await dataOf(name)).toEqual(rows.map(({ a = -1 }) => ({ a })));
  });

  test('a new required field without default stays 409 while there are records', async () => {
    const name = await make([{ name: 'a', type: 'integer' }], [{ a: 1 }]);
    const fields = [
      { name: 'a', type: 'integer' },
      { name: 'b', type: 'integer', required: true },
    ];
    for (const query of ['', '?force=true']) await expectRefusal(name, fields, query);
    const [id] = await idsOf(name);
    expect((await served().admin.delete(`${recordsOf(name)}/${id}`)).status).toBe(204);
    await expectDone(name, fields);
  });

  test('unique stays 409 over doubles; null is none', async () => {
    const rows = Array.from({ length: 16 }, (_, n) => (n < 4 ? {} : { a: `v${n % 14}` }));
    const name = await make([{ name: 'a', type: 'string' }], [...rows, { a: 'v4' }, { a: 'v5' }]);
    const unique = [{ name: 'a', type: 'string', unique: true }];
    for (const query of ['', '?force=true']) {
      const detail = await expectRefusal(name, unique, query);
      expect(detail).toContain('a cannot be unique: 4 stored records');
    }
    const ids = await idsOf(name);
    const { admin } = served();
    for (const id of ids.slice(-2))
      await admin.patch(`${recordsOf(name)}/${id}`, { a: `new ${id}` });
    await expectDone(name, unique);
    expect((await admin.post(recordsOf(name), { a: 'v4' })).status).toBe(409);
    expect((await admin.post(recordsOf(name), {})).status).toBe(201);
  });

  test('an index that makes several fields unique together stays 409 over doubles', async () => {
    const fields = [
      { name: 'a', type: 'string' },
      { name: 'b', type: 'integer' },
    ];
    const name = await make(fields, [
      { a: 'x', b: 1 },
      { a: 'x', b: 2 },
      { a: 'y', b: 1 },
      { a: 'x', b: 1 },
      { a: 'x' },
      { a: 'x' },
    ]);
    const { admin } = served();
    const body = { options: { indexes: [{ fields: ['a', 'b'], unique: true }] } };
    const before = await picture(name);
    for (const query of ['', '?force=true']) {
      const { status, body: answer } = await admin.patch(`/api/collections/${name}${query}`, body);
      expect(status).toBe(409);
      expect(answer.detail).toContain('a, b cannot be unique: 2 stored records');
    }
    expect(await picture(name)).toEqual(before);
    const ids = await idsOf(name);
    await admin.patch(`${recordsOf(name)}/${ids[3]}`, { b: 3 });
    expect((await admin.patch(`/api/collections/${name}`, body)).status).toBe(200);
    expect((await admin.post(recordsOf(name), { a: 'y', b: 1 })).status).toBe(409);
    expect((await admin.post(recordsOf(name), { a: 'y', b: 2 })).status).toBe(201);
  });
});

test('a change of many parts is done whole or not at all', async () => {
  const name = await make(
    [
      { name: 'a', type: 'string' },
      { name: 'b', type: 'integer', index: true },
      { name: 'c', type: 'string' },
    ],
    [
      { a: 'x', b: 1, c: 'same' },
      { a: 'y', b: 2, c: 'same' },
    ],
  );
  const { admin } = served();
  const before = await picture(name);
  const newName = `${name}_new`;
  const fields = [
    { name: 'z', was: 'a', type: 'string' },
    { name: 'c', type: 'string', unique: true },
    { name: 'd', type: 'integer', default: 1 },
  ];
  const { status } = await admin.patch(`/api/collections/${name}?force=true`, {
    name: newName,
    label: 'Other',
    schema: { fields },
    options: { access: { list: 'public' } },
  });
  expect(status).toBe(409);
  expect(await picture(name)).toEqual(before);
  expect((await admin.get(`/api/collections/${newName}`)).status).toBe(404);
  expect((await served().anonymous.get(recordsOf(name))).status).toBe(401);
  expect((await list(name, 'sort=b&filter=b > 1')).body.total).toBe(1);
});

describe('a collection that others refer to', () => {
  async function makePair() {
    const authors = await make(
      [{ name: 'name', type: 'string' }],
      [{ name: 'Ann' }, { name: 'Bob' }],
    );
    const [ann = '', bob = ''] = await idsOf(authors);
    const books = await make(
      [{ name: 'author', type: 'reference', collection: authors }],
      [{ author: ann }, { author: bob }, { author: ann }],
    );
    return { authors, books, ann };
  }

  test('is renamed together with the references to it', async () => {
    const { authors, books, ann } = await makePair();
    const { admin } = served();
    const writers = `${authors}_renamed`;
    expect((await admin.patch(`/api/collections/${authors}`, { name: writers })).status).toBe(200);
    expect((await admin.get(`/api/collections/${authors}`)).status).toBe(404);
    expect((await admin.get(recordsOf(authors))).status).toBe(404);
    const { body } = await admin.get(`/api/collections/${books}`);
    expect(body.schema.fields[0].collection).toBe(writers);
    const shown = await list(books, 'expand=author&sort=created_at');
    expect(
      shown.body.items.map(
        ({ expanded }: { expanded: { author: { data: Data } } }) => expanded.author.data.name,
      ),
    ).toEqual(['Ann', 'Bob', 'Ann']);
    expect((await admin.delete(`${recordsOf(writers)}/${ann}`)).status).toBe(409);
    const nobody = { author: Bun.randomUUIDv7() };
    expect((await admin.post(recordsOf(books), nobody)).status).toBe(422);
    expect((await admin.post(recordsOf(books), { author: ann })).status).toBe(201);
  });

  test('is deleted only once nobody refers to it, and with records only by its name', async () => {
    const { authors, books } = await makePair();
    const { admin } = served();
    const path = `/api/collections/${authors}`;
    for (const query of ['', `?confirm=${authors}`]) {
      const { status, body } = await admin.delete(path + query);
      expect(status).toBe(409);
      expect(body.detail).toContain(`${books}.author`);
    }
    expect((await change(books, [], '?force=true')).status).toBe(200);
    for (const query of ['', '?confirm=', '?confirm=yes', `?confirm=${books}`]) {
      const { status, body } = await admin.delete(path + query);
      expect(status).toBe(409);
      expect(body.detail).toContain('2 records');
    }
    expect(await dataOf(authors)).toHaveLength(2);
    expect((await admin.delete(`${path}?confirm=${authors}`)).status).toBe(204);
    expect((await admin.get(path)).status).toBe(404);
    expect((await admin.get(recordsOf(authors))).status).toBe(404);
    // The name is free, and nothing of the old one comes with it.
    await makeCollection(admin, authors, [{ name: 'other', type: 'integer' }]);
    expect(await dataOf(authors)).toEqual([]);
  });

  test('cannot be replaced by a dangling reference: values must exist where they lead now', async () => {
    const { authors, books } = await makePair();
    const others = await make([{ name: 'name', type: 'string' }], [{ name: 'Cleo' }]);
    const fields = [{ name: 'author', type: 'reference', collection: others }];
    expect(await expectRefusal(books, fields, '')).toContain('3 stored records');
    expect(authors).not.toBe(others);
  });
});
