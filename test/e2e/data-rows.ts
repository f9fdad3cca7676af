import type { Client } from '../../scripts/support/http-client.ts';
import type { Served } from '../support/served.ts';
import { add, define } from './data-support.ts';

export const ID = '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b';
export const QUOTED = `O'Neil "q" \\`;
const FIELDS = [
  { name: 'key', type: 'string' },
  { name: 'name', type: 'string' },
  { name: 'n', type: 'integer', index: true },
  { name: 'f', type: 'float' },
  { name: 'ok', type: 'bool' },
  { name: 'day', type: 'date' },
  { name: 'at', type: 'datetime' },
  { name: 'mail', type: 'email' },
  { name: 'link', type: 'url' },
  { name: 'uid', type: 'uuid' },
  { name: 'tags', type: 'list[string]' },
  { name: 'nums', type: 'list[integer]' },
  { name: 'meta', type: 'dict' },
  { name: 'strict', type: 'dict', properties: [{ name: 'size', type: 'integer' }] },
  { name: 'any', type: 'json' },
  { name: 'who', type: 'reference', collection: 'users' },
];
const ROWS = [
  {
    key: 'a',
    name: 'Alpha',
    n: 1,
    f: 0.5,
    ok: true,
    day: '2024-01-01',
    at: '2024-01-01T12:00:00Z',
    mail: 'ann@example.com',
    link: 'https://example.com/A',
    uid: ID,
    tags: ['x', 'y'],
    nums: [1, 2],
    meta: { k: 'v', deep: { n: 5 }, 'with-dash': true, '0': 'zero' },
    strict: { size: 3 },
    any: 5,
  },
  {
    key: 'b',
    name: 'beta%',
    n: 2,
    f: 1,
    ok: false,
    day: '2024-02-29',
    at: '2024-01-01T13:00:00+02:00',
    tags: [],
    nums: [0],
    meta: { k: null },
    any: [1, '1'],
  },
  { key: 'c', name: '', n: 0, f: 0, ok: false, meta: {}, any: '' },
  { key: 'd' },
  { key: 'e', name: QUOTED, n: -5, f: -2.5, meta: { k: 5 }, any: { a: 1 } },
];

/** The collection `rows` with five records: the first is ann's, the others the admin's. */
export async function addRows({ admin, ann }: Pick<Served, 'admin' | 'ann'>): Promise<void> {
  await define(admin, 'rows', FIELDS);
  for (const row of ROWS) {
    const who: Client = row.key === 'a' ? ann : admin;
    await add(who, 'rows', row.key === 'a' ? { ...row, who: ann.id } : row);
  }
}

export interface Item {
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export const keysOf = (items: readonly Item[]) => items.map(({ data }) => data.key).join('');
