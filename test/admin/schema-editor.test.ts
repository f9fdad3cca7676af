import { describe, expect, test } from 'bun:test';
import type { CollectionPlan, PlannedChange } from '../../admin/src/api/types.ts';
import { checkFields } from '../../admin/src/views/collections/schema/check.ts';
import {
  type Definition,
  normalize,
  typesFor,
  withOption,
  withType,
} from '../../admin/src/views/collections/schema/definition.ts';
import {
  changeCount,
  checkNames,
  type DraftField,
  differencesOf,
  faultsByRow,
  freeName,
  fromFields,
  markOf,
  markWords,
  move,
  otherFaults,
  rebase,
  schemaFaults,
  toDraft,
  toFields,
  toNewDraft,
} from '../../admin/src/views/collections/schema/draft.ts';
import {
  areIndexesChanged,
  indexFault,
  toIndexDraft,
  toIndexes,
} from '../../admin/src/views/collections/schema/index-draft.ts';
import {
  locate,
  readJson,
  readSchemaText,
} from '../../admin/src/views/collections/schema/json-text.ts';
import {
  groupOffenders,
  isFillable,
  keyOfChange,
  offenderFilter,
  undecided,
  verdictOf,
} from '../../admin/src/views/collections/schema/plan.ts';
import { ruleWords, typeWords } from '../../admin/src/views/collections/schema/rule-words.ts';

const TITLE: Definition = { name: 'title', type: 'string', required: true, max_length: 200 };
const PRICE: Definition = { name: 'price', type: 'float', min: 0 };
const CODE: Definition = { name: 'code', type: 'string' };
const BASE = [TITLE, PRICE, CODE];

function change(draft: readonly DraftField[], index: number, next: Partial<DraftField>) {
  return draft.map((row, at) => (at === index ? { ...row, ...next } : row));
}

describe('ruleWords', () => {
  test.each([
    [{ type: 'string' }, 'Optional'],
    [
      { type: 'string', required: true, min_length: 1, max_length: 200, index: true },
      'Required, 1 to 200 characters, indexed',
    ],
    [
      { type: 'string', required: true, unique: true, pattern: '^[0-9]{13}$' },
      'Required, unique, 13 digits',
    ],
    [{ type: 'string', min_length: 2, max_length: 2 }, '2 characters'],
    [{ type: 'string', default: '' }, 'Default ""'],
    [{ type: 'integer', min: 0, default: 0 }, 'At least 0, default 0'],
    [{ type: 'float', min: 1, max: 5, nullable: false }, 'Never null, 1 to 5'],
    [{ type: 'integer', enum: [1, 2, 3, 4, 5, 6] }, 'One of 1, 2, 3, 4 and 2 more'],
    [
      { type: 'list', max_items: 1, unique_items: true, items: { type: 'string', max_length: 3 } },
      'Up to 1 item, no doubles, each up to 3 characters',
    ],
    [
      { type: 'dict', properties: [{ name: 'width' }, { name: 'height' }] },
      'width, height; nothing else',
    ],
    [{ type: 'dict' }, 'Any keys'],
    [
      { type: 'date', default: 'now', min: '2020-01-01' },
      'From 2020-01-01, default the time of creation',
    ],
    [{ type: 'string', default: 'now' }, 'Default now'],
    [{ type: 'json', max_bytes: 2000 }, 'Up to 2,000 bytes'],
    [{ type: 'email', max_length: 1 }, 'Up to 1 character'],
    [{ type: 'reference', collection: 'a' }, 'That one cannot be deleted'],
    [
      { type: 'reference', on_delete: 'cascade', read: 'admin' },
      'Goes when that one goes, read by admins',
    ],
  ] as [Definition, string][])('%j reads %s', (definition, words) => {
    expect(ruleWords(definition)).toBe(words);
  });

  test('values that are still being typed are no reason to fail', () => {
    expect(ruleWords({ type: 'integer', min: 'abc', enum: 'x' })).toBe('Optional');
  });

  test('a list names what it holds', () => {
    const items = { type: 'list', items: { type: 'integer' } };
    expect(typeWords({ type: 'list', items })).toBe('list of list of integer');
    expect(typeWords({ type: 'list' })).toBe('list');
  });
});

