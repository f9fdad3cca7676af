import { beforeEach, describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { ApiError, OfflineError } from '../../admin/src/api/client.ts';
import type { AdminFunction, Json, JsonSchema, LoadError } from '../../admin/src/api/types.ts';
import {
  changeWords,
  countWords,
  namesOf,
} from '../../admin/src/views/functions/deployments/deployment-words.ts';
import { sortFunctions, toRows } from '../../admin/src/views/functions/function-rows.ts';
import {
  limitWords,
  matches,
  placeOf,
  shortPath,
  sourceHref,
} from '../../admin/src/views/functions/function-words.ts';
import { addInput, readInputs } from '../../admin/src/views/functions/input-history.ts';
import {
  type FormNode,
  readSchema,
  ruleWords,
  schemaRows,
} from '../../admin/src/views/functions/json-schema.ts';
import {
  addItem,
  type Faults,
  faultOf,
  hasPlace,
  newDraft,
  toDraft,
  toValue,
} from '../../admin/src/views/functions/run-form.ts';
import {
  ended,
  placeIn,
  readLogLine,
  succeeded,
} from '../../admin/src/views/functions/run-outcome.ts';

const asSchema = (schema: unknown) => JSON.parse(JSON.stringify(schema)) as JsonSchema;
const order = readSchema(
  asSchema(
    Type.Object({
      order_id: Type.String({ minLength: 3, maxLength: 40 }),
      language: Type.Union([Type.Literal('en'), Type.Literal('de')], { default: 'en' }),
      to: Type.Optional(Type.String()),
      dry_run: Type.Boolean(),
      price: Type.Optional(Type.Number({ minimum: 0 })),
      urgent: Type.Optional(Type.Boolean()),
      note: Type.Union([Type.String(), Type.Null()]),
      lines: Type.Array(Type.Object({ sku: Type.String(), qty: Type.Integer() })),
      labels: Type.Optional(Type.Array(Type.String())),
      address: Type.Optional(Type.Object({ city: Type.String() })),
      extra: Type.Optional(Type.Record(Type.String(), Type.Any())),
    }),
  ),
);

function fieldOf(node: FormNode, name: string): FormNode {
  const found =
    node.kind === 'object' ? node.fields.find((field) => field.name === name) : undefined;
  if (!found) throw new Error(`no field ${name}`);
  return found.node;
}

describe('a JSON Schema as a form', () => {
  test('each kind of field', () => {
    const kinds = Object.fromEntries(
      order.kind === 'object' ? order.fields.map(({ name, node }) => [name, node.kind]) : [],
    );
    expect(kinds).toEqual({
      order_id: 'string',
      language: 'enum',
      to: 'string',
      dry_run: 'boolean',
      price: 'number',
      urgent: 'boolean',
      note: 'string',
      lines: 'array',
      labels: 'array',
      address: 'object',
      extra: 'json',
    });
    expect(fieldOf(order, 'note').isNullable).toBe(true);
  });

  test('the ways other libraries write it', () => {
    expect(readSchema({ type: ['string', 'null'] })).toMatchObject({
      kind: 'string',
      isNullable: true,
    });
    expect(readSchema({ enum: ['a', null] })).toMatchObject({
      kind: 'enum',
      values: ['a'],
      isNullable: true,
    });
    expect(readSchema({ oneOf: [{ enum: ['a', 'b'] }, { const: 'c' }] })).toMatchObject({
      kind: 'enum',
      values: ['a', 'b', 'c'],
    });
    const ref = { $defs: { Name: { type: 'string' } }, $ref: '#/$defs/Name' };
    expect(readSchema(ref).kind).toBe('string');
    expect(readSchema({ type: 'array', prefixItems: [{ type: 'string' }] }).kind).toBe('json');
    expect(readSchema({ anyOf: [{ type: 'string' }, { type: 'number' }] }).kind).toBe('json');
    expect(readSchema({ $ref: 'https://elsewhere/x' }).kind).toBe('json');
    expect(readSchema({}).kind).toBe('json');
    expect(readSchema({ enum: [1, 2] }).tile).toBe('integer');
    expect(readSchema({ enum: [1, 2.5] }).tile).toBe('float');
  });

  test('one that refers to itself ends', () => {
    const schema: JsonSchema = {
      $defs: { Tree: { type: 'object', properties: { child: { $ref: '#/$defs/Tree' } } } },
      $ref: '#/$defs/Tree',
    };
    expect(readSchema(schema).kind).toBe('object');
    expect(readSchema({ $defs: { A: { $ref: '#/$defs/A' } }, $ref: '#/$defs/A' }).kind).toBe(
      'json',
    );
  });

  test('rules in words', () => {
    expect(ruleWords({ minLength: 3, maxLength: 40 })).toBe('3 to 40 characters');
    expect(ruleWords({ minLength: 1 })).toBe('at least 1 character');
    expect(ruleWords({ minLength: 1000, maxLength: 5000 })).toBe('1,000 to 5,000 characters');
    expect(ruleWords({ minimum: 0, maximum: 9 })).toBe('0 to 9');
    expect(readSchema({ type: 'string', pattern: '^a{2}$' })).toMatchObject({
      rule: '',
      pattern: '^a{2}$',
    });
    expect(ruleWords({ maxItems: 1, uniqueItems: true })).toBe('up to 1 item, all different');
  });

  test('rows hold what is inside objects and lists of objects', () => {
    const rows = schemaRows({
      type: 'object',
      required: ['a'],
      properties: {
        a: { type: 'array', items: { type: 'object', properties: { b: { type: 'integer' } } } },
        c: { enum: [1, 2], default: 1 },
      },
    });
    expect(rows.map(({ path, depth, type, rule }) => [path, depth, type, rule])).toEqual([
      ['/a', 0, 'list of objects', ''],
      ['/a/b', 1, 'whole number', ''],
      ['/c', 0, 'choice', 'one of 1, 2, default 1'],
    ]);
    expect(schemaRows({ type: 'string' })).toHaveLength(1);
  });
});

describe('what is sent', () => {
  test('untouched: required ones and defaults, optional ones left out', () => {
    const faults: Faults = {};
    expect(toValue(order, newDraft(order, true), true, faults)).toEqual({
      order_id: '',
      language: 'en',
      dry_run: false,
      note: '',
      lines: [],
    });
    expect(faults).toEqual({});
  });

  test('numbers that are none are faults at their place, and nothing is guessed', () => {
    const node = readSchema(
      asSchema(Type.Object({ x: Type.Integer(), y: Type.Optional(Type.Number()) })),
    );
    const draft = newDraft(node, true);
    const faults: Faults = {};
    const { x, y } = draft.fields;
    if (!x || !y) throw new Error('no fields');
    x.text = '1.5';
    y.text = 'many';
    toValue(node, draft, true, faults);
    expect(faults).toEqual({
      x: 'A whole number is expected, 1.5 is not one.',
      y: 'A number is expected, “many” is not one.',
    });
    x.text = ' 7 ';
    y.text = '';
    expect(toValue(node, draft, true, {})).toEqual({ x: 7 });
  });

  test('there and back again', () => {
    const value: Json = {
      order_id: 'HB-1',
      language: 'de',
      dry_run: true,
      price: 1.5,
      urgent: false,
      note: null,
      lines: [{ sku: 'a', qty: 2 }],
      labels: [],
      address: { city: 'Porto' },
      extra: { any: [1, null] },
    };
    const draft = toDraft(order, value, true);
    expect(draft && toValue(order, draft, true, {})).toEqual(value);
  });

  test('a value with parts the form has no place for is refused whole', () => {
    const node = readSchema(asSchema(Type.Object({ x: Type.Integer() })));
    expect(toDraft(node, { x: 1, z: 2 }, true)).toBeUndefined();
    expect(toDraft(node, { x: 'one' }, true)).toBeUndefined();
    expect(toDraft(node, [1], true)).toBeUndefined();
    const optional = readSchema(asSchema(Type.Object({ t: Type.Optional(Type.String()) })));
    expect(toDraft(optional, { t: '' }, true)).toBeUndefined();
  });

  test('items of a list and faults find their field', () => {
    const draft = newDraft(order, true);
    const lines = fieldOf(order, 'lines');
    const { lines: listDraft } = draft.fields;
    if (lines.kind !== 'array' || !listDraft) throw new Error('no list');
    addItem(lines, listDraft);
    const faults: Faults = {};
    toValue(order, draft, true, faults);
    expect(faults).toEqual({ 'lines.0.qty': 'A number is expected.' });
    expect(hasPlace(order, draft, 'lines.0.qty')).toBe(true);
    expect(hasPlace(order, draft, 'lines.1.qty')).toBe(false);
    expect(hasPlace(order, draft, 'nothing')).toBe(false);
    expect(hasPlace(order, draft, 'address.city')).toBe(false);
    expect(hasPlace(order, draft, '')).toBe(false);
  });

  test('a fault inside a JSON field shows at that field', () => {
    const extra = fieldOf(order, 'extra');
    expect(faultOf({ 'extra.a.b': 'no' }, extra, 'extra')).toBe('a.b: no');
    expect(faultOf({ extra: 'no' }, extra, 'extra')).toBe('no');
  });
});

describe('how a run ended', () => {
  test('console lines carry their level unless it is info', () => {
    expect(readLogLine('adding 1')).toEqual({ level: 'info', text: 'adding 1' });
    expect(readLogLine('warning: two\nlines')).toEqual({ level: 'warning', text: 'two\nlines' });
    expect(readLogLine('note: x')).toEqual({ level: 'info', text: 'note: x' });
  });

  test('succeeded, failed, refused, stopped', () => {
    const answer = { call_id: 'c', status: 'succeeded', result: { sum: 3 }, logs: ['hi'] } as const;
    expect(succeeded({ ...answer, logs: [...answer.logs] }, 4)).toMatchObject({
      kind: 'succeeded',
      callId: 'c',
      logs: [{ level: 'info', text: 'hi' }],
    });
    const body = {
      call_id: 'c',
      status: 'failed',
      error: 'no order',
      error_type: 'FunctionError',
      data: 1,
    };
    const failed = new ApiError({ status: 404, code: 'function_failed', detail: 'no order', body });
    expect(ended(failed, 4)).toMatchObject({
      kind: 'failed',
      status: 404,
      message: 'no order',
      data: 1,
    });
    // The same status without a call is not the function's answer.
    const refused = new ApiError({ status: 404, code: 'not_found', detail: 'no such function' });
    expect(ended(refused, 4).kind).toBe('refused');
    expect(ended(new OfflineError(), 4).kind).toBe('refused');
    expect(ended(new DOMException('stop', 'AbortError'), 4)).toEqual({ kind: 'stopped', ms: 4 });
  });
});

describe('earlier inputs', () => {
  let kept: Map<string, string>;
  let storage: Storage;
  beforeEach(() => {
    kept = new Map();
    storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
      clear: () => kept.clear(),
      key: () => null,
      length: 0,
    };
  });

  test('the last ten, the same one once, each function by itself', () => {
    for (let n = 0; n < 12; n++) addInput(storage, 'add', { at: 't', text: `{"x":${n}}` });
    expect(addInput(storage, 'add', { at: 't', text: '{"x":9}' })).toHaveLength(10);
    expect(readInputs(storage, 'add')[0]?.text).toBe('{"x":9}');
    expect(readInputs(storage, 'add').filter(({ text }) => text === '{"x":9}')).toHaveLength(1);
    expect(readInputs(storage, 'other')).toEqual([]);
  });

  test('a storage that is full, or holds something else, is no fault', () => {
    kept.set('tb.inputs.add', '{"odd":true}');
    expect(readInputs(storage, 'add')).toEqual([]);
    kept.set('tb.inputs.add', 'no json');
    expect(readInputs(storage, 'add')).toEqual([]);
    const full = {
      ...storage,
      setItem: () => {
        throw new Error('full');
      },
    };
    expect(addInput(full, 'add', { at: 't', text: '1' })).toHaveLength(1);
    expect(addInput(storage, 'add', { at: 't', text: 'x'.repeat(100_001) })).toEqual([]);
  });
});

