import { describe, expect, test } from 'bun:test';
import { serveForFile } from '../support/served.ts';
import { type Data, readAll, recordsOf } from './bulk.ts';
import { createThings } from './things.ts';

const served = serveForFile();
const { make, change, picture, dataOf, idsOf, list, expectRefusal, expectDone } =
  createThings(served);

describe('a plan', () => {
  test('says which records offend, what is rewritten and what is lost, and writes nothing', async () => {
    const name = await make(
      [
        { name: 'title', type: 'string' },
        { name: 'code', type: 'string' },
        { name: 'note', type: 'string' },
        { name: 'gone', type: 'integer' },
        { name: 'kind', type: 'string' },
      ],
      Array.from({ length: 14 }, (_, n) => ({
        title: `title ${n}`,
        code: n < 2 ? 'same' : `code ${n}`,
        note: n < 12 ? 'far too long' : 'ok',
        ...(n < 3 && { gone: n }),
        ...(n > 0 && { kind: 'a' }),
      })),
    );
    const ids = await idsOf(name);
    const before = await picture(name);
    const fields = [
      { name: 'headline', was: 'title', type: 'string' },
      { name: 'code', type: 'string', unique: true },
      { name: 'note', type: 'string', max_length: 5 },
      { name: 'kind', type: 'string', required: true },
      { name: 'stars', type: 'integer', default: 3 },
    ];
    const { status, body } = await change(name, fields, '?dry_run=true');
    expect(status).toBe(200);
    expect(
      body.changes.map(
        ({ kind, field, effect, count }: Record<string, unknown>) =>
          `${kind} ${field} ${effect} ${count}`,
      ),
    ).toEqual([
      'rename_field headline rewrites 14',
      'change_field note destroys 12',
      'change_field kind blocked 1',
      'add_field stars rewrites 14',
      'drop_field gone destroys 3',
      'add_index code blocked 2',
    ]);
    const offenders = body.changes.map(({ records }: { records: { id: string }[] }) =>
      records.map(({ id }) => ids.indexOf(id)),
    );
    expect(offenders).toEqual([[], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [0], [], [0, 1, 2], [0, 1]]);
    for (const { msg } of body.changes) expect(msg).toMatch(/^[\w, ]+ .*\.$/);
    // The record that lacks what is required is in the way, whatever else would become of it.
    expect(body).toMatchObject({ rewritten: 13, total: 14, needs_force: true, possible: false });
    expect(await picture(name)).toEqual(before);
    const forced = await change(name, fields, '?dry_run=true&force=true');
    expect(forced.body).toMatchObject({ needs_force: true, possible: false });
    expect(await picture(name)).toEqual(before);
  });

  test('of an optional field, one made optional and other access touches no record', async () => {
    const name = await make([{ name: 'a', type: 'integer', required: true }], [{ a: 1 }, { a: 2 }]);
    const fields = [
      { name: 'a', type: 'integer', read: 'admin' },
      { name: 'b', type: 'date' },
    ];
    const { body } = await change(name, fields, '?dry_run=true');
    expect(body).toMatchObject({ rewritten: 0, total: 0, needs_force: false, possible: true });
    expect(new Set(body.changes.map(({ effect }: { effect: string }) => effect))).toEqual(
      new Set(['safe']),
    );
    const before = await readAll(served().admin, name);
    await expectDone(name, fields);
    expect(await readAll(served().admin, name)).toEqual(before);
  });

  test('is for admins, as the change itself', async () => {
    const name = await make([{ name: 'a', type: 'integer' }], [{ a: 1 }]);
    const path = `/api/collections/${name}?dry_run=true`;
    const body = { schema: { fields: [] } };
    expect((await served().ann.patch(path, body)).status).toBe(403);
    expect((await served().anonymous.patch(path, body)).status).toBe(401);
  });
});

