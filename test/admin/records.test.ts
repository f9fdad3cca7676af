import { describe, expect, test } from 'bun:test';
import type { Field, Json } from '../../admin/src/api/types.ts';
import {
  changedNames,
  checkField,
  checkFields,
  faultAt,
} from '../../admin/src/components/fields/check.ts';
import {
  inRows,
  noteOf,
  placeholderOf,
  wasText,
} from '../../admin/src/components/fields/describe.ts';
import { readNumber } from '../../admin/src/components/fields/read-number.ts';
import { shortId, titleOf } from '../../admin/src/components/fields/record-title.ts';
import {
  isLongerThan,
  isSame,
  isSameField,
  parseJson,
  preview,
} from '../../admin/src/components/fields/values.ts';
import {
  formatSort,
  parseSort,
  visibleColumns,
  visibleRange,
} from '../../admin/src/components/ui/table.ts';
import {
  rangeText,
  readListQuery,
  writeListQuery,
} from '../../admin/src/views/collections/records/list-query.ts';
import {
  chooseColumns,
  knownSort,
  NO_CHOICE,
  shownColumns,
} from '../../admin/src/views/collections/records/record-columns.ts';

const TITLE: Field = { name: 'title', type: 'string', required: true, max_length: 5 };
const STOCK: Field = { name: 'stock', type: 'integer', min: 0, max: 9, default: 0 };
const TAGS: Field = { name: 'tags', type: 'list', items: { type: 'string' }, unique_items: true };
const SIZE: Field = {
  name: 'size',
  type: 'dict',
  properties: [{ name: 'width', type: 'integer', required: true }],
};
const fields = [TITLE, STOCK, TAGS, SIZE];

