// Runs alone: it measures.
import { describe, expect, test } from 'bun:test';
import { above, expectAtBest } from '../support/at-best.ts';
import { serveForFile } from '../support/served.ts';
import {
  add,
  define,
  expectFaults,
  expectProblem,
  listOf,
  recordsOf,
  sendText,
} from './data-support.ts';

const served = serveForFile();
const ID = '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b';
const FOUR_BYTES = '\u{1F4A9}';

describe('values, null and defaults', () => {
  test('0, false and "" are values: they are required values, unlike null and nothing', async () => {
    const { admin } = served();
    await define(admin, 'needed', [
      { name: 'text', type: 'string', required: true },
      { name: 'number', type: 'integer', required: true },
      { name: 'flag', type: 'bool', required: true },
      { name: 'list', type: 'list', required: true },
      { name: 'dict', type: 'dict', required: true },
      { name: 'any', type: 'json', required: true },
    ]);
    const data = { text: '', number: 0, flag: false, list: [], dict: {}, any: false };
    const { id } = await add(admin, 'needed', data);
    expect((await admin.get(`${recordsOf('needed')}/${id}`)).body.data).toEqual(data);
    const names = Object.keys(data);
    const locs = names.map((name) => ['body', name]);
    expectFaults(await admin.post(recordsOf('needed'), {}), 'nothing', ...locs);
    const nulls = Object.fromEntries(names.map((name) => [name, null]));
    expectFaults(await admin.post(recordsOf('needed'), nulls), 'null', ...locs);
    const path = `${recordsOf('needed')}/${id}`;
    expectFaults(await admin.patch(path, nulls), 'cleared', ...locs);
    expect((await admin.get(path)).body.data).toEqual(data);
  });

  test('null clears a value where it may, and a field without value is left out of data', async () => {
    const { admin } = served();
    await define(admin, 'clearable', [
      { name: 'plain', type: 'string' },
      { name: 'named', type: 'string', nullable: true },
      { name: 'strict', type: 'string', nullable: false },
    ]);
    const made = await add(admin, 'clearable', { plain: null, named: null });
    expect(made.data).toEqual({});
    const path = `${recordsOf('clearable')}/${made.id}`;
    await admin.patch(path, { plain: 'a', named: 'b', strict: 'c' });
    expectFaults(await admin.patch(path, { strict: null }), 'strict', ['body', 'strict']);
    expectFaults(await admin.post(recordsOf('clearable'), { strict: null }), 'strict', [
      'body',
      'strict',
    ]);
    const cleared = await admin.patch(path, { plain: null, named: null });
    expect(cleared.body.data).toEqual({ strict: 'c' });
    expect((await admin.get(path)).body).toEqual(cleared.body);
  });

  test('a default fills only an absent key, and only on create', async () => {
    const { admin } = served();
    await define(admin, 'filled', [
      { name: 'text', type: 'string', default: 'a' },
      { name: 'number', type: 'integer', default: 0 },
      { name: 'flag', type: 'bool', default: false },
      { name: 'empty', type: 'string', default: '' },
      { name: 'tags', type: 'list[string]', default: [] },
      { name: 'mail', type: 'email', default: 'ANN@example.com' },
      { name: 'needed', type: 'string', required: true, default: 'there' },
    ]);
    const filled = {
      text: 'a',
      number: 0,
      flag: false,
      empty: '',
      tags: [],
      mail: 'ann@example.com',
    };
    const { id, data } = await add(admin, 'filled', {});
    expect(data).toEqual({ ...filled, needed: 'there' });
    const given = {
      text: '',
      number: 1,
      flag: true,
      empty: 'x',
      tags: ['t'],
      mail: 'b@b.b',
      needed: '',
    };
    expect((await add(admin, 'filled', given)).data).toEqual(given);
    const nothing = Object.fromEntries(Object.keys(filled).map((name) => [name, null]));
    expect((await add(admin, 'filled', nothing)).data).toEqual({ needed: 'there' });
    expectFaults(await admin.post(recordsOf('filled'), { needed: null }), 'needed', [
      'body',
      'needed',
    ]);
    const changed = await admin.patch(`${recordsOf('filled')}/${id}`, { text: null, number: null });
    expect(changed.body.data).not.toContainAnyKeys(['text', 'number']);
    const again = await admin.patch(`${recordsOf('filled')}/${id}`, { flag: true });
    expect(again.body.data).not.toContainAnyKeys(['text', 'number']);
  });

  test('the default "now" is the time of creation, in UTC', async () => {
    const { admin } = served();
    await define(admin, 'dated', [
      { name: 'day', type: 'date', default: 'now' },
      { name: 'moment', type: 'datetime', default: 'now' },
      { name: 'word', type: 'string', default: 'now' },
      {
        name: 'nested',
        type: 'dict',
        properties: [{ name: 'at', type: 'datetime', default: 'now' }],
      },
    ]);
    const before = new Date().toISOString();
    const { data } = await add(admin, 'dated', { nested: {} });
    const after = new Date().toISOString();
    expect(data.word).toBe('now');
    expect(data.moment >= before && data.moment <= after).toBe(true);
    expect(data.moment).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(data.day).toBe(data.moment.slice(0, 10));
    expect(data.nested.at).toBe(data.moment);
    const given = { day: '2000-01-01', moment: '2000-01-01T00:00:00.000Z' };
    expect((await add(admin, 'dated', given)).data).toMatchObject(given);
    expect((await add(admin, 'dated', { moment: null })).data).not.toContainKey('moment');
  });

  test('a change replaces each named field as a whole, and the merged whole is validated', async () => {
    const { admin } = served();
    await define(admin, 'merged', [
      { name: 'meta', type: 'dict' },
      { name: 'title', type: 'string', max_length: 5 },
    ]);
    const { id } = await add(admin, 'merged', { meta: { a: 1, b: 2 }, title: 'old' });
    const path = `${recordsOf('merged')}/${id}`;
    expect((await admin.patch(path, { meta: { c: 3 } })).body.data).toEqual({
      meta: { c: 3 },
      title: 'old',
    });
    expect((await admin.patch(path, {})).body.data).toEqual({ meta: { c: 3 }, title: 'old' });
    expectFaults(
      await admin.patch(path, { meta: [], title: 'too long', more: 1 }),
      'three faults',
      ['body', 'meta'],
      ['body', 'title'],
      ['body', 'more'],
    );
    expect((await admin.get(path)).body.data).toEqual({ meta: { c: 3 }, title: 'old' });
  });

  test('a lone surrogate is refused wherever it stands', async () => {
    const { admin } = served();
    await define(admin, 'unicode', [
      { name: 'text', type: 'string' },
      { name: 'any', type: 'json' },
      { name: 'dict', type: 'dict' },
    ]);
    for (const body of [
      '{"text":"\\ud800"}',
      '{"text":"a\\udc00b"}',
      '{"any":["\\ud800"]}',
      '{"dict":{"\\udfff":1}}',
      '{"\\ud800":1}',
    ]) {
      const answer = await sendText(admin, 'POST', recordsOf('unicode'), body);
      expect([body, answer.status, answer.body.code]).toEqual([body, 422, 'invalid_input']);
    }
    expect((await add(admin, 'unicode', { text: FOUR_BYTES })).data).toEqual({ text: FOUR_BYTES });
  });
});

