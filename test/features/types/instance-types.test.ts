import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Fault } from '../../../src/core/errors.ts';
import { compileSchema } from '../../../src/features/collections/compile.ts';
import { parseSchema } from '../../../src/features/collections/definition.ts';
import type { NamedField } from '../../../src/features/collections/schema.ts';
import type { LiveCollection } from '../../../src/features/collections/service.ts';
import type { FunctionInfo } from '../../../src/features/functions/schema.ts';
import { createTypesService } from '../../../src/features/types/service.ts';
import { arbitraryRecord, arbitrarySchema, RANDOM_NOW } from '../../support/random-schema.ts';
import { findTypeFaults } from '../../support/type-check.ts';

const clock = { now: () => RANDOM_NOW };

function live(name: string, fields: readonly NamedField[], label = name): LiveCollection {
  return {
    collection: {
      id: '0190f000-0000-7000-8000-000000000000',
      name,
      label,
      schema: { fields },
      options: {
        access: { list: 'auth', read: 'auth', create: 'auth', update: 'auth', delete: 'auth' },
      },
      created_at: '2030-01-01T00:00:00.000Z',
      updated_at: '2030-01-01T00:00:00.000Z',
    },
    compiled: compileSchema(fields, clock),
  };
}

function fieldsOf(definitions: readonly object[]): readonly NamedField[] {
  const faults: Fault[] = [];
  const { schema } = parseSchema({ fields: definitions }, ['body'], faults, {
    clock,
    hasCollection: () => true,
  });
  expect(faults).toEqual([]);
  return schema.fields;
}

const info = (name: string, input: object | null, output: object | null): FunctionInfo => ({
  name,
  description: `What ${name} does`,
  auth: 'auth',
  tags: [],
  timeout_seconds: null,
  input_schema: input as FunctionInfo['input_schema'],
  output_schema: output as FunctionInfo['output_schema'],
  raw_body: false,
});

const make = (collections: readonly LiveCollection[], functions: readonly FunctionInfo[] = []) =>
  createTypesService({ instance: () => ({ collections, functions }), version: () => 1 });

const EVERY_TYPE = fieldsOf([
  { name: 'title', type: 'string', required: true, description: 'What it is called */' },
  { name: 'state', type: 'string', enum: ['draft', "it's"], required: true, default: 'draft' },
  { name: 'stars', type: 'integer', enum: [1, 2, 3] },
  { name: 'price', type: 'float', nullable: false },
  { name: 'is_open', type: 'boolean', required: true },
  { name: 'day', type: 'date' },
  { name: 'at', type: 'datetime', required: true, default: 'now' },
  { name: 'mail', type: 'email' },
  { name: 'home', type: 'url' },
  { name: 'code', type: 'uuid' },
  { name: 'tags', type: 'list[string]', required: true },
  { name: 'scores', type: 'list', items: { type: 'integer', nullable: true } },
  { name: 'place', type: 'dict', properties: [{ name: 'city', type: 'string', required: true }] },
  {
    name: 'open_place',
    type: 'dict',
    additional: true,
    properties: [{ name: 'city', type: 'string', required: true }],
  },
  { name: 'anything', type: 'dict' },
  { name: 'extra', type: 'json' },
  { name: 'author', type: 'reference', collection: 'authors' },
  { name: 'keeper', type: 'reference', collection: 'users' },
  { name: 'secret', type: 'string', required: true, read: 'admin' },
]);

