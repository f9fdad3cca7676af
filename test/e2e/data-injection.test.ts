import { beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { arbitraryData, arbitraryFilter } from '../support/random-filter.ts';
import { serveForFile } from '../support/served.ts';
import { addRows, type Item, keysOf } from './data-rows.ts';
import {
  accessOf,
  add,
  define,
  expectFaults,
  expectProblem,
  listOf,
  recordsOf,
  sendText,
} from './data-support.ts';

const served = serveForFile({}, addRows);

describe('no input makes a 500 or reaches SQL unbound', () => {
  const SEED = Number(process.env.FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31));
  const FUZZED = [
    { name: 'text', type: 'string' },
    { name: 'count', type: 'integer' },
    { name: 'amount', type: 'float' },
    { name: 'on', type: 'boolean' },
    { name: 'day', type: 'date' },
    { name: 'at', type: 'datetime' },
    { name: 'mail', type: 'email' },
    { name: 'link', type: 'url' },
    { name: 'uid', type: 'uuid' },
    { name: 'list', type: 'list' },
    { name: 'words', type: 'list', items: { type: 'string' } },
    { name: 'dict', type: 'dict' },
    { name: 'shape', type: 'dict', properties: [{ name: 'size', type: 'integer' }] },
    { name: 'any', type: 'json' },
  ] as const satisfies Parameters<typeof arbitraryFilter>[0];
  const ROWS_FUZZED = 100;
  const FILTERS = 2_000;
  const AT_ONCE = 8;

  beforeAll(async () => {
    const { admin } = served();
    await define(admin, 'fuzzed', FUZZED);
    const rows = fc.sample(arbitraryData(FUZZED), { seed: SEED, numRuns: ROWS_FUZZED });
    const requests = rows.map((data) => ({ method: 'POST', collection: 'fuzzed', data }));
    const made = await admin.post('/api/batch', { requests });
    expect(made.status, `seed ${SEED}: ${JSON.stringify(made.body).slice(0, 300)}`).toBe(200);
  });

  const inTurns = async <T>(values: readonly T[], act: (value: T) => Promise<void>) => {
    const rest = values.values();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const value of rest) await act(value);
      }),
    );
  };
  const ask = (filter: string) =>
    served().admin.get(listOf('fuzzed', { filter, limit: 1, count: 'exact' }));

  test('2,000 random filters: each answers, and finds what its complement does not', async () => {
    console.log(`  FUZZ_SEED=${SEED}`);
    const samples = fc.sample(arbitraryFilter(FUZZED), { seed: SEED, numRuns: FILTERS / 2 });
    await inTurns(samples, async ({ text }) => {
      const [found, others] = await Promise.all([ask(text), ask(`!(${text})`)]);
      const context = `seed ${SEED}, filter ${JSON.stringify(text)}: ${JSON.stringify(found.body).slice(0, 500)}`;
      expect(found.status, context).toBe(200);
      // One more bracket may be one level too many.
      if (others.status !== 422)
        expect(found.body.total + others.body.total, context).toBe(ROWS_FUZZED);
    });
  });

  test('2,000 random filters that are damaged: each answers or is 422 with its position', async () => {
    const pieces = fc.constantFrom(
      ...[
        "'",
        '"',
        '\\',
        '(',
        ')',
        '!',
        '&&',
        '||',
        '=',
        '?=',
        '~',
        ',',
        ' in ',
        '.',
        '@',
        '--',
        ';',
        '/*',
      ],
      ...[
        '\0',
        '\n',
        '%',
        '_',
        '\u{1F4A9}',
        '\u202e',
        'null',
        '1e999',
        '__proto__',
        'text',
        'dict.',
        "' OR 1=1 --",
      ],
    );
    const damaged = fc
      .tuple(
        arbitraryFilter(FUZZED),
        fc.array(fc.tuple(fc.nat(), fc.nat(3), pieces), { minLength: 1, maxLength: 4 }),
      )
      .map(([{ text }, wounds]) =>
        wounds.reduce((whole, [place, length, piece]) => {
          const at = place % (whole.length + 1);
          return (whole.slice(0, at) + piece + whole.slice(at + length)).toWellFormed();
        }, text),
      );
    const statuses = new Map<number, number>();
    await inTurns(fc.sample(damaged, { seed: SEED, numRuns: FILTERS }), async (filter) => {
      const { status, body } = await ask(filter);
      const context = `seed ${SEED}, filter ${JSON.stringify(filter)}: ${status} ${JSON.stringify(body).slice(0, 500)}`;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      expect([200, 422], context).toContain(status);
      expect(JSON.stringify(body), context).not.toMatch(/SQLITE|syntax error near|\$bunfs/i);
      if (status === 422)
        for (const { loc, msg } of body.detail) {
          expect(loc, context).toEqual(['query', 'filter']);
          expect(msg, context).toMatch(/^at character \d+: /);
        }
    });
    // Of both there must be many, or the damage is none.
    expect(Math.min(statuses.get(200) ?? 0, statuses.get(422) ?? 0)).toBeGreaterThan(20);
  });

  const ATTACKS = [
    "' OR '1'='1",
    "'; DROP TABLE user; --",
    '" OR ""="',
    '1) UNION SELECT password_hash FROM user --',
    'n; ATTACH DATABASE "x" AS y',
    "name' COLLATE NOCASE --",
    'json_extract(data, "$")',
    '$.n',
    'rowid',
    '_rowid_',
    'data',
    'seq',
    '\u0000',
    '\ufeffn',
    '\u202en',
    '`n`',
    '[n]',
    '{"$ne":null}',
    '../../etc/passwd',
    '%',
    '__proto__',
    'constructor',
    'toString',
    'x'.repeat(5_000),
    '-'.repeat(100),
    '9'.repeat(400),
  ];
  const NAMES = [
    'limit',
    'offset',
    'cursor',
    'sort',
    'sort_by',
    'sort_order',
    'filter',
    'fields',
    'expand',
    'count',
    'filter[n]',
    'filter[meta.k]',
    'filter[id]',
  ];
  const state = async () => {
    const { admin } = served();
    const answers = await Promise.all(
      ['rows', 'fuzzed'].map((name) => admin.get(listOf(name, { count: 'exact', limit: 1000 }))),
    );
    const users = await admin.get('/api/admin/users');
    return JSON.stringify([...answers.map(({ body }) => body), users.body.total]);
  };
  const expectCalm = (answer: Awaited<ReturnType<typeof ask>>, what: string) => {
    const context = `${what}: ${answer.status} ${JSON.stringify(answer.body)?.slice(0, 400)}`;
    expect(answer.status, context).toBeLessThan(500);
    expect(JSON.stringify(answer.body), context).not.toMatch(
      /SQLITE|no such column|\$bunfs|argon2/i,
    );
  };

  test('injection in the value of every parameter of a list and an export', async () => {
    const { admin } = served();
    const before = await state();
    const tries = NAMES.flatMap((name) => ATTACKS.map((attack) => [name, attack] as const));
    await inTurns(tries, async ([name, attack]) => {
      const answer = await admin.get(listOf('rows', { [name]: attack }));
      expectCalm(answer, `${name}=${attack}`);
      const isEquality = name === 'filter[meta.k]';
      expect([name, attack.slice(0, 100), answer.status]).toEqual([
        name,
        attack.slice(0, 100),
        isEquality ? 200 : 422,
      ]);
      if (isEquality) expect(answer.body.items).toEqual([]);
      const exported = await admin.get(
        `${recordsOf('rows')}/export?${new URLSearchParams({ [name]: attack })}`,
      );
      expectCalm(exported, `export ${name}=${attack}`);
      expect([name, exported.status]).toEqual([name, isEquality ? 200 : 422]);
    });
    expect(await state()).toBe(before);
  });

  test('injection in the name of a parameter', async () => {
    const { admin } = served();
    const before = await state();
    for (const attack of ATTACKS)
      for (const name of [
        attack,
        `filter[${attack}]`,
        `filter[n][${attack}]`,
        `filter[n${attack}`,
      ]) {
        const answer = await admin.get(listOf('rows', { [name]: '1' }));
        expectCalm(answer, name);
        expect([name.slice(0, 100), answer.status]).toEqual([name.slice(0, 100), 422]);
      }
    expect(await state()).toBe(before);
  });

  test('injection in the literals and names of a filter', async () => {
    const { admin } = served();
    const before = await state();
    for (const attack of ATTACKS) {
      const literal = `'${attack.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
      for (const filter of [
        `name = ${literal}`,
        `name ~ ${literal}`,
        `meta.k = ${literal}`,
        `tags ?= ${literal}`,
      ]) {
        const answer = await admin.get(listOf('rows', { filter }));
        expectCalm(answer, filter);
        const found = answer.status === 422 ? 'too long' : keysOf(answer.body.items);
        const expected =
          attack.length > 4_000 ? 'too long' : attack === '%' && filter.includes('~') ? 'b' : '';
        // Newest first; what is asked for is in no other record.
        expect([filter.slice(0, 100), found]).toEqual([filter.slice(0, 100), expected]);
      }
      for (const filter of [
        `${attack} = 1`,
        `meta.${attack} = 1`,
        `n = ${attack}`,
        `n in (${attack})`,
      ])
        expectCalm(await admin.get(listOf('rows', { filter })), filter);
    }
    expect(await state()).toBe(before);
  });

  test('injection in values and names that are written', async () => {
    const { admin } = served();
    await define(admin, 'targets', [
      { name: 'key', type: 'string', unique: true },
      { name: 'meta', type: 'dict' },
    ]);
    for (const key of ATTACKS) {
      const { id } = await add(admin, 'targets', { key, meta: { [key]: key } });
      const read = await admin.get(`${recordsOf('targets')}/${id}`);
      expect(read.body.data.key).toBe(key);
      expect(Object.entries(read.body.data.meta)).toEqual([[key, key]]);
      expectProblem(await admin.post(recordsOf('targets'), { key }), 409, 'conflict');
      const byKey = await admin.get(listOf('targets', { 'filter[key]': key }));
      expect(byKey.body.items.map((item: Item) => item.id)).toEqual([id]);
      const wrong = await sendText(
        admin,
        'POST',
        recordsOf('targets'),
        JSON.stringify({ [key]: 1 }).replace('"key"', '"k"'),
      );
      expectCalm(wrong, `a field called ${key}`);
      expect(wrong.status).toBe(422);
      const named = await admin.post('/api/collections', {
        name: key,
        schema: { fields: [{ name: key, type: key, pattern: key }] },
        options: { access: accessOf(key) },
      });
      expectCalm(named, `a collection called ${key}`);
      expect([key.slice(0, 100), named.status]).toEqual([key.slice(0, 100), 422]);
    }
  });

  test('injection in ids, the owner and the collection of a path', async () => {
    const { admin } = served();
    for (const attack of ATTACKS) {
      const text = encodeURIComponent(attack);
      for (const path of [
        `${recordsOf('rows')}/${text}`,
        `${recordsOf(text)}`,
        `/api/collections/${text}`,
      ]) {
        for (const method of ['GET', 'DELETE', 'PATCH']) {
          const answer = await admin.request(method, path, method === 'PATCH' ? {} : undefined);
          expectCalm(answer, `${method} ${path}`);
          expect([method, path.slice(0, 100), answer.status >= 400]).toEqual([
            method,
            path.slice(0, 100),
            true,
          ]);
        }
      }
      for (const name of ['id', 'owner_id']) {
        const answer = await admin.post(`${recordsOf('rows')}?${name}=${text}`, {});
        expectFaults(answer, `${name}=${attack}`, ['query', name]);
      }
    }
  });

  test('the server is well after all of it', async () => {
    const { anonymous, server } = served();
    expect((await anonymous.get('/health')).status).toBe(200);
    expect(server.stdout() + server.stderr()).not.toMatch(/\b(internal|unhandled)\b.*\berror\b/i);
  });
});