describe('values', () => {
  test('same JSON is the same, whatever object holds it; null is absent only for a field', () => {
    expect(isSame({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true);
    expect(isSame({ a: 1 }, { b: 1 })).toBe(false);
    expect(isSame([1], { 0: 1 })).toBe(false);
    expect(isSame(null, undefined)).toBe(false);
    expect(isSameField(null, undefined)).toBe(true);
    expect(isSameField('', undefined)).toBe(false);
  });

  test('a preview never reads more than it shows', () => {
    let reads = 0;
    const numbers = Array.from({ length: 1_000_000 }, (_, index) => index);
    const huge = new Proxy(numbers, {
      get(list, key) {
        reads++;
        return Reflect.get(list, key);
      },
    });
    expect(preview(huge, 40)).toHaveLength(41);
    expect(reads).toBeLessThan(100);
    expect(preview({ a: 'x'.repeat(5_000_000) }, 40)).toEndWith('…');
    expect(preview({ a: 1, b: [true, null, 'x'] })).toBe('{ "a": 1, "b": [true, null, "x"] }');
    expect(preview({})).toBe('{}');
    expect(preview([])).toBe('[]');
  });

  test('a value is found to be long without writing it', () => {
    expect(isLongerThan('x'.repeat(101), 100)).toBe(true);
    expect(isLongerThan({ a: 'short' }, 100)).toBe(false);
    expect(
      isLongerThan(
        Array.from({ length: 60 }, () => 1),
        100,
      ),
    ).toBe(true);
  });

  test('a fault in JSON says the line', () => {
    expect(parseJson('[1, 2]')).toEqual({ value: [1, 2] });
    expect(parseJson('').fault).toBe('Nothing here yet: JSON is expected.');
    expect(parseJson('{\n  "a": oops\n}').fault).toEndWith('.');
  });

  test('a number that cannot be held exactly stays text', () => {
    expect(readNumber(' 12 ', true)).toBe(12);
    expect(readNumber('1.5', true)).toBe('1.5');
    expect(readNumber('.5', false)).toBe(0.5);
    expect(readNumber('1e400', false)).toBe('1e400');
    expect(readNumber('9007199254740993', true)).toBe('9007199254740993');
    expect(readNumber('0x10', true)).toBe('0x10');
  });
});

describe('check', () => {
  test('a new record needs what is required and has no default', () => {
    expect(checkFields(fields, {}, true)).toEqual({ title: 'Required.' });
    const needed: Field = { ...STOCK, required: true };
    expect(checkField(needed, undefined, true)).toEqual({});
    expect(checkField(needed, null, true)).toEqual({ stock: 'Required.' });
    expect(checkField({ ...STOCK, nullable: false }, null, true)).toEqual({
      stock: 'This cannot be null.',
    });
  });

  test('each fault has its place, also inside lists and dicts', () => {
    const values = { title: 'too long', stock: 12, tags: ['a', 3, 'a'], size: { width: 'x' } };
    expect(checkFields(fields, values, false)).toEqual({
      title: 'At most 5 characters, this has 8.',
      stock: 'At most 9, this is 12.',
      'tags.1': 'A text is expected.',
      'tags.2': 'The same as item 1.',
      'size.width': 'A whole number is expected, such as 12.',
    });
    expect(checkField(SIZE, { width: 1, depth: 2 }, false)).toEqual({
      size: 'There is no property depth.',
    });
  });

  test('characters are counted as people do', () => {
    expect(checkField(TITLE, '🌊🌊🌊🌊🌊', true)).toEqual({});
  });

  test('text that could not be read as a number or as JSON is a fault', () => {
    expect(checkField(STOCK, '1x', false)).toEqual({
      stock: 'A whole number is expected, such as 12.',
    });
    expect(checkField(STOCK, '9007199254740993', false).stock).toStartWith('Between');
    expect(checkField(TAGS, '{"a":1}', false)).toEqual({ tags: 'A list is expected: [ … ].' });
    expect(checkField(TAGS, '[1,', false).tags).toBeDefined();
  });

  test('a fault shows at the nearest input that there is', () => {
    const faults = { 'size.width': 'Required.', 'tags.1': 'Too short.' };
    expect(faultAt(faults, 'tags')).toBe('item 2: Too short.');
    expect(faultAt(faults, 'size')).toBe('width: Required.');
    expect(faultAt(faults, 'size', (part) => part === 'width')).toBeUndefined();
    expect(faultAt(faults, 'size.width')).toBe('Required.');
    expect(faultAt(faults, 'tag')).toBeUndefined();
  });

  test('what was set back is not changed', () => {
    const base: { [name: string]: Json } = { a: 1, b: [1] };
    expect(changedNames(base, { a: 2, b: [1], c: null })).toEqual(['a']);
  });
});

describe('words', () => {
  test('rules read as words', () => {
    expect(noteOf({ ...TITLE, unique: true, min_length: 2 })).toBe(
      'required, unique, 2 to 5 characters',
    );
    expect(noteOf({ type: 'string', min_length: 13, max_length: 13 })).toBe('13 characters');
    expect(noteOf({ type: 'list', max_items: 5, unique_items: true })).toBe(
      'up to 5 items, all different',
    );
    expect(noteOf({ type: 'float', min: 0 })).toBe('at least 0');
  });

  test('an input without a value says what that means', () => {
    expect(placeholderOf(STOCK, undefined, true)).toBe('0');
    expect(placeholderOf(STOCK, undefined, false)).toBe('null');
    expect(placeholderOf(TITLE, '', true)).toBe('""');
    expect(placeholderOf(TITLE, 'x', true)).toBe('');
  });

  test('what a changed field was', () => {
    expect(wasText(16.5, 18)).toBe('was 16.5');
    expect(wasText(undefined, 'x')).toBe('was null');
    expect(wasText('', 'x')).toBe('was ""');
    expect(wasText(['a'], ['a', 'b'])).toBe('1 added');
    expect(wasText(['a', 'b'], ['b'])).toBe('1 removed');
    expect(wasText(['a', 'b'], ['b', 'a'])).toBe('items changed');
    expect(wasText(['a'], null)).toBe('was 1 item');
    expect(wasText({ a: 1 }, { a: 2 })).toBe('changed');
  });

  test('two short fields share a row', () => {
    const rows = inRows([TITLE, STOCK, { name: 'on', type: 'boolean' }, TAGS, STOCK]);
    expect(rows.map((row) => row.map((field) => field.name))).toEqual([
      ['title', 'stock'],
      ['on'],
      ['tags'],
      ['stock'],
    ]);
  });
});

describe('list', () => {
  test('the route holds only what is not as usual', () => {
    const usual = readListQuery({});
    expect(usual).toEqual({
      page: 1,
      size: 50,
      sort: [],
      filter: '',
      open: undefined,
      peek: undefined,
    });
    expect(writeListQuery(usual)).toEqual({});
    const query = { page: '3', size: '100', sort: '-price,title', filter: 'a = 1', open: 'x' };
    expect(writeListQuery(readListQuery(query))).toEqual({
      page: '3',
      size: '100',
      sort: '-price,title',
      filter: 'a = 1',
      open: 'x',
    });
    expect(readListQuery({ page: '-1', size: '7', sort: ['a', 'b'], open: '' })).toEqual({
      page: 1,
      size: 50,
      sort: [{ key: 'a', isDown: false }],
      filter: '',
      open: undefined,
      peek: undefined,
    });
  });

  test('range of the page', () => {
    expect(rangeText(1, 50, 50)).toBe('1–50');
    expect(rangeText(7, 50, 12)).toBe('301–312');
    expect(rangeText(1, 50, 0)).toBe('0');
  });

  test('columns: the first eight fields, in the chosen order', () => {
    const many = Array.from(
      { length: 10 },
      (_, index): Field => ({ name: `f${index}`, type: 'string' }),
    );
    const columns = chooseColumns(many, NO_CHOICE);
    expect(columns.filter((column) => column.isShown)).toHaveLength(8);
    const chosen = chooseColumns(many, {
      ...NO_CHOICE,
      order: ['created_at', 'f9', 'gone'],
      visible: { f0: false, f9: true, created_at: true },
    });
    expect(
      shownColumns(chosen)
        .slice(0, 3)
        .map((column) => column.key),
    ).toEqual(['created_at', 'f9', 'f1']);
    const none = Object.fromEntries(columns.map((column) => [column.key, false]));
    expect(shownColumns(chooseColumns(many, { ...NO_CHOICE, visible: none }))).toMatchObject([
      { key: 'id' },
    ]);
    expect(shownColumns(chooseColumns([], NO_CHOICE)).map((column) => column.key)).toEqual([
      'id',
      'created_at',
    ]);
  });

  test('sorts that the server would refuse are dropped', () => {
    const columns = chooseColumns(fields, NO_CHOICE);
    const sort = knownSort(parseSort('-stock,tags,gone,updated_at'), columns);
    expect(formatSort(sort)).toBe('-stock,updated_at');
  });

  test('a record is called by its first text', () => {
    expect(titleOf({ id: 'x', data: { title: ' Low\n Tide ' } }, fields)).toBe('Low Tide');
    const id = '0193f2c4-7a10-7c3e-9b1f-4d5e8a2b6c70';
    expect(titleOf({ id, data: { title: '' } }, fields)).toBe('0193f2c4…6c70');
    expect(shortId(id)).toBe('0193f2c4…6c70');
  });

  test('only rows around the sight are in the document', () => {
    expect(visibleRange(3000, 36, 0, 720)).toEqual({ start: 0, end: 28 });
    expect(visibleRange(3000, 36, 36_000, 720)).toEqual({ start: 992, end: 1028 });
    expect(visibleRange(3000, 36, 107_280, 720).end).toBe(3000);
    expect(visibleRange(5, 36, 9999, 720).start).toBeLessThan(5);
  });

  test('only columns around the sight are in the document', () => {
    const widths = Array.from({ length: 30 }, () => 200);
    expect(visibleColumns(widths, 0, 1000)).toEqual({ start: 0, end: 7 });
    expect(visibleColumns(widths, 2000, 1000)).toEqual({ start: 7, end: 17 });
    expect(visibleColumns(widths, 5000, 1000)).toEqual({ start: 22, end: 30 });
    expect(visibleColumns([], 0, 0)).toEqual({ start: 0, end: 0 });
  });
});
