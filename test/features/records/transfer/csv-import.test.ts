import { afterAll, beforeEach, describe, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { SYSTEM } from '../../../../src/core/actor.ts';
import { newId } from '../../../../src/lib/ids.ts';
import { refusal } from '../data-app.ts';
import { faultsOf, openTransferApp, type TransferApp } from './transfer-app.ts';

const apps: TransferApp[] = [];
let app: TransferApp;

beforeEach(async () => {
  app = openTransferApp({ inMemory: true });
  apps.push(app);
  await app.open('things', [
    { name: 'title', type: 'str', required: true, max_length: 10 },
    { name: 'n', type: 'int' },
    { name: 'x', type: 'float' },
    { name: 'ok', type: 'bool' },
    { name: 'tags', type: 'list' },
    { name: 'meta', type: 'dict' },
    { name: 'any', type: 'json' },
    { name: 'day', type: 'date' },
    { name: 'code', type: 'str', unique: true },
    { name: 'kind', type: 'str', default: 'plain' },
  ]);
});
afterAll(() => {
  for (const one of apps) one[Symbol.dispose]();
});

describe('a CSV file', () => {
  test('creates a record for every row, by the names of its header', async () => {
    const file = 'n,title,ok,x\n1,one,true,0.5\n-2,two,false,1e3\n';
    expect(await app.load('things', file)).toEqual({
      created: 2,
      updated: 0,
      failed: 0,
      errors: [],
      isRefused: false,
    });
    expect(await app.rows('things')).toEqual([
      { title: 'one', n: 1, x: 0.5, ok: true, kind: 'plain' },
      { title: 'two', n: -2, x: 1000, ok: false, kind: 'plain' },
    ]);
  });

  test.each([
    [
      'an empty cell is no value, so that the default is taken',
      'title,n,kind\na,,',
      { title: 'a', kind: 'plain' },
    ],
    ['an empty cell in quotes is an empty text', 'title,kind\na,""', { title: 'a', kind: '' }],
    ['an empty cell in quotes is no number', 'title,n,kind\na,"",b', { title: 'a', kind: 'b' }],
    [
      'cells in quotes hold commas, quotes and lines',
      'title,kind\r\n"a,b","c""d\r\ne"\r\n',
      { title: 'a,b', kind: 'c"d\r\ne' },
    ],
    [
      'lists, dicts and json are JSON',
      'title,kind,tags,meta,any\na,b,"[1,""x""]","{""k"":null}","""text"""',
      { title: 'a', kind: 'b', tags: [1, 'x'], meta: { k: null }, any: 'text' },
    ],
    ['a byte order mark is no part of a name', '\ufefftitle,kind\na,b', { title: 'a', kind: 'b' }],
    ['names may stand between spaces', ' title , kind\na,b', { title: 'a', kind: 'b' }],
    ['text keeps its spaces', 'title,kind\n a , b', { title: ' a ', kind: ' b' }],
    [
      'a key that objects inherit is data',
      'title,kind,meta\na,b,"{""__proto__"":1}"',
      { title: 'a', kind: 'b', meta: JSON.parse('{"__proto__":1}') },
    ],
    ['empty lines are skipped', '\n\r\ntitle,kind\n\na,b\n\n', { title: 'a', kind: 'b' }],
    ['a quoted number is one', 'title,kind,n\na,b,"7"', { title: 'a', kind: 'b', n: 7 }],
  ])('%s', async (_name, file, data) => {
    for (const pieceBytes of [1, 3, 65536]) {
      const { created, errors } = await app.load('things', file, { pieceBytes });
      expect({ created, errors }).toEqual({ created: 1, errors: [] });
      expect((await app.rows('things')).at(-1)).toEqual(data);
    }
  });

  test.each([
    ['a value of the wrong type', 'title,n,x,ok\na,1.5,y,TRUE', ['2 n: ', '2 x: ', '2 ok: ']],
    ['a number that no double holds', 'title,n\na,9007199254740993', ['2 n: ']],
    ['a number with spaces', 'title,n\na, 5', ['2 n: ']],
    ['a required value that is missing', 'title,n\n,1\na,2', ['2 title: is required']],
    ['a value that is too long', 'title\n12345678901', ['2 title: ']],
    ['a bad date', 'title,day\na,2023-02-29', ['2 day: ']],
    ['broken JSON', 'title,tags\na,"[1,"\nb,[2]', ['2 tags: is not valid JSON']],
    ['JSON of another type', 'title,tags\na,{}', ['2 tags: ']],
    [
      'JSON that nests too deep',
      `title,any\na,${'['.repeat(65)}${']'.repeat(65)}`,
      ['2 any: must not nest deeper than 64'],
    ],
    [
      'an escaped lone surrogate',
      'title,any\na,"[""\\ud800""]"',
      ['2 any.0: must be well-formed Unicode'],
    ],
    ['too few cells', 'title,n\na', ['2 : has 1 cells, but the header names 2 columns']],
    ['too many cells', 'title,n\na,1,2', ['2 : has 3 cells']],
    [
      'an id of another kind',
      `id,title\n${crypto.randomUUID().toUpperCase()},a`,
      ['2 id: must be a UUID in lower case'],
    ],
    [
      'a value that is taken',
      'title,code\na,x\nb,x',
      ['3 code: another record has this value already'],
    ],
    [
      'the line where a row begins, behind rows of several',
      'title,kind\n"a\n\n","\r\n"\n\n"x\n12345678901",b\n',
      ['7 title: '],
    ],
  ])('names %s with its line', async (_name, file, faults) => {
    for (const pieceBytes of [1, 65536]) {
      const result = await app.load('things', file, { pieceBytes });
      expect(result).toMatchObject({ created: 0, failed: 1, isRefused: true });
      const found = faultsOf(result);
      expect(found.length).toBe(faults.length);
      for (const [index, fault] of faults.entries()) expect(found[index]).toStartWith(fault);
    }
    expect(await app.rows('things')).toEqual([]);
  });

  test('that is not UTF-8 is blamed for those lines alone', async () => {
    const file = Buffer.concat([
      Buffer.from('title,n\nä,1\nb'),
      Buffer.from([0xe4]),
      Buffer.from(',2\nüü,3\nc'),
      Buffer.from([0xc3]),
    ]);
    for (const pieceBytes of [1, 2, 65536]) {
      const result = await app.load('things', file, { pieceBytes });
      expect(faultsOf(result)).toEqual(['3 : is not valid UTF-8', '5 : is not valid UTF-8']);
      expect(result.failed).toBe(2);
    }
  });

  test.each([
    [
      'a quote that is never closed',
      'title,n\na,1\n"b,2\nc,3\n',
      ['3 : opens a quote that is never closed'],
    ],
    [
      'text behind a closing quote',
      'title,n\na,1\n"b"x,2',
      ['3 : has text behind a closing quote'],
    ],
    ['a quote inside of a cell', 'title,n\nb"x",2', ['2 : has a quote inside of a cell']],
  ])('with %s is not read on, and nothing of it is kept', async (_name, file, faults) => {
    for (const isPartial of [false, true]) {
      const result = await app.load('things', file, { isPartial });
      expect(result).toMatchObject({ created: 0, failed: 1, isRefused: true });
      expect(faultsOf(result)[0]).toStartWith(faults[0] ?? '?');
    }
    expect(await app.rows('things')).toEqual([]);
  });

  test('with a line like a bomb is refused before it fills the memory', async () => {
    async function* bomb() {
      yield Buffer.from('title,n\n"');
      for (let megabytes = 0; megabytes < 3; megabytes++) yield Buffer.alloc(1024 * 1024, 'a');
      throw new Error('it was read to its end');
    }
    const result = await app.service.importRecords(SYSTEM, 'things', bomb(), { format: 'csv' });
    expect(faultsOf(result)).toEqual(['2 : begins a row of more than 1 MB; a quote may be open']);
  });
});

describe('a header', () => {
  test.each([
    [
      'an unknown column, with the nearest name',
      'titel\na',
      'titel: is not a field of this collection; did you mean title?',
    ],
    ['a column that is there twice', 'title,n,n\na,1,2', 'n: must be there only once'],
    ['a column without name', 'title,\na,1', '1: has no name'],
    ['a required field that is missing', 'n\n1', 'title: is required in every record'],
    ['a key that objects inherit', 'title,__proto__\na,1', '__proto__: is not a field'],
    ['a semicolon in place of a comma', 'title;n\na;1', 'title;n: is not a field'],
  ])('names %s, and nothing is read', async (_name, file, fault) => {
    const error = await refusal(() => app.load('things', file));
    expect(error.code).toBe('invalid_input');
    expect(error.message).toContain(`body.header.${fault}`);
    expect(await app.rows('things')).toEqual([]);
  });

  test('is required', async () => {
    for (const file of ['', '\n\n', '\ufeff'])
      expect((await refusal(() => app.load('things', file))).message).toStartWith(
        'body.header: is required',
      );
  });

  test('tells every fault at once', async () => {
    const { faults } = await refusal(() => app.load('things', 'foo,n,n,\n'));
    expect(faults?.map(({ loc }) => loc.at(-1))).toEqual(['foo', 'n', 3, 'title']);
  });

  test('alone imports nothing', async () => {
    expect(await app.load('things', 'title,n\n')).toMatchObject({
      created: 0,
      failed: 0,
      isRefused: false,
    });
  });
});

describe('an import', () => {
  test('writes nothing when one row of many is bad', async () => {
    const rows = Array.from({ length: 3000 }, (_, n) => `t${n},${n === 2999 ? 'x' : n}`);
    const result = await app.load('things', `title,n\n${rows.join('\n')}`);
    expect(result).toMatchObject({ created: 0, failed: 1, isRefused: true });
    expect(faultsOf(result)[0]).toStartWith('3001 n: ');
    expect(await app.rows('things')).toEqual([]);
  });

  test('keeps the good rows when that was asked for', async () => {
    const file = 'title,n,code\na,1,x\nb,y,z\nc,2,x\nd,3,w';
    const result = await app.load('things', file, { isPartial: true });
    expect(result).toMatchObject({ created: 2, failed: 2, isRefused: false });
    expect(faultsOf(result).map((fault) => fault.slice(0, 6))).toEqual(['3 n: m', '4 code']);
    expect((await app.rows('things')).map(({ title }) => title)).toEqual(['a', 'd']);
  });

  test('that is tried writes nothing, and finds what only the database knows', async () => {
    await app.load('things', 'title,code\na,x');
    const result = await app.load('things', 'title,code\nb,y\nc,x', { isDryRun: true });
    expect(result).toMatchObject({ created: 1, failed: 1, isRefused: false });
    expect(faultsOf(result)).toEqual([
      '3 code: another record has this value already, and it must be unique',
    ]);
    expect(await app.load('things', 'title\nd', { isDryRun: true })).toMatchObject({
      created: 1,
      failed: 0,
    });
    expect((await app.rows('things')).map(({ title }) => title)).toEqual(['a']);
  });

  test('counts all faulty rows and shows the first hundred in the order of their lines', async () => {
    const rows = Array.from({ length: 500 }, (_, n) => (n % 2 ? `t${n},x` : `t${n},1,`));
    const result = await app.load('things', `title,n\n${rows.join('\n')}`);
    expect(result.failed).toBe(500);
    expect(result.errors.map(({ line }) => line)).toEqual(
      Array.from({ length: 100 }, (_, n) => n + 2),
    );
  });

  test('keeps the ids that the rows name, once', async () => {
    const [one, two] = [newId(), newId()];
    expect(await app.load('things', `id,title\n${one},a\n,b\n${two},c`)).toMatchObject({
      created: 3,
    });
    expect(app.records.get(SYSTEM, 'things', two).record.id).toBe(two);
    const again = await app.load('things', `id,title\n${one},a`);
    expect(faultsOf(again)).toEqual(['2 id: a record with this id exists already']);
  });

  test('leaves no file behind, whatever happens', async () => {
    const spools = () => readdirSync(app.folder.path).filter((name) => name.includes('import'));
    await app.load('things', 'title\na');
    await app.load('things', 'title,n\na,x');
    await app.load('things', 'title\n"a');
    await refusal(() => app.load('things', 'foo\na'));
    async function* broken() {
      yield Buffer.from('title\na\n');
      expect(spools()).toHaveLength(1);
      throw new Error('the client went away');
    }
    const act = app.service.importRecords(SYSTEM, 'things', broken(), { format: 'csv' });
    await expect(act).rejects.toThrow('the client went away');
    expect(spools()).toEqual([]);
  });

  test('is refused when four run already, and possible again after one of them', async () => {
    const open: (() => void)[] = [];
    async function* waiting() {
      yield Buffer.from('title\n');
      await new Promise<void>((resolve) => open.push(resolve));
    }
    const start = () => app.service.importRecords(SYSTEM, 'things', waiting(), { format: 'csv' });
    const running = [start(), start(), start(), start()];
    while (open.length < 4) await Bun.sleep(1);
    const error = await refusal(() => app.load('things', 'title\na'));
    expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 });
    for (const end of open) end();
    await Promise.all(running);
    expect(await app.load('things', 'title\na')).toMatchObject({ created: 1 });
  });

  test('is a conflict when the collection changes while the file is read', async () => {
    async function* slow() {
      yield Buffer.from('title\na\n');
      await app.collections.update(SYSTEM, 'things', { label: 'Things' }, false);
      yield Buffer.from('b\n');
    }
    const error = await refusal(() =>
      app.service.importRecords(SYSTEM, 'things', slow(), { format: 'csv' }),
    );
    expect(error.code).toBe('conflict');
    expect(await app.rows('things')).toEqual([]);
  });
});