describe('a rename by was', () => {
  test('moves the values, the index and what it enforces, live for the next request', async () => {
    const name = await make(
      [
        { name: 'a', type: 'string', unique: true },
        { name: 'b', type: 'integer' },
      ],
      [{ a: 'x', b: 1 }, { a: 'y', b: 2 }, { b: 3 }],
    );
    await expectDone(name, [
      { name: 'z', was: 'a', type: 'string', unique: true },
      { name: 'b', type: 'integer' },
    ]);
    expect(await dataOf(name)).toEqual([{ z: 'x', b: 1 }, { z: 'y', b: 2 }, { b: 3 }]);
    const found = await list(name, "filter=z = 'y'&sort=-z");
    expect(found.body.items.map(({ data }: { data: Data }) => data)).toEqual([{ z: 'y', b: 2 }]);
    expect((await list(name, "filter=a = 'y'")).status).toBe(422);
    expect((await list(name, 'sort=a')).status).toBe(422);
    const { admin } = served();
    expect((await admin.post(recordsOf(name), { a: 'q' })).status).toBe(422);
    const taken = await admin.post(recordsOf(name), { z: 'x' });
    expect(taken.status).toBe(409);
    expect(taken.body.detail).toContain('z');
  });

  test('lets two fields change names with each other', async () => {
    const name = await make(
      [
        { name: 'a', type: 'integer', unique: true },
        { name: 'b', type: 'integer', unique: true },
      ],
      [
        { a: 1, b: 2 },
        { a: 2, b: 1 },
      ],
    );
    await expectDone(name, [
      { name: 'b', was: 'a', type: 'integer', unique: true },
      { name: 'a', was: 'b', type: 'integer', unique: true },
    ]);
    expect(await dataOf(name)).toEqual([
      { b: 1, a: 2 },
      { b: 2, a: 1 },
    ]);
  });

  test('of many at once lets one win, and no value is lost', async () => {
    const rows = Array.from({ length: 30 }, (_, n) => ({ a: n }));
    const name = await make([{ name: 'a', type: 'integer' }], rows);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        change(name, [{ name: `b${n}`, was: 'a', type: 'integer' }]),
      ),
    );
    const done = answers.filter(({ status }) => status === 200);
    expect(done).toHaveLength(1);
    // The others come upon a collection without the field that they would rename.
    for (const { status } of answers) expect([200, 409, 422]).toContain(status);
    const winner = done[0]?.body.schema.fields[0].name;
    expect(await dataOf(name)).toEqual(rows.map(({ a }) => ({ [winner]: a })));
  });
});

describe('a change that would lose values', () => {
  const TEXT = { name: 'text', type: 'string' };
  const rows = Array.from({ length: 20 }, (_, n) => ({ text: n < 15 ? `long text ${n}` : `${n}` }));

  /** All of `ids` that stand in the detail, in its order. */
  const named = (detail: string, ids: readonly string[]) =>
    ids.filter((id) => detail.includes(id)).sort((a, b) => detail.indexOf(a) - detail.indexOf(b));

  test('by a narrower type is refused with the count and the first ten, unless forced', async () => {
    const name = await make([TEXT], rows);
    const ids = await idsOf(name);
    const narrow = [{ ...TEXT, max_length: 4 }];
    const detail = await expectRefusal(name, narrow, '');
    expect(detail).toContain('15 stored records');
    expect(detail).toContain('force=true');
    expect(named(detail, ids)).toEqual(ids.slice(0, 10));
    await expectDone(name, narrow, '?force=true');
    expect(await dataOf(name)).toEqual(rows.map((row, n) => (n < 15 ? {} : row)));
    expect((await served().admin.post(recordsOf(name), { text: 'again too long' })).status).toBe(
      422,
    );
  });

  test('by a dropped field is refused with the count and the first ten, unless forced', async () => {
    const name = await make([TEXT, { name: 'n', type: 'integer' }], rows);
    const ids = await idsOf(name);
    const detail = await expectRefusal(name, [{ name: 'n', type: 'integer' }], '');
    expect(detail).toContain('20 stored records');
    expect(named(detail, ids)).toEqual(ids.slice(0, 10));
    await expectDone(name, [{ name: 'n', type: 'integer' }], '?force=true');
    expect(await dataOf(name)).toEqual(rows.map(() => ({})));
    // What is deleted does not come back with the name.
    await expectDone(name, [TEXT, { name: 'n', type: 'integer' }]);
    expect(await dataOf(name)).toEqual(rows.map(() => ({})));
  });

  test('of a field that holds nothing needs no force', async () => {
    const name = await make([TEXT, { name: 'n', type: 'integer' }], rows);
    await expectDone(name, [TEXT]);
    expect(await dataOf(name)).toEqual(rows);
  });

  test('clears with force only what does not fit', async () => {
    const name = await make(
      [{ name: 'value', type: 'string' }, TEXT],
      [
        { value: '12', text: 'a' },
        { value: 'twelve', text: 'b' },
        { value: '-7', text: 'c' },
      ],
    );
    await expectRefusal(name, [{ name: 'value', type: 'integer' }, TEXT], '');
    await expectDone(name, [{ name: 'value', type: 'integer' }, TEXT], '?force=true');
    expect(await dataOf(name)).toEqual([
      { value: 12, text: 'a' },
      { text: 'b' },
      { value: -7, text: 'c' },
    ]);
  });
});