describe('definitions', () => {
  test('another type keeps only what fits', () => {
    const next = withType({ ...TITLE, unique: true, default: 'x' }, 'list', 'field');
    expect(next).toEqual({ name: 'title', type: 'list', required: true });
  });

  test('bounds of another kind go with the type, numbers stay numbers', () => {
    expect(withType(PRICE, 'date', 'field')).toEqual({ name: 'price', type: 'date' });
    expect(withType(PRICE, 'integer', 'field')).toEqual({ name: 'price', type: 'integer', min: 0 });
    expect(withType({ ...TITLE, read: 'admin' }, 'reference', 'field')).toEqual({
      name: 'title',
      type: 'reference',
      required: true,
      read: 'admin',
    });
  });

  test('aliases are written out, in items and properties too', () => {
    expect(normalize({ name: 'a', type: 'list[int]' })).toEqual({
      name: 'a',
      type: 'list',
      items: { type: 'integer' },
    });
    expect(normalize({ type: 'object', properties: [{ name: 'b', type: 'bool' }] })).toEqual({
      type: 'dict',
      properties: [{ name: 'b', type: 'boolean' }],
    });
  });
});

describe('checkFields', () => {
  const places = (fields: Parameters<typeof checkFields>[0]) =>
    checkFields(fields).map(({ loc }) => loc.slice(1).join('.'));

  test('good fields have no faults', () => {
    const times: Definition[] = [
      { name: 'day', type: 'date', default: 'now', min: '2020-01-01' },
      { name: 'to', type: 'reference', collection: 'users', on_delete: 'set_null', write: 'admin' },
    ];
    expect(checkFields(times)).toEqual([]);
    expect(checkFields([...BASE, { name: 'a', type: 'list', items: { type: 'string' } }])).toEqual(
      [],
    );
  });

  test.each([
    ['0.name', { name: '1a', type: 'string' }],
    ['0.name', { name: 'id', type: 'string' }],
    ['0.type', { name: 'a' }],
    ['0.type', { name: 'a', type: 'strng' }],
    ['0.min', { name: 'a', type: 'string', min: 1 }],
    ['0.min_length', { name: 'a', type: 'string', min_length: 'abc' }],
    ['0.min_length', { name: 'a', type: 'string', min_length: 3, max_length: 2 }],
    ['0.nullable', { name: 'a', type: 'string', required: true, nullable: true }],
    ['0.default', { name: 'a', type: 'integer', default: 1.5 }],
    ['0.default', { name: 'a', type: 'string', default: 'x', enum: ['y'] }],
    ['0.enum', { name: 'a', type: 'string', enum: ['y', 'y'] }],
    ['0.min', { name: 'a', type: 'date', min: '2026-02-30' }],
    [
      '0.min',
      {
        name: 'a',
        type: 'datetime',
        min: '2026-02-02T01:00:00+01:00',
        max: '2026-02-01T23:00:00Z',
      },
    ],
    ['0.default', { name: 'a', type: 'date', default: 'today' }],
    ['0.default', { name: 'a', type: 'date', default: 'now', max: '2030-01-01' }],
    ['0.default', { name: 'a', type: 'reference', collection: 'b', default: 'c' }],
    ['0.collection', { name: 'a', type: 'reference' }],
    ['0.on_delete', { name: 'a', type: 'reference', collection: 'b', on_delete: 'keep' }],
    [
      '0.on_delete',
      { name: 'a', type: 'reference', collection: 'b', on_delete: 'set_null', required: true },
    ],
    ['0.unique', { name: 'a', type: 'json', unique: true }],
    ['0.read', { name: 'a', type: 'string', read: 'nobody' }],
    ['0.items.type', { name: 'a', type: 'list', items: { type: 'reference', collection: 'b' } }],
    ['0.items.unique', { name: 'a', type: 'list', items: { type: 'string', unique: true } }],
    ['0.items.name', { name: 'a', type: 'list', items: { name: 'b', type: 'string' } }],
    ['0.properties.0.name', { name: 'a', type: 'dict', properties: [{ type: 'string' }] }],
  ] as [string, Definition][])('%s is the place of the fault in %j', (place, field) => {
    expect(places([field])).toEqual([place]);
  });

  test('a property may be called id, and a name may not come twice', () => {
    expect(
      places([{ name: 'a', type: 'dict', properties: [{ name: 'id', type: 'string' }] }]),
    ).toEqual([]);
    expect(places([CODE, CODE])).toEqual(['1.name']);
  });

  test('a name that is not typed yet waits until somebody saves', () => {
    expect(checkFields([{ name: '', type: 'string' }])[0]?.isPatient).toBe(true);
  });
});