describe('the types of a collection', () => {
  const service = make([live('posts', EVERY_TYPE, 'Posts'), live('authors', fieldsOf([]))]);

  test('say of every type of field what is read, created and changed', async () => {
    const text = await service.forClients();
    const from = text.indexOf('export type Posts =');
    const declared = text.slice(from, text.indexOf('/** The data of a record of authors'));
    expect(declared).toMatchInlineSnapshot(`
      "export type Posts = {
        /** What it is called *\\/ */
        title: string;
        /** @default "draft" */
        state: "draft" | "it's";
        stars?: 1 | 2 | 3;
        price?: number;
        is_open: boolean;
        day?: string;
        /** The time of creation where it is left out. */
        at: string;
        mail?: string;
        home?: string;
        code?: string;
        tags: string[];
        scores?: (number | null)[];
        place?: {
          city: string;
        };
        open_place?: {
          city: string;
          [key: string]: unknown;
        };
        anything?: { [key: string]: unknown };
        extra?: string | number | boolean | unknown[] | { [key: string]: unknown };
        author?: string;
        keeper?: string;
        /** Who may read it: admin. */
        secret?: string;
      };

      /** The data of a new record of Posts. */
      export type PostsCreate = {
        /** What it is called *\\/ */
        title: string;
        /** @default "draft" */
        state?: "draft" | "it's";
        stars?: 1 | 2 | 3 | null;
        price?: number;
        is_open: boolean;
        day?: string | null;
        /** The time of creation where it is left out. */
        at?: string;
        mail?: string | null;
        home?: string | null;
        code?: string | null;
        tags: string[];
        scores?: (number | null)[] | null;
        place?: {
          city: string;
        } | null;
        open_place?: {
          city: string;
          [key: string]: unknown;
        } | null;
        anything?: { [key: string]: unknown } | null;
        extra?: string | number | boolean | unknown[] | { [key: string]: unknown } | null;
        author?: string | null;
        keeper?: string | null;
        /** Who may read it: admin. */
        secret: string;
      };

      /** A change of a record of Posts. */
      export type PostsUpdate = {
        /** What it is called *\\/ */
        title?: string;
        /** @default "draft" */
        state?: "draft" | "it's";
        stars?: 1 | 2 | 3 | null;
        price?: number;
        is_open?: boolean;
        day?: string | null;
        /** The time of creation where it is left out. */
        at?: string;
        mail?: string | null;
        home?: string | null;
        code?: string | null;
        tags?: string[];
        scores?: (number | null)[] | null;
        place?: {
          city: string;
        } | null;
        open_place?: {
          city: string;
          [key: string]: unknown;
        } | null;
        anything?: { [key: string]: unknown } | null;
        extra?: string | number | boolean | unknown[] | { [key: string]: unknown } | null;
        author?: string | null;
        keeper?: string | null;
        /** Who may read it: admin. */
        secret?: string;
      };

      /** What the references of a record of Posts lead to. */
      export type PostsExpanded = {
        author?: RecordItem<Authors> | null;
        keeper?: User | null;
      };

      "
    `);
  });

  test('hold in the editor: good uses compile, and each bad one is a fault', async () => {
    const good = `
      import type { Posts, PostsCreate, PostsUpdate, PostsExpanded } from './api.ts';
      const least: PostsCreate = { title: 'a', is_open: true, tags: [], secret: 's' };
      const all: PostsCreate = { ...least, state: "it's", stars: 3, price: 1, scores: [1, null],
        place: { city: 'x' }, open_place: { city: 'x', more: 1 }, anything: { a: [] }, extra: 7,
        author: null, day: null };
      const change: PostsUpdate = { stars: null, title: 'b' };
      const read = (post: Posts): string => post.title + post.state + post.at + (post.secret ?? '');
      const who = (e: PostsExpanded): boolean | undefined => e.keeper?.is_admin ?? Boolean(e.author?.id);
      console.log(all, change, read, who);`;
    expect(findTypeFaults({ 'api.ts': await service.forClients(), 'good.ts': good })).toEqual([]);
    const bad = [
      "const a: PostsCreate = { title: 'a', is_open: true, tags: [] };",
      'const a: PostsUpdate = { title: null };',
      'const a: PostsUpdate = { price: null };',
      "const a: PostsUpdate = { state: 'none' };",
      'const a: PostsUpdate = { stars: 4 };',
      'const a: PostsUpdate = { scores: ["1"] };',
      "const a: PostsUpdate = { place: { city: 'x', more: 1 } };",
      'const a: PostsUpdate = { titel: "b" };',
      'const a = (post: Posts): string => post.secret;',
      'const a = (post: Posts): number => post.stars;',
      'const a = (post: Posts): null => post.title;',
    ];
    const files = bad.map((line, index) => [
      `bad${index}.ts`,
      `import type { Posts, PostsCreate, PostsUpdate } from './api.ts';\n${line}\nexport { a, type Posts, type PostsCreate, type PostsUpdate };`,
    ]);
    const faults = findTypeFaults({
      'api.ts': await service.forClients(),
      ...Object.fromEntries(files),
    });
    const places = new Set(faults.map((fault) => fault.split(' ')[0]));
    expect([...places].sort()).toEqual(files.map(([name]) => `${name}:2`).sort());
  });
});

