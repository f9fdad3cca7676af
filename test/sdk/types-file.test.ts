import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { renderSdkTypes } from '../../scripts/docs/sdk-types.ts';
import { inRoot } from '../../scripts/support/paths.ts';
import { findTypeFaults, type TypeCheckOptions } from '../support/type-check.ts';

const template = readFileSync(inRoot('functions-template', 'tinybase.d.ts'), 'utf8');

test('tinybase.d.ts says what src/sdk says now', async () => {
  expect(template).toBe(await renderSdkTypes());
}, 600_000);

test('it is whole: an editor without any package finds nothing to complain about', () => {
  expect(findTypeFaults({ 'tinybase.d.ts': template })).toEqual([]);
  expect(/^import |import\(|@sinclair/m.test(template)).toBe(false);
});

test('process.env is known without a package, and still with @types/bun', () => {
  const use = {
    'tinybase.d.ts': template,
    'use.ts': "export const secret: string = process.env['SECRET'] ?? '';\n",
  };
  expect(findTypeFaults(use)).toEqual([]);
  const types = inRoot('node_modules/@types/bun/index.d.ts');
  const withBun = { ...use, 'bun.d.ts': `/// <reference path=${JSON.stringify(types)} />\n` };
  expect(findTypeFaults(withBun, { skipLibCheck: true })).toEqual([]);
  // Not by silence: declared in another way it would be a fault.
  const other = { ...withBun, 'other.ts': 'export const pid: number = process.pid;\n' };
  expect(findTypeFaults(other, { skipLibCheck: true })).toEqual([]);
});

interface Faults {
  /** With the types that we hand out. */
  readonly shown: string[];
  /** With the SDK itself and TypeBox. */
  readonly real: string[];
}

/** What is wrong with these files, by the types that we hand out and by the true ones. */
function check(files: Readonly<Record<string, string>>): Faults {
  const texts = Object.fromEntries(
    Object.entries(files).map(([name, code]) => [name, `${HEAD}${code}`]),
  );
  const real: TypeCheckOptions = {
    paths: {
      tinybase: [inRoot('src/sdk/tinybase.ts')],
      '@sinclair/typebox': [inRoot('node_modules/@sinclair/typebox')],
    },
    skipLibCheck: true,
  };
  return {
    shown: findTypeFaults({ 'tinybase.d.ts': template, ...texts }),
    // Bun's own types are not there for the SDK, which runs in Bun.
    real: findTypeFaults(texts, real).filter((fault) => !fault.includes('src/sdk/')),
  };
}

const filesOf = (faults: readonly string[]) =>
  [...new Set(faults.map((fault) => fault.replace(/:.*/s, '')))].sort();

const HEAD = `
import { register, t, FunctionError, TinyBaseError, type Static, type Context, type TSchema } from 'tinybase';
export type { Context, TSchema };
export { register, t, FunctionError, TinyBaseError };
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<T extends true>(_proof?: T): void {}
`;

describe('the everyday part of TypeBox has the types of TypeBox', () => {
  const table: readonly (readonly [schema: string, type: string])[] = [
    ['t.String({ minLength: 1, format: "email", description: "x" })', 'string'],
    ['t.Integer({ minimum: 0, default: 3 })', 'number'],
    ['t.Number({ exclusiveMaximum: 1, multipleOf: 0.1 })', 'number'],
    ['t.Boolean()', 'boolean'],
    ['t.Null()', 'null'],
    ['t.Unknown()', 'unknown'],
    ['t.Any()', 'any'],
    ["t.Literal('a')", "'a'"],
    ['t.Literal(3)', '3'],
    ["t.Union([t.Literal('a'), t.Literal('b'), t.Null()])", "'a' | 'b' | null"],
    ['t.Array(t.Union([t.String(), t.Number()]), { maxItems: 3 })', '(string | number)[]'],
    ['t.Tuple([t.String(), t.Number()])', '[string, number]'],
    ['t.Object({})', '{}'],
    [
      't.Object({ a: t.String(), b: t.Optional(t.Array(t.Integer())), c: t.Object({ d: t.Null() }) }, { additionalProperties: false })',
      '{ a: string; b?: number[]; c: { d: null } }',
    ],
    ['t.Record(t.String(), t.Number())', 'Record<string, number>'],
    ["t.Enum({ red: 'r', blue: 'b' } as const)", "'r' | 'b'"],
    ['t.Unsafe<{ point: [number, number] }>({ type: "object" })', '{ point: [number, number] }'],
    ['t.Partial(t.Object({ a: t.String(), b: t.Number() }))', '{ a?: string; b?: number }'],
    ["t.Pick(t.Object({ a: t.String(), b: t.Number() }), ['a'])", '{ a: string }'],
    ["t.Omit(t.Object({ a: t.String(), b: t.Optional(t.Number()) }), ['a'])", '{ b?: number }'],
    [
      't.Intersect([t.Object({ a: t.String() }), t.Object({ b: t.Number() })])',
      '{ a: string } & { b: number }',
    ],
  ];
  const code = table.map(
    ([schema, type], index) => `
const s${index} = ${schema};
same<Same<Static<typeof s${index}>, ${type}>>();
register({ input: s${index}, output: s${index} }, (_ctx, payload) => { same<Same<typeof payload, ${type}>>(); return payload; });
const any${index}: TSchema = s${index};
console.log(any${index});`,
  );

  test('every builder', () => {
    expect(check({ 'use.ts': code.join('\n') })).toEqual({ shown: [], real: [] });
  });

  test('what is wrong is wrong with both', () => {
    const bad = [
      't.String({ minLength: "1" });',
      't.Object({ a: 1 });',
      't.Array(String);',
      't.Strings();',
      "t.Pick(t.Object({ a: t.String() }), ['b']);",
      "register({ output: t.Object({ n: t.Integer() }) }, () => ({ n: 'many' }));",
      "register({ auth: 'nobody' }, () => 1);",
      'register({ input: t.Object({ x: t.Integer() }) }, (_ctx, payload) => payload.y);',
      "register({}, async (ctx) => ctx.db.collection('a').list({ limit: '1' }));",
      'register({}, (ctx) => ctx.nothing);',
      'new FunctionError("404", "gone");',
      "register({ nmae: 'x' }, () => 1);",
    ];
    const files = Object.fromEntries(bad.map((line, index) => [`bad${index}.ts`, line]));
    const { shown, real } = check(files);
    expect(filesOf(shown)).toEqual(Object.keys(files).sort());
    expect(filesOf(real)).toEqual(Object.keys(files).sort());
  });
});

describe('an instance fills Collections and Functions', () => {
  const instance = `
declare module 'tinybase' {
  export type Posts = { title: string; stars?: number; author?: string };
  export interface Collections {
    posts: {
      record: Posts;
      create: { title: string; stars?: number | null };
      update: { title?: string; stars?: number | null };
      expanded: { author?: RecordItem<{ name: string }> | null };
    };
  }
  export interface Functions {
    add_numbers: { input: { x: number; y: number }; output: { sum: number } };
    ping: { input: unknown; output: string };
  }
}
`;
  const files = { 'tinybase.d.ts': template + instance };
  const inHandler = (code: string) =>
    `${HEAD}register({}, async (ctx) => {\n${code}\n});\nexport const used = same;\nexport type Used = Static<TSchema>;`;

  test('and ctx.db and ctx.functions know them', () => {
    const code = `
  const posts = ctx.db.collection('posts');
  const { items } = await posts.list({ filter: "title ~ 'a'", expand: ['author'] });
  const title: string | undefined = items[0]?.data.title;
  const name: string | undefined = items[0]?.expanded?.author?.data.name;
  const narrow = await posts.list({ fields: ['title'] });
  same<Same<keyof (typeof narrow.items)[number]['data'], 'title'>>();
  await posts.create({ title: 'a' });
  await posts.update('id', { stars: null });
  await ctx.db.as_caller().collection('posts').get('id', { fields: ['stars'] });
  const { sum } = await ctx.functions.call('add_numbers', { x: 1, y: 2 });
  const pong: string = await ctx.functions.call('ping');
  same<Same<typeof sum, number>>();
  // Names that are only known at run time.
  const word: string = title ?? 'b';
  const loose = await ctx.db.collection(word).list({ fields: ['what'] });
  same<Same<(typeof loose.items)[number]['data']['what'], unknown>>();
  const mine = await ctx.db.collection<{ a: number }>('other').get('id');
  same<Same<NonNullable<typeof mine>['data'], { a: number }>>();
  const result = await ctx.functions.call<{ n: number }>(word, 1);
  return [name, pong, result.n];`;
    expect(findTypeFaults({ ...files, 'use.ts': inHandler(code) })).toEqual([]);
  });

  const bad: readonly string[] = [
    "await ctx.db.collection('posts').create({ titel: 'a' });",
    "await ctx.db.collection('posts').create({});",
    "await ctx.db.collection('posts').update('id', { title: null });",
    "await ctx.db.collection('posts').list({ fields: ['titel'] });",
    "await ctx.db.collection('posts').list({ expand: ['title'] });",
    "(await ctx.db.collection('posts').list({ fields: ['title'] })).items[0]?.data.stars;",
    "await ctx.functions.call('add_numbers', { x: 1 });",
    "await ctx.functions.call('add_numbers');",
    "(await ctx.functions.call('add_numbers', { x: 1, y: 2 })).product;",
  ];
  test('and mistakes show', () => {
    const uses = bad.map((line, index) => [`bad${index}.ts`, inHandler(line)]);
    const faults = findTypeFaults({ ...files, ...Object.fromEntries(uses) });
    expect(filesOf(faults)).toEqual(uses.map(([name]) => name ?? '').sort());
  });
});