describe('drafts', () => {
  test('what was not touched is sent as it is stored', () => {
    const draft = toDraft(BASE);
    expect(toFields(draft)).toEqual(BASE as never);
    expect(changeCount(draft, BASE)).toBe(0);
  });

  test('a rename says which name it had, a removed field is left out', () => {
    let draft = change(toDraft(BASE), 1, { field: { ...PRICE, name: 'cost' } });
    draft = change(draft, 2, { isRemoved: true });
    expect(toFields(draft)).toEqual([TITLE, { ...PRICE, name: 'cost', was: 'price' }] as never);
    expect(draft.map((row) => markOf(row, draft, BASE))).toEqual(['same', 'renamed', 'removed']);
    expect(markWords(draft[1] as DraftField, draft, BASE)).toBe('was price');
    expect(changeCount(draft, BASE)).toBe(2);
  });

  test('marks say what was', () => {
    const required = change(toDraft(BASE), 1, { field: withOption(PRICE, 'required', true) });
    expect(markWords(required[1] as DraftField, required, BASE)).toBe('was optional');
    const typed = change(toDraft(BASE), 1, { field: withType(PRICE, 'integer', 'field') });
    expect(markWords(typed[1] as DraftField, typed, BASE)).toBe('was float');
  });

  test('a new field with the name of a removed one is a change of that one', () => {
    const gone = change(toDraft(BASE), 2, { isRemoved: true });
    const draft = [...gone, ...toNewDraft([{ name: 'code', type: 'integer' }])];
    expect(markOf(draft[3] as DraftField, draft, BASE)).toBe('changed');
    expect(changeCount(draft, BASE)).toBe(1);
  });

  test('a new field must not take the name that a rename is about to free', () => {
    const renamed = change(toDraft(BASE), 2, { field: { ...CODE, name: 'sku' } });
    const draft = [...renamed, ...toNewDraft([{ name: 'code', type: 'string' }])];
    expect(checkNames(draft)[0]?.loc).toEqual(['fields', 3, 'name']);
    expect(checkNames(renamed)).toEqual([]);
  });

  test('moving is one change and keeps the rows', () => {
    const draft = toDraft(BASE);
    const moved = move(draft, draft[0]?.key ?? '', 2);
    expect(moved.map((row) => row.was)).toEqual(['price', 'code', 'title']);
    expect(changeCount(moved, BASE)).toBe(1);
    expect(move(draft, draft[0]?.key ?? '', 9)).toEqual(draft);
  });

  test('JSON becomes rows again: by was, by name, the rest removed', () => {
    const draft = toDraft(BASE);
    const next = fromFields([{ ...PRICE, name: 'cost', was: 'price' }, TITLE], draft, BASE);
    expect(next.map((row) => [row.was, row.field.name, row.isRemoved])).toEqual([
      ['price', 'cost', false],
      ['title', 'title', false],
      ['code', 'code', true],
    ]);
    expect(next[0]?.key).toBe(draft[1]?.key as string);
    expect(fromFields(toFields(next) as Definition[], next, BASE)).toEqual(next);
  });

  test('mine on top of theirs: untouched follows, added stays, removed goes', () => {
    const draft = change(toDraft(BASE), 1, { field: { ...PRICE, min: 5 } });
    const theirs = [{ ...TITLE, max_length: 50 }, PRICE, { name: 'stock', type: 'integer' }];
    const mine = rebase(draft, BASE, theirs);
    expect(toFields(mine)).toEqual([theirs[0], { ...PRICE, min: 5 }, theirs[2]] as never);
    expect(changeCount(mine, theirs)).toBe(1);
  });

  test('what they removed and I changed comes back as new', () => {
    const draft = change(toDraft(BASE), 2, { field: { ...CODE, max_length: 4 } });
    const mine = rebase(draft, BASE, [TITLE, PRICE]);
    expect(markOf(mine[2] as DraftField, mine, [TITLE, PRICE])).toBe('new');
  });

  test('faults of the server find their rows, counted without the removed ones', () => {
    const draft = change(toDraft(BASE), 0, { isRemoved: true });
    const faults = schemaFaults([
      { loc: ['body', 'schema', 'fields', 1, 'items', 'min'], msg: 'must fit' },
      { loc: ['body', 'schema', 'fields', 'price', 'was'], msg: 'no' },
      { loc: ['body', 'schema', 'fields'], msg: 'too many' },
      { loc: ['body', 'name'], msg: 'taken' },
    ]);
    expect(faultsByRow(faults, draft)).toEqual({
      [draft[2]?.key ?? '']: { 'items.min': 'Must fit' },
      [draft[1]?.key ?? '']: { was: 'No' },
    });
    expect(otherFaults(faults, draft).map(({ msg }) => msg)).toEqual(['Too many']);
  });

  test('a copy gets a name of its own', () => {
    expect(freeName('code', ['code', 'code_2'])).toBe('code_3');
    expect(freeName('x'.repeat(63), [])).toHaveLength(60);
  });
});