test('a collection may have the name of something that the file uses itself', async () => {
  const names = ['record', 'promise', 'error', 'record_item', 'collections', 'functions', 'client'];
  const more = [
    'user',
    'partial',
    'headers',
    'posts',
    'posts_create',
    'response',
    'tiny_base_error',
  ];
  const service = make(
    [...names, ...more].map((name) => live(name, fieldsOf([{ name: 'a', type: 'string' }]))),
    [...names, ...more, 'then', 'add-numbers', 'add_numbers', 'Add_Numbers', '__proto__'].map(
      (name) => info(name, { type: 'object' }, null),
    ),
  );
  expect(findTypeFaults({ 'api.ts': await service.forClients() })).toEqual([]);
  expect(findTypeFaults({ 'tinybase.d.ts': await service.forFunctions() })).toEqual([]);
});

test('a label or a description cannot become code', async () => {
  const evil = '*/ export const owned = 1; /* @ts-nocheck';
  const service = make(
    [live('posts', fieldsOf([{ name: 'a', type: 'string', description: evil }]), evil)],
    [{ ...info('f', { type: 'object', description: evil }, null), description: evil }],
  );
  const use = "import * as api from './api.ts';\nconsole.log(api.owned);";
  expect(findTypeFaults({ 'api.ts': await service.forClients(), 'use.ts': use })).toEqual([
    expect.stringContaining("'owned' does not exist"),
  ]);
  expect(findTypeFaults({ 'tinybase.d.ts': await service.forFunctions() })).toEqual([]);
});

test('an empty instance has a client and types too', async () => {
  const service = make([]);
  expect(findTypeFaults({ 'api.ts': await service.forClients() })).toEqual([]);
  expect(findTypeFaults({ 'tinybase.d.ts': await service.forFunctions() })).toEqual([]);
});

test('the client asks for nothing but the browser, and for no newer language than ES2022', async () => {
  const service = make([live('posts', EVERY_TYPE)], [info('f', { type: 'string' }, null)]);
  const files = { 'api.ts': await service.forClients() };
  expect(findTypeFaults(files, { lib: ['ES2022', 'DOM'] })).toEqual([]);
});

test('whatever the fields, data that the server accepts fits the type of a create, and what it keeps that of a record', async () => {
  const cases = fc.sample(
    arbitrarySchema({ maxFields: 4 })
      // To TypeScript every object has a constructor of its own.
      .filter((fields) => !JSON.stringify(fields).includes('"constructor"'))
      .chain((fields) =>
        fc
          .array(arbitraryRecord(fields), { minLength: 1, maxLength: 4 })
          .map((records) => ({ fields, records })),
      ),
    80,
  );
  const service = make(cases.map(({ fields }, index) => live(`c${index}`, fields)));
  const uses = cases.flatMap(({ fields, records }, index) =>
    records.flatMap((record, n) => {
      const kept = compileSchema(fields, clock).parseNew(record as never, [], []);
      return [
        `export const new_${index}_${n}: api.C${index}Create = ${toCode(record)};`,
        `export const kept_${index}_${n}: api.C${index} = ${toCode(kept)};`,
      ];
    }),
  );
  const faults = findTypeFaults({
    'api.ts': await service.forClients(),
    'uses.ts': `import type * as api from './api.ts';\n${uses.join('\n')}`,
  });
  expect(faults).toEqual([]);
});

/** JSON as an expression: `__proto__` in brackets is a name like any other. */
function toCode(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toCode).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const members = Object.entries(value).map(
    ([key, one]) => `[${JSON.stringify(key)}]: ${toCode(one)}`,
  );
  return `{ ${members.join(', ')} }`;
}