describe('words', () => {
  test('the place of a fault', () => {
    const fault: LoadError = {
      file: 'f/a.ts',
      line: 2,
      column: 5,
      message: '',
      loaded_version: null,
    };
    expect(placeOf(fault)).toBe('f/a.ts:2:5');
    expect(placeOf({ ...fault, column: null })).toBe('f/a.ts:2');
    expect(placeOf({ ...fault, line: null })).toBe('f/a.ts');
  });

  test('limit and filter', () => {
    expect(limitWords({ timeout_seconds: 5 })).toBe('5 s at most');
    expect(limitWords({ timeout_seconds: null })).toBe('time limit of the server');
    const item: AdminFunction = {
      name: 'send_receipt',
      description: null,
      auth: 'auth',
      tags: ['mail'],
      timeout_seconds: null,
      input_schema: null,
      output_schema: null,
      raw_body: false,
      module: 'send_receipt',
      file_path: 'functions/send_receipt.ts',
      last_loaded_at: '2026-01-01T00:00:00.000Z',
      is_current: true,
    };
    expect(matches(item, ' MAIL ')).toBe(true);
    expect(matches(item, 'nope')).toBe(false);
  });
});

describe('the list with figures', () => {
  const item = (name: string) => ({ name, file_path: `functions/${name}.ts` }) as AdminFunction;
  const figures = (function_name: string, calls: number, p95_ms: number | null) => ({
    function_name,
    is_loaded: true,
    calls,
    failures: 0,
    failure_rate: null,
    p50_ms: null,
    p95_ms,
    last_called_at: null,
  });
  const rows = toRows(['a', 'b', 'c'].map(item), {
    range: '24h',
    started_after: '2026-11-21T00:00:00.000Z',
    items: [figures('b', 5, 900), figures('c', 5, 20), figures('gone', 9, 1)],
  });
  const order = (key: string, isDown: boolean) =>
    sortFunctions(rows, [{ key, isDown }])
      .map(({ name }) => name)
      .join('');

  test('one that was never called counts 0, one that is gone is left out', () => {
    expect(rows.map(({ name, calls }) => `${name}${calls}`)).toEqual(['a0', 'b5', 'c5']);
  });

  test('what has no figure stands last, whichever way it is sorted; equals go by name', () => {
    expect(order('p95_ms', true)).toBe('bca');
    expect(order('p95_ms', false)).toBe('cba');
    expect(order('calls', true)).toBe('bca');
    expect(order('name', true)).toBe('cba');
  });
});