describe('plans', () => {
  const change = (next: Partial<PlannedChange>): PlannedChange => ({
    kind: 'change_field',
    field: 'price',
    was: null,
    effect: 'safe',
    msg: '',
    count: 0,
    records: [],
    ...next,
  });
  const plan = (...changes: PlannedChange[]): CollectionPlan => ({
    changes,
    rewritten: 0,
    total: 3,
    needs_force: changes.some(({ effect }) => effect === 'destroys'),
    possible: changes.every(({ effect }) => effect === 'safe' || effect === 'rewrites'),
  });

  test('what is in the way counts more than what is deleted', () => {
    const [safe, rewrites, destroys, blocked] = (
      ['safe', 'rewrites', 'destroys', 'blocked'] as const
    ).map((effect) => change({ effect })) as [
      PlannedChange,
      PlannedChange,
      PlannedChange,
      PlannedChange,
    ];
    expect(verdictOf(plan())).toBe('possible');
    expect(verdictOf(plan(safe, rewrites))).toBe('possible');
    expect(verdictOf(plan(safe, destroys))).toBe('destroys');
    expect(verdictOf(plan(destroys, blocked))).toBe('blocked');
    expect(verdictOf({ ...plan(safe), possible: false })).toBe('blocked');
  });

  test('what deletes values is decided one by one, and anew when it concerns other records', () => {
    const price = change({ effect: 'destroys', msg: '3 records' });
    const code = change({ effect: 'destroys', field: 'code', msg: '1 record' });
    const now = plan(change({}), price, code);
    expect(undecided(now, new Set())).toEqual([price, code]);
    expect(undecided(now, new Set([keyOfChange(price)]))).toEqual([code]);
    const later = plan({ ...price, msg: '4 records' });
    expect(undecided(later, new Set([keyOfChange(price)]))).toHaveLength(1);
  });

  test('records without a value can be filled, unless a default would name another record', () => {
    const missing = change({ kind: 'change_field', effect: 'blocked' });
    const required = { ...CODE, required: true };
    expect(isFillable(missing, required)).toBe(true);
    expect(isFillable(missing, { ...required, default: 'x' })).toBe(false);
    expect(isFillable(missing, { ...required, type: 'reference' })).toBe(false);
    expect(isFillable(change({ kind: 'add_index', effect: 'blocked' }), required)).toBe(false);
  });

  test('records that offend alike are told of together, and found by a filter', () => {
    const records = [
      { id: 'a', msg: 'too long' },
      { id: 'b', msg: 'too short' },
      { id: 'c', msg: 'too long' },
    ];
    expect(groupOffenders(change({ records }))).toEqual([
      { msg: 'too long', ids: ['a', 'c'] },
      { msg: 'too short', ids: ['b'] },
    ]);
    expect(offenderFilter(change({ records }))).toBe("id in ('a', 'b', 'c')");
  });
});

