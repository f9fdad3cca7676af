import { describe, expect, test } from 'bun:test';
import type { Client } from '../../scripts/support/http-client.ts';
import { serveForFile } from '../support/served.ts';
import {
  type Data,
  type FileFormat,
  fill,
  type Item,
  makeCollection,
  parseNdjson,
  readAll,
  recordsOf,
  sendFile,
} from './bulk.ts';

const served = serveForFile();

let made = 0;

async function make(fields: readonly object[]): Promise<string> {
  const name = `files_${++made}`;
  await makeCollection(served().admin, name, fields);
  return name;
}

async function exportText(client: Client, name: string, query: string): Promise<string> {
  const response = await fetch(`${client.url}${recordsOf(name)}/export?${query}`, {
    headers: client.token === undefined ? {} : { authorization: `Bearer ${client.token}` },
  });
  expect(response.status).toBe(200);
  return response.text();
}

const EVERY_TYPE = [
  { name: 'text', type: 'string' },
  { name: 'whole', type: 'integer' },
  { name: 'number', type: 'float' },
  { name: 'flag', type: 'boolean' },
  { name: 'day', type: 'date' },
  { name: 'moment', type: 'datetime' },
  { name: 'mail', type: 'email', unique: true },
  { name: 'link', type: 'url' },
  { name: 'key', type: 'uuid' },
  { name: 'list', type: 'list[string]' },
  { name: 'dict', type: 'dict' },
  { name: 'anything', type: 'json' },
  { name: 'filled', type: 'integer', default: 7 },
];

/** What a file could get wrong. */
const HARD_TO_WRITE: readonly Data[] = [
  {},
  { text: '' },
  { text: ' spaces around ', whole: 0, number: -0.1, flag: false },
  { text: 'a,b;c\t"quoted" and\r\nlines\n', list: ['a,"b"', '', '\n'], dict: { 'x"y': [1, null] } },
  { text: '=cmd()|true', whole: Number.MIN_SAFE_INTEGER, number: 1e308, flag: true },
  { text: 'null', anything: null, list: [], dict: {} },
  { text: '12', anything: '12', day: '2024-02-29', moment: '2024-02-29T12:30:00.123Z' },
  {
    text: 'ÄÖ 𝒳 \u2028',
    anything: { __proto__x: [[], {}, '', 0, false] },
    mail: 'ann@example.com',
  },
  { link: 'https://example.com/?a=b,c&d="e"', key: '0191f3c4-7a00-7000-8000-000000000001' },
  { text: '\uFEFFbom', filled: 0 },
];

describe('an export', () => {
  test('says the same in csv, json and ndjson, and imported into an empty copy gives the same data', async () => {
    const { admin, ann } = served();
    const original = await make(EVERY_TYPE);
    await fill(admin, original, HARD_TO_WRITE);
    await fill(ann, original, [{ text: 'of ann', mail: 'own@example.com' }]);
    const ndjson = await exportText(admin, original, 'format=ndjson');
    const json = await exportText(admin, original, 'format=json');
    expect(JSON.parse(json)).toEqual(parseNdjson(ndjson));
    const essence = ({ id, owner_id, data }: Item) => ({ id, owner_id, data });
    const expectSameCopy = async (format: FileFormat) => {
      const records = await readAll(admin, original);
      const file = await exportText(admin, original, `format=${format}`);
      const copy = await make(EVERY_TYPE);
      const { body } = await sendFile(admin, copy, format, file);
      expect(body).toEqual({ created: records.length, updated: 0, failed: 0, errors: [] });
      expect((await readAll(admin, copy)).map(essence)).toEqual(records.map(essence));
    };
    for (const format of ['csv', 'ndjson'] as const) await expectSameCopy(format);
    // No value although there is a default: a cell of CSV cannot say that, a line of NDJSON does.
    const [first] = await readAll(admin, original);
    await admin.patch(`${recordsOf(original)}/${first?.id}`, { filled: null });
    await expectSameCopy('ndjson');
  });

  test('holds what its reader may list, and of that what they may read', async () => {
    const { admin, ann, bob, anonymous } = served();
    const name = await make([
      { name: 'title', type: 'string' },
      { name: 'secret', type: 'string', read: 'admin', write: 'auth' },
    ]);
    for (const who of [ann, bob])
      for (const title of ['one', 'two'])
        await who.post(recordsOf(name), { title: `${title} of ${who.id}`, secret: 'hush-hush' });
    for (const format of ['csv', 'json', 'ndjson']) {
      const everything = await exportText(admin, name, `format=${format}`);
      expect(everything).toContain('hush-hush');
      expect(everything).toContain(`one of ${bob.id}`);
      const own = await exportText(ann, name, `format=${format}`);
      expect(own).not.toContain('hush-hush');
      expect(own).not.toContain('secret');
      expect(own).toContain(`one of ${ann.id}`);
      expect(own).not.toContain(bob.id);
    }
    const path = `${recordsOf(name)}/export`;
    expect((await anonymous.get(path)).status).toBe(401);
    expect((await ann.get(`${path}?filter=secret = 'hush-hush'`)).status).toBe(403);
    expect((await ann.get(`${path}?fields=title,secret`)).status).toBe(403);
    expect((await ann.get('/api/collections/no_such/records/export')).status).toBe(404);
  });

  test('obeys filter and fields', async () => {
    const { admin } = served();
    const name = await make([
      { name: 'title', type: 'string' },
      { name: 'n', type: 'integer' },
    ]);
    await fill(
      admin,
      name,
      Array.from({ length: 30 }, (_, n) => ({ title: `t${n}`, n })),
    );
    const query = 'format=csv&fields=n&filter=n >= 27';
    const [header, ...lines] = (await exportText(admin, name, query)).trim().split('\r\n');
    expect(header).toBe('id,owner_id,created_at,updated_at,n');
    expect(lines.map((line) => line.split(',').at(-1))).toEqual(['27', '28', '29']);
    const { body } = await admin.get(`${recordsOf(name)}/export?filter[title]=t3`);
    expect(body.map(({ data }: { data: Data }) => data)).toEqual([{ title: 't3', n: 3 }]);
    expect(await exportText(admin, name, 'format=ndjson&filter=n = 99')).toBe('');
    expect(JSON.parse(await exportText(admin, name, 'format=json&filter=n = 99'))).toEqual([]);
    for (const wrong of [
      'format=xml',
      'filter=n >',
      'limit=5',
      'fields=m',
      'format=csv&format=csv',
    ])
      expect((await admin.get(`${recordsOf(name)}/export?${wrong}`)).status).toBe(422);
  });
});