describe('where it was thrown', () => {
  test('is the innermost place of own code', () => {
    const stack = `TypeError: no at all (x.ts:1:1)
    at parse (functions/node_modules/lib/index.js:3:1)
    at total (functions/lib/pay.ts:12:9)
    at functions/pay.ts:4:20`;
    expect(placeIn(stack)).toEqual({ file: 'functions/lib/pay.ts', line: 12 });
    expect(placeIn('Error: nothing else')).toBeUndefined();
    expect(placeIn('Error\n    at async <anonymous> (functions/a b.ts:7:1)')).toEqual({
      file: 'functions/a b.ts',
      line: 7,
    });
  });

  test('leads to the source of the function in that file, when one is', () => {
    const items = [{ name: 'pay', file_path: 'functions/pay.ts' }];
    expect(sourceHref(items, { file: 'functions/pay.ts', line: 4 })).toBe(
      '#/functions/pay/source?line=4',
    );
    expect(sourceHref(items, { file: 'functions/pay.ts', line: null })).toBe(
      '#/functions/pay/source',
    );
    expect(sourceHref(items, { file: 'functions/lib.ts', line: 4 })).toBeUndefined();
  });

  test('a path of a deployment is told without its folder', () => {
    const folder = 'deployments/0193f2c4-7d52-7d10-8b0e-5f6f2a9c6c70';
    expect(shortPath(`${folder}/functions/pay.ts`)).toBe('functions/pay.ts');
    expect(shortPath('functions/pay.ts')).toBe('functions/pay.ts');
  });
});

test('what a deployment changed, in words', () => {
  const none = { added: [], changed: [], removed: [] };
  const words = (functions: object, files: object) =>
    changeWords({
      id: 'a',
      compared_with: 'b',
      functions: { ...none, ...functions },
      files: { ...none, ...files },
    });
  expect(words({ added: ['a', 'b'], removed: ['c'] }, {})).toBe('2 added, 1 removed');
  expect(words({}, { changed: ['x'] })).toBe('1 changed, of other files');
  expect(words({}, {})).toBe('the same again');
  expect(countWords(none)).toBe('none');
  const names = Array.from({ length: 10 }, (_, index) => String(index));
  expect(namesOf(names)).toEqual({ shown: names.slice(0, 8), more: 2 });
  expect(namesOf(names.slice(0, 9))).toEqual({ shown: names.slice(0, 9), more: 0 });
});
