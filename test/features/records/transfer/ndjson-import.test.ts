import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { SYSTEM } from '../../../../src/core/actor.ts';
import { newId } from '../../../../src/lib/ids.ts';
import { faultsOf, openTransferApp, type TransferApp } from './transfer-app.ts';

let app: TransferApp;
let count = 0;

beforeAll(() => {
  app = openTransferApp({ inMemory: true });
});
afterAll(() => app[Symbol.dispose]());

async function things(): Promise<string> {
  const name = `things_${++count}`;
  await app.open(name, [
    { name: 'title', type: 'str', required: true },
    { name: 'n', type: 'int' },
    { name: 'any', type: 'json' },
    { name: 'kind', type: 'str', default: 'plain' },
  ]);
  return name;
}
const load = (name: string, file: string | Uint8Array, pieceBytes?: number) =>
  app.load(name, file, { format: 'ndjson', ...(pieceBytes && { pieceBytes }) });

describe('an NDJSON file', () => {
  test('holds data, or records as an export writes them', async () => {
    const name = await things();
    const [one, two] = [newId(), newId()];
    const file = [
      '\ufeff{"title":"a","n":1}',
      '',
      `{"id":"${one}","title":"b","created_at":"2020-01-01T00:00:00.000Z"}\r`,
      '   ',
      `{"id":"${two}","collection_id":"${newId()}","owner_id":null,"data":{"title":"c"},"created_at":"x","updated_at":"y"}`,
    ].join('\n');
    for (const pieceBytes of [7, 65536]) {
      const result = await load(name, file, pieceBytes);
      if (pieceBytes === 7) expect(result).toMatchObject({ created: 3, errors: [] });
    }
    expect(await app.rows(name)).toEqual([
      { title: 'a', n: 1, kind: 'plain' },
      { title: 'b', kind: 'plain' },
      // An export is whole: what it lacks has no value.
      { title: 'c' },
    ]);
    expect(app.records.get(SYSTEM, name, one).record.created_at > '2021').toBe(true);
    expect(JSON.parse(app.records.get(SYSTEM, name, two).text).data).toEqual({ title: 'c' });
  });

  const long = 'x'.repeat(1024 * 1024);
  test.each([
    ['broken JSON', '{"title":"a"', ': is not valid JSON'],
    ['a list', '[1]', ': must be an object'],
    ['a text', '"a"', ': must be an object'],
    ['null', 'null', ': must be an object'],
    [
      'an unknown field',
      '{"titel":"a"}',
      'titel: is not a field of this collection; did you mean title?',
    ],
    ['a missing value', '{"n":1}', 'title: is required'],
    ['a record without data', `{"collection_id":"x","id":"${newId()}"}`, 'data: must be an object'],
    [
      'a record with fields beside its data',
      '{"collection_id":"x","data":{},"title":"a"}',
      'title: is not a part of a record',
    ],
    ['an id that is none', '{"id":5,"title":"a"}', 'id: must be a UUID'],
    ['an owner who is none', '{"owner_id":5,"title":"a"}', 'owner_id: must be the id of a user'],
    ['a lone surrogate', '{"title":"\\ud800"}', 'title: must be well-formed'],
    ['a lone surrogate in a key', '{"title":"a","any":{"\\udc00":1}}', 'any: must have keys'],
    [
      'JSON that nests too deep',
      `{"title":"a","any":${'['.repeat(66)}1${']'.repeat(66)}}`,
      ': must not nest deeper than 66 levels',
    ],
    ['a line like a bomb', `{"title":"${long}"}`, ': is longer than 1 MB'],
    ['a prototype', '{"title":"a","__proto__":{"n":1}}', '__proto__: is not a field'],
  ])('names %s with its line and reads on', async (_name, bad, fault) => {
    const name = await things();
    const result = await load(name, `{"title":"a"}\n${bad}\n{"title":"b"}\n{"n":"x","title":"c"}`);
    expect(result).toMatchObject({ created: 0, failed: 2, isRefused: true });
    const found = faultsOf(result);
    expect(found[0]).toStartWith(`2 ${fault}`);
    expect(found.at(-1)).toStartWith('4 n: ');
  });

  test('that is not UTF-8 is blamed for those lines alone', async () => {
    const name = await things();
    const bad = Buffer.concat([
      Buffer.from('{"title":"ä"}\n{"title":"'),
      Buffer.from([0xff]),
      Buffer.from('"}\n{"title":"ü"}'),
    ]);
    for (const pieceBytes of [1, 65536])
      expect(faultsOf(await load(name, bad, pieceBytes))).toEqual(['2 : is not valid UTF-8']);
  });
});
