import { describe, expect, test } from 'bun:test';
import type { Json } from '../../admin/src/api/types.ts';
import { guessFields, toImport } from '../../admin/src/views/collections/new/guess-fields.ts';
import { readTable } from '../../admin/src/views/collections/new/read-table.ts';

const file = (name: string, text: string) => new File([text], name);

function guess(values: readonly Json[], kind: 'csv' | 'json' = 'csv') {
  const rows = values.map((value) => ({ a: value }));
  return guessFields({ kind, columns: ['a'], rows })[0]?.field;
}

describe('the type of a column', () => {
  test.each([
    [['1', '-20', ''], 'integer'],
    [['1', '2.5', '1e3'], 'float'],
    [['007'], 'string'],
    [['12345678901234567890'], 'float'],
    [['true', 'false'], 'boolean'],
    [['true', 'yes'], 'string'],
    [['2024-01-31', '2024-02-29'], 'date'],
    [['2024-01-31', '2024-02-30'], 'string'],
    [['2024-01-31T10:00:00Z'], 'datetime'],
    [['ann@example.com'], 'email'],
    [['https://example.com/a'], 'url'],
    [['0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b'], 'uuid'],
    [['["a","b"]'], 'list'],
    [['{"a":1}'], 'dict'],
    [['', ''], 'string'],
  ] as const)('of %j is %s', (values, type) => {
    expect(guess(values)?.type).toBe(type);
  });

  test('of JSON is what it is: a text of digits stays a text', () => {
    expect(guess(['12'], 'json')?.type).toBe('string');
    expect(guess([12, null], 'json')?.type).toBe('integer');
    expect(guess([[1], []], 'json')?.type).toBe('list');
    expect(guess([1, 'a'], 'json')?.type).toBe('json');
  });

  test('with a few words again and again is one of these', () => {
    const words = Array.from({ length: 24 }, (_, at) => ['here', 'lent', 'sold'][at % 3] ?? '');
    expect(guess(words)).toEqual({ name: 'a', type: 'string', enum: ['here', 'lent', 'sold'] });
  });
});

test('names are made of heads, each once, and an id that is one comes along', () => {
  const uuid = '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b';
  const columns = ['id', 'Full name', 'full-name', '42', 'created_at'];
  const rows = [{ id: uuid, 'Full name': 'Ann', 'full-name': 'A', '42': 'x', created_at: 'y' }];
  expect(guessFields({ kind: 'csv', columns, rows }).map(({ field }) => field?.name)).toEqual([
    undefined,
    'full_name',
    'full_name_2',
    'column_4',
    'created_at_2',
  ]);
});

test('what is imported carries the names of the fields, and leaves out what has none', () => {
  const rows = [
    { Title: 'A "b", c', Price: '', Note: 'x' },
    { Title: '=1', Price: '2', Note: '' },
  ];
  const names = new Map([
    ['Title', 'title'],
    ['Price', 'price'],
  ]);
  const columns = ['Title', 'Price', 'Note'];
  expect(toImport({ kind: 'csv', columns, rows }, names)).toEqual({
    format: 'csv',
    text: '"title","price"\r\n"A ""b"", c",\r\n"=1","2"\r\n',
  });
  expect(toImport({ kind: 'json', columns, rows: [{ Title: 'A', Note: 1 }] }, names)).toEqual({
    format: 'ndjson',
    text: '{"title":"A"}\n',
  });
});

describe('a file', () => {
  test('of CSV is read with the separator of its head', async () => {
    expect(await readTable(file('a.csv', '\uFEFFa;b\n"1;2";3\n\n4\n'))).toEqual({
      kind: 'csv',
      columns: ['a', 'b'],
      rows: [
        { a: '1;2', b: '3' },
        { a: '4', b: '' },
      ],
    });
  });

  test.each(['[{"a":1},{"b":2}]', '{"a":1}\n{"b":2}\n'])(
    'of JSON %j is read by object',
    async (text) => {
      expect(await readTable(file('a.json', text))).toEqual({
        kind: 'json',
        columns: ['a', 'b'],
        rows: [{ a: 1 }, { b: 2 }],
      });
    },
  );

  test('of CSV may have the separator inside a quoted head', async () => {
    expect(await readTable(file('a.csv', '"a;x;y",b\n1,2\n'))).toMatchObject({
      columns: ['a;x;y', 'b'],
    });
  });

  test('of CSV loses no column to another of its name, or to one without', async () => {
    const table = await readTable(file('a.csv', 'name,name,,name 2,\n1,2,3,4,5\n'));
    expect(table).toEqual({
      kind: 'csv',
      columns: ['name', 'name 3', 'column 3', 'name 2', 'column 5'],
      rows: [{ name: '1', 'name 3': '2', 'column 3': '3', 'name 2': '4', 'column 5': '5' }],
    });
  });

  test('in another encoding is read, and says so where that was guessed', async () => {
    const utf16 = Buffer.from('\uFEFFort\nKöln\n', 'utf16le');
    expect(await readTable(new File([utf16], 'a.csv'))).toEqual({
      kind: 'csv',
      columns: ['ort'],
      rows: [{ ort: 'Köln' }],
    });
    expect(await readTable(new File([Buffer.from('ort\nKöln\n', 'latin1')], 'a.csv'))).toEqual({
      kind: 'csv',
      columns: ['ort'],
      rows: [{ ort: 'Köln' }],
      note: 'It is not UTF-8 and was read as Windows-1252: look whether ä, é and € are right.',
    });
  });

  test('of JSON may be one object on many lines, or one around its rows', async () => {
    expect(await readTable(file('a.json', '{\n "a": 1\n}'))).toMatchObject({ rows: [{ a: 1 }] });
    expect(await readTable(file('a.json', '{"total": 1, "items": [{"a": 1}]}'))).toMatchObject({
      rows: [{ a: 1 }],
      note: 'The rows are those of items; the rest is left out.',
    });
  });

  test('whose keys are names of every object takes nothing from there', () => {
    const rows: Record<string, Json>[] = [{ constructor: 1 }, { a: 2 }];
    const columns = ['constructor', 'a'];
    const fields = guessFields({ kind: 'json', columns, rows });
    expect(fields.map(({ field }) => field?.type)).toEqual(['integer', 'integer']);
  });

  test.each([
    ['', 'a.csv is empty.'],
    ['a,b\nx\0,1\n', 'a.csv is no text that can be read. Save it as CSV or JSON in UTF-8.'],
    ['a\n"b\n', 'a.csv cannot be read as CSV: a quote is opened and never closed.'],
    [
      'a\nb "c" d\n',
      'a.csv cannot be read as CSV: Line 2 has a quote in the middle of a value. A value with quotes stands in quotes as a whole, those inside doubled.',
    ],
    ['a,b\n', 'a.csv holds no rows.'],
    ['[1]', 'a.csv holds something that is no object.'],
    ['{"a":1}\n{"a"', 'Line 2 of a.csv is not JSON.'],
  ])('that is %j says what is wrong', async (text, fault) => {
    expect(await readTable(file('a.csv', text))).toEqual({ fault });
  });
});