describe('indexes over several fields', () => {
  const indexes = [{ fields: ['title', 'code'], unique: true }];
  const rows = toDraft(BASE);
  const draft = toIndexDraft(indexes, rows);

  test('what was not touched is as it is stored', () => {
    expect(toIndexes(draft, rows)).toEqual(indexes);
    expect(areIndexesChanged(draft, rows, indexes)).toBe(false);
    expect(areIndexesChanged([], rows, [])).toBe(false);
    expect(areIndexesChanged([], rows, indexes)).toBe(true);
  });

  test('a renamed field takes them along, without a change of their own', () => {
    const renamed = change(rows, 2, { field: { ...CODE, name: 'sku' } });
    expect(toIndexes(draft, renamed)).toEqual([{ fields: ['title', 'sku'], unique: true }]);
    expect(areIndexesChanged(draft, renamed, indexes)).toBe(false);
  });

  test('a removed field, too few fields and a double are faults', () => {
    const [first] = draft;
    if (!first) throw new Error('There is one');
    expect(indexFault(first, draft, rows)).toBeUndefined();
    expect(indexFault(first, draft, change(rows, 2, { isRemoved: true }))).toStartWith('code is');
    expect(indexFault({ ...first, rows: first.rows.slice(1) }, draft, rows)).toStartWith(
      'At least',
    );
    const double = { ...first, key: 'other' };
    expect(indexFault(double, [first, double], rows)).toStartWith('There is another');
  });
});

describe('JSON text', () => {
  const TEXT =
    '{\n  "fields": [\n    { "name": "a", "type": "int" },\n    { "name": "b", "min": 1 }\n  ]\n}';

  test('a place is found in the text', () => {
    expect(TEXT.slice(locate(TEXT, ['fields', 1, 'min']))).toStartWith('"min"');
    expect(TEXT.slice(locate(TEXT, ['fields', 1]))).toStartWith('{ "name": "b"');
    expect(TEXT.slice(locate(TEXT, ['fields', 1, 'type']))).toStartWith('{ "name": "b"');
    expect(locate('not json', ['a'])).toBe(0);
  });

  test('strings with brackets and quotes do not lead astray', () => {
    const text = '{"x":"]}\\"{", "y": [[1],{"z":2}]}';
    expect(text.slice(locate(text, ['y', 1, 'z']))).toStartWith('"z":2');
  });

  test('a schema with faults says lines, one without gives fields', () => {
    expect(readSchemaText(TEXT).faults).toMatchObject([{ place: 'fields.1.type', line: 4 }]);
    const good = TEXT.replace('"min": 1', '"type": "list[str]"');
    expect(readSchemaText(good).fields).toEqual([
      { name: 'a', type: 'integer' },
      { name: 'b', type: 'list', items: { type: 'string' } },
    ]);
    expect(readSchemaText('[]').fields).toEqual([]);
    expect(readSchemaText('{"field": []}').faults).toHaveLength(2);
    expect(readSchemaText('7').faults).toHaveLength(1);
  });

  test('was must name a stored field, once', () => {
    const text = '[{"name":"a","was":"x","type":"string"},{"name":"b","was":"x","type":"string"}]';
    expect(readSchemaText(text, []).faults).toHaveLength(2);
    expect(readSchemaText(text, ['x']).faults.map(({ msg }) => msg)).toEqual([
      'x is renamed twice.',
    ]);
  });

  test('broken JSON is one fault', () => {
    expect(readJson('{"a": }').faults).toHaveLength(1);
    expect(readJson('').faults[0]?.msg).toContain('expected');
  });
});

test('what somebody else made of the fields is told by name', () => {
  const theirs = [{ ...TITLE, max_length: 100 }, PRICE, { name: 'isbn', type: 'string' }];
  expect(differencesOf(BASE, theirs)).toEqual([
    { name: 'title', before: TITLE, after: theirs[0] },
    { name: 'code', before: CODE, after: undefined },
    { name: 'isbn', before: undefined, after: theirs[2] },
  ]);
});

test('a field with stored values is offered only types that can hold them', () => {
  expect(typesFor('field', undefined)).toContain('list');
  expect(typesFor('field', 'integer')).toEqual(['string', 'integer', 'float', 'json']);
  expect(typesFor('field', 'dict')).toEqual(['dict', 'json']);
  expect(typesFor('property', 'uuid')).not.toContain('reference');
  expect(typesFor('field', 'string')).not.toContain('list');
});