/** Quadratic time would be its square. A text half as long is too near: noise alone doubles a time. */
const LONGER = 16;

describe('patterns are matched in linear time', () => {
  test.each(['(a+)+$', '^(a|aa)+$', '(a*)*b', '(x+x+)+y', '^(([a-z])+.)+[A-Z]([a-z])+$'])(
    '%s',
    async (pattern) => {
      const { admin } = served();
      const collection = `linear_${Bun.hash(pattern).toString(36)}`;
      await define(admin, collection, [{ name: 'v', type: 'string', pattern }]);
      const timeFor = async (length: number) => {
        let best = Number.POSITIVE_INFINITY;
        for (let turn = 0; turn < 5; turn++) {
          const v = `${(pattern.includes('x') ? 'x' : 'a').repeat(length)}!`;
          const started = performance.now();
          const answer = await admin.post(recordsOf(collection), { v });
          best = Math.min(best, performance.now() - started);
          expectFaults(answer, `${length} letters`, ['body', 'v']);
        }
        return best;
      };
      await timeFor(1_000);
      await expectAtBest(async () => {
        const short = await timeFor(20_000);
        const long = await timeFor(20_000 * LONGER);
        return above(short * LONGER ** 1.5, { long });
      });
    },
  );
});

describe('unique', () => {
  const conflict = async (
    answer: Parameters<typeof expectProblem>[0],
    ...names: readonly string[]
  ) => {
    const detail = expectProblem(answer, 409, 'conflict');
    for (const name of names) expect(detail).toContain(name);
  };

  test.each([
    ['string', ['a', 'A', 'á', 'a\u0301', '', 'a '], ['a', '']],
    ['integer', [0, 1, -1], [0, 1]],
    ['float', [0, 1, 1.5], [0, 1.5]],
    ['boolean', [true, false], [true, false]],
    ['date', ['2024-01-01', '2024-01-02'], ['2024-01-01']],
    [
      'datetime',
      ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00.001Z'],
      ['2024-01-01T01:00:00+01:00'],
    ],
    ['email', ['ann@example.com', 'bob@example.com'], ['ANN@EXAMPLE.com']],
    ['url', ['https://a.b/', 'https://a.b/#'], ['https://a.b/']],
    ['uuid', [ID], [ID.toUpperCase()]],
  ])(
    '%s: a value that is taken is 409 naming the field; null is ignored',
    async (type, values, taken) => {
      const { admin } = served();
      const collection = `unique_${type}`;
      await define(admin, collection, [
        { name: 'code', type, unique: true },
        { name: 'note', type: 'string' },
      ]);
      const made = [];
      for (const code of values) made.push(await add(admin, collection, { code }));
      for (const data of [{}, {}, { code: null }]) await add(admin, collection, data);
      const empty = await add(admin, collection, {});
      for (const code of taken) {
        await conflict(await admin.post(recordsOf(collection), { code }), 'code');
        await conflict(await admin.patch(`${recordsOf(collection)}/${empty.id}`, { code }), 'code');
      }
      const [first] = made;
      const path = `${recordsOf(collection)}/${first.id}`;
      expect((await admin.patch(path, { code: first.data.code, note: 'own' })).status).toBe(200);
      expect((await admin.patch(path, { code: null })).status).toBe(200);
      await add(admin, collection, { code: first.data.code });
      await conflict(await admin.patch(path, { code: first.data.code }), 'code');
    },
  );

  test('over several fields: 409 names all of them, and a record that lacks one is ignored', async () => {
    const { admin } = served();
    const fields = ['city', 'street'].map((name) => ({ name, type: 'string' }));
    await define(admin, 'places', [...fields, { name: 'number', type: 'integer' }], {
      indexes: [
        { fields: ['city', 'street', 'number'], unique: true },
        { fields: ['street', 'city'] },
      ],
    });
    const place = { city: 'Bern', street: 'Gasse', number: 0 };
    const { id } = await add(admin, 'places', place);
    await conflict(await admin.post(recordsOf('places'), place), 'city', 'street', 'number');
    await add(admin, 'places', { ...place, number: 1 });
    await add(admin, 'places', { ...place, city: 'BERN' });
    for (let turn = 0; turn < 2; turn++) {
      await add(admin, 'places', { city: 'Bern', street: 'Gasse' });
      await add(admin, 'places', { ...place, city: null });
    }
    const { body } = await admin.get(listOf('places', { filter: "number = 1 && city = 'Bern'" }));
    const path = `${recordsOf('places')}/${body.items[0].id}`;
    await conflict(await admin.patch(path, { number: 0 }), 'city', 'street', 'number');
    expect((await admin.delete(`${recordsOf('places')}/${id}`)).status).toBe(204);
    expect((await admin.patch(path, { number: 0 })).status).toBe(200);
  });

  test('of a hundred that write the same value at once one succeeds', async () => {
    const { admin } = served();
    await define(admin, 'contested', [{ name: 'code', type: 'string', unique: true }]);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => admin.post(recordsOf('contested'), { code: 'one' })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 99 }, () => 409)]);
  });
});
