import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { inRoot } from '../../scripts/support/paths.ts';
import { readBlocks } from '../support/markdown-blocks.ts';
import { findTypeFaults } from '../support/type-check.ts';

const template = readFileSync(inRoot('functions-template', 'tinybase.d.ts'), 'utf8');
const instance = `
declare module 'tinybase' {
  export interface Collections {
    posts: { record: { title: string; stars?: number }; create: { title: string }; update: {}; expanded: {} };
  }
}
`;
const files = { 'tinybase.d.ts': template + instance };

test('an editor knows the hooks, their events and their context', () => {
  const use = `
import { before_record_create, before_record_update, HookError, on_function_complete, on_record_delete, on_record_update, on_startup, on_user_login } from 'tinybase/extensions';

on_startup(async ({ name, version }, ctx) => {
  ctx.log.info(name, version, ctx.settings['url']);
  await ctx.functions.call('tidy', { all: true });
});
on_user_login(({ email, is_admin }) => [email, is_admin]);
on_record_update({ collection: 'posts' }, async (event, ctx) => {
  const title: string = event.old?.title ?? event.data.title;
  await ctx.db.collection('posts').create({ title });
});
on_record_delete((event) => event.data['anything']);
on_record_delete<{ sum: number }>({ collection: 'bills' }, ({ data }) => data.sum + 1);
on_function_complete({ name: 'tidy' }, ({ status, duration_ms }) => [status, duration_ms]);
before_record_create({ collection: 'posts' }, (event) => {
  if (event.data.title === '') throw new HookError(409, 'No title');
  event.data.title = event.data.title.trim();
});
before_record_update({ collection: 'posts' }, async ({ data }) => ({ ...data, stars: 1 }));
`;
  expect(findTypeFaults({ ...files, 'use.ts': use })).toEqual([]);
});

test('and what is wrong is wrong', () => {
  const bad = [
    "on_record_create({ name: 'posts' }, () => {});",
    "on_record_create({ collection: 'posts' }, (event) => event.data.titel);",
    "on_startup({ name: 'x' }, () => {});",
    "before_record_create({ collection: 'posts' }, () => 'text');",
    "before_record_create({ collection: 'posts' }, (event) => { event.data.title = 1; });",
    "new HookError('409', 'No');",
    'on_record_create((event) => { event.data = {}; });',
    'on_user_login((_event, ctx) => ctx.call_id);',
  ];
  const head =
    "import { before_record_create, HookError, on_record_create, on_startup, on_user_login } from 'tinybase/extensions';\nexport { before_record_create, HookError, on_record_create, on_startup, on_user_login };\n";
  const uses = bad.map((line, index) => [`bad${index}.ts`, `${head}${line}`] as const);
  const faults = findTypeFaults({ ...files, ...Object.fromEntries(uses) });
  const named = new Set(faults.map((fault) => fault.replace(/:.*/s, '')));
  expect([...named].sort()).toEqual(uses.map(([name]) => name).sort());
});

test('the examples of the guide have no fault of types', () => {
  const page = readFileSync(inRoot('docs', 'guide', 'writing-extensions.md'), 'utf8');
  // In one folder, as the check knows no others; the line that names the types is an editor's.
  const flat = (path: string) => path.replaceAll('/', '_');
  const shown = readBlocks(page).flatMap((block) => {
    if (block.kind !== 'file' || !/^extensions\/.*\.ts$/.test(block.name)) return [];
    const folder = flat(block.name.slice(0, block.name.lastIndexOf('/') + 1));
    const text = block.text
      .replace(/^\/\/\/.*/, '')
      .replaceAll("import './", `import './${folder}`);
    return [[flat(block.name), text] as const];
  });
  expect(shown.length).toBeGreaterThan(3);
  expect(findTypeFaults({ 'tinybase.d.ts': template, ...Object.fromEntries(shown) })).toEqual([]);
});
