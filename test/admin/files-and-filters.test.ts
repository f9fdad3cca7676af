import { describe, expect, test } from 'bun:test';
import { ApiError } from '../../admin/src/api/client.ts';
import type { Field } from '../../admin/src/api/types.ts';
import {
  filterFaults,
  filterLessons,
} from '../../admin/src/views/collections/records/filter-words.ts';
import {
  formatOf,
  outcomeWords,
  readAnswer,
  upsertKeys,
} from '../../admin/src/views/collections/records/import/import-file.ts';
import { createPageCursors } from '../../admin/src/views/collections/records/page-cursors.ts';
import { exportHref } from '../../admin/src/views/collections/records/record-api.ts';

describe('filters', () => {
  const refused = (msg: string, loc = ['query', 'filter']) =>
    new ApiError({
      status: 422,
      code: 'invalid_input',
      detail: msg,
      faults: [{ loc, msg, type: 'filter_syntax' }],
    });

  test('a fault says where in the text it is, counted as a browser counts', () => {
    const filter = "name ~ '🌿' && oops";
    expect(filterFaults(refused('at character 15: there is no field "oops"'), filter)).toEqual([
      { msg: 'there is no field "oops"', at: filter.indexOf('oops') },
    ]);
  });

  test('a fault of the whole has no place; other refusals are not about the filter', () => {
    expect(filterFaults(refused('must have at most 4096 characters'), 'x')).toEqual([
      { msg: 'must have at most 4096 characters', at: undefined },
    ]);
    expect(filterFaults(refused('no', ['query', 'sort']), 'x')).toBeUndefined();
    expect(filterFaults(new Error('no'), 'x')).toBeUndefined();
  });

  test('the lessons use fields of the collection, and others where it has none of a kind', () => {
    const fields: Field[] = [
      { name: 'label', type: 'string' },
      { name: 'size', type: 'dict', properties: [{ name: 'height', type: 'integer' }] },
      { name: 'kind', type: 'string', enum: ['a', 'b'] },
    ];
    const codes = filterLessons(fields).map(({ code }) => code);
    expect(codes).toHaveLength(8);
    expect(codes).toContain("label ~ 'fern'");
    expect(codes).toContain("size.height = 'x'");
    expect(codes).toContain("kind in ('a', 'b')");
    expect(codes).toContain("tags ?= 'green'");
  });

  test('an export takes the filter along', () => {
    expect(exportHref('books', 'csv', '')).toBe('/api/collections/books/records/export?format=csv');
    expect(exportHref('books', 'json', "a = 'x&y'")).toEndWith('filter=a+%3D+%27x%26y%27');
  });
});

describe('pages by cursor', () => {
  test('a page that was walked to is found again, of the same list alone', () => {
    const cursors = createPageCursors();
    expect(cursors.find('a', 1)).toBeUndefined();
    cursors.note('a', 1, 'second');
    cursors.note('a', 2, 'third');
    expect(cursors.find('a', 2)).toBe('second');
    expect(cursors.find('a', 9)).toBeUndefined();
    cursors.note('a', 2, null);
    expect(cursors.find('a', 3)).toBeUndefined();
    expect(cursors.find('b', 2)).toBeUndefined();
  });

  test('an answer of the list before is not taken for this one', () => {
    const cursors = createPageCursors();
    cursors.find('b', 1);
    cursors.note('a', 1, 'second');
    expect(cursors.find('b', 2)).toBeUndefined();
  });
});

describe('import', () => {
  test.each([
    ['books.CSV', '', 'csv'],
    ['books.jsonl', '', 'ndjson'],
    ['books', '{"a": 1}', 'ndjson'],
    ['books.txt', 'a,b', 'csv'],
  ] as const)('%s that begins with %p is %s', (name, start, format) => {
    expect(formatOf(name, start)).toBe(format);
  });

  test('one JSON list and unknown files are told what is wanted', () => {
    expect(formatOf('books.json', ' [{}]')).toEqual({
      fault: expect.stringContaining('one JSON list'),
    });
    expect(formatOf('books.xlsx', 'PK')).toEqual({
      fault: expect.stringContaining('no CSV and no NDJSON'),
    });
  });

  test('rows are known by the id or by a unique field', () => {
    const fields: Field[] = [
      { name: 'title', type: 'string' },
      { name: 'isbn', type: 'string', unique: true },
    ];
    expect(upsertKeys(fields)).toEqual(['id', 'isbn']);
  });

  const counts = { created: 1, updated: 0, failed: 2, errors: [] };

  test('a refusal with counts is an outcome, any other one an error', () => {
    expect(readAnswer(200, JSON.stringify(counts))).toMatchObject({ ...counts, isRefused: false });
    const refused = { ...counts, detail: '2 rows have faults', code: 'invalid_input' };
    expect(readAnswer(422, JSON.stringify(refused))).toMatchObject({ ...counts, isRefused: true });
    const large = readAnswer(413, '{"detail": "The body is too large.", "code": "too_large"}');
    expect(large).toBeInstanceOf(ApiError);
    expect(large).toMatchObject({ status: 413, detail: 'The body is too large.' });
    expect(readAnswer(502, '<html>')).toMatchObject({ detail: 'The server answered 502.' });
    const faults = [{ loc: ['query', 'upsert_by'], msg: 'must be unique', type: 'value_error' }];
    expect(
      readAnswer(422, JSON.stringify({ detail: faults, code: 'invalid_input' })),
    ).toMatchObject({
      detail: 'must be unique',
    });
  });

  test('words for what happened name only what there is', () => {
    expect(outcomeWords(counts)).toBe('1 created, 2 faulty');
    expect(outcomeWords({ ...counts, created: 0, failed: 0 })).toBe('0 created');
    expect(outcomeWords({ ...counts, created: 1200, updated: 3, failed: 0 })).toBe(
      '1,200 created, 3 changed',
    );
  });
});