describe('a change of type', () => {
  test.each<[string, string, readonly unknown[], readonly unknown[]]>([
    ['string', 'integer', ['1', '-20', '0'], [1, -20, 0]],
    ['string', 'float', ['1.5', '-2', '1e3'], [1.5, -2, 1000]],
    ['string', 'boolean', ['true', 'false'], [true, false]],
    ['integer', 'float', [1, 2], [1, 2]],
    ['float', 'integer', [1, -2], [1, -2]],
    ['integer', 'string', [1, -2], ['1', '-2']],
    ['boolean', 'string', [true, false], ['true', 'false']],
    ['string', 'date', ['2024-02-29'], ['2024-02-29']],
    [
      'string',
      'datetime',
      ['2024-02-29T12:00:00+02:00', '2024-01-01T00:00:00Z'],
      ['2024-02-29T10:00:00.000Z', '2024-01-01T00:00:00.000Z'],
    ],
    ['date', 'datetime', ['2024-02-29'], ['2024-02-29T00:00:00.000Z']],
    ['string', 'email', ['ann@example.com'], ['ann@example.com']],
    ['list[integer]', 'list[float]', [[1, 2], []], [[1, 2], []]],
    ['dict', 'json', [{ a: { b: null } }], [{ a: { b: null } }]],
  ])(
    'from %s to %s is done where every value converts, and sorts by the new type',
    async (from, to, values, expected) => {
      const name = await make(
        [{ name: 'value', type: from }],
        values.map((value) => ({ value })),
      );
      await expectDone(name, [{ name: 'value', type: to }]);
      expect(await dataOf(name)).toEqual(expected.map((value) => ({ value })));
      expect((await list(name, 'filter=value = null')).body.total).toBe(0);
    },
  );

  test('sorts and filters text as numbers once it is numbers', async () => {
    const name = await make(
      [{ name: 'n', type: 'string', index: true }],
      [{ n: '10' }, { n: '9' }, { n: '-3' }],
    );
    await expectDone(name, [{ name: 'n', type: 'integer', index: true }]);
    const { body } = await list(name, 'sort=n&filter=n < 10');
    expect(body.items.map(({ data }: { data: Data }) => data.n)).toEqual([-3, 9]);
  });

  test('is refused where one value of many does not convert, and names that record', async () => {
    const rows = Array.from({ length: 40 }, (_, n) => ({ n: n === 33 ? '1.5' : String(n) }));
    const name = await make([{ name: 'n', type: 'string' }], rows);
    const detail = await expectRefusal(name, [{ name: 'n', type: 'integer' }], '');
    expect(detail).toContain('1 stored record ');
    expect(detail).toContain((await idsOf(name))[33] ?? 'the record');
  });
});
