import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SYSTEM } from '../../../src/core/actor.ts';
import { AppError } from '../../../src/core/errors.ts';
import { canReachRegistry, describeWithRegistry } from '../../support/registry.ts';
import { createFolder, createFunctionApp, type FunctionApp } from './function-app.ts';

setDefaultTimeout(600_000);

const PACKAGES = ['zod@4.6.7', 'valibot@1.5.0', 'arktype@2.2.9', '@valibot/to-json-schema@1.8.0'];
const FILES = {
  'with_zod.ts': `import { z } from 'zod';
    const Node = z.object({ name: z.string(), get children() { return z.array(Node).optional(); } });
    register({
      name: 'zod_order',
      input: z.object({ email: z.email(), count: z.coerce.number().int().default(1), size: z.string().transform((s) => s.length), when: z.date().optional() }),
      output: z.object({ size: z.number(), count: z.string().transform(Number) }),
    }, (_ctx, { size, count }) => ({ size, count: String(count) }));
    register({ name: 'zod_tree', input: Node }, (_ctx, node) => node.name);
    register({ name: 'zod_taken', input: z.object({ name: z.string().refine(async (name) => { await Bun.sleep(1); return name !== 'taken'; }, 'is taken') }) }, () => 'free');
    register({ name: 'zod_wrong', output: z.object({ n: z.number() }) }, () => ({ n: 'many' }));`,
  'with_valibot.ts': `import * as v from 'valibot';
    register({
      name: 'valibot_order',
      input: v.object({ size: v.pipe(v.string(), v.transform((s) => s.length)), tags: v.tuple([v.string(), v.number()]), list: v.optional(v.array(v.object({ n: v.number() }))) }),
      output: v.object({ size: v.pipe(v.number(), v.transform((n) => n * 2)), next: v.pipe(v.string(), v.transform(Number)) }),
    }, (_ctx, { size }) => ({ size, next: '7' }));
    const Node = v.object({ name: v.string(), children: v.array(v.lazy(() => Node)) });
    register({ name: 'valibot_tree', input: Node }, (_ctx, node) => node.name);`,
  'with_arktype.ts': `import { type } from 'arktype';
    register({ name: 'arktype_order', input: type({ name: 'string', 'age?': 'number.integer >= 0', when: 'string.date.parse' }) },
      (_ctx, { name, when }) => [name, when instanceof Date]);
    const Tree = type({ name: 'string', 'children?': 'this[]' });
    register({ name: 'arktype_tree', input: Tree }, (_ctx, node) => node.name);`,
};

/** Installed by the ordinary client, into a folder as a project has it. */
const folder = createFolder();
const functionsPath = join(folder.root, 'functions');
mkdirSync(functionsPath, { recursive: true });
writeFileSync(join(functionsPath, 'package.json'), '{}');
const installing = Bun.spawn([process.execPath, 'add', '--exact', ...PACKAGES], {
  cwd: functionsPath,
  env: { ...process.env, BUN_BE_BUN: '1' },
  stdio: ['ignore', 'ignore', 'pipe'],
  timeout: 45_000,
});
const hasRegistry = await canReachRegistry();
const installExit = await installing.exited;
if (hasRegistry) expect(installExit).toBe(0);

afterAll(() => folder.dispose());

describeWithRegistry('Standard Schemas of the real packages', hasRegistry, () => {
  let app: FunctionApp;
  beforeAll(async () => {
    for (const [name, body] of Object.entries(FILES)) folder.write(name, body);
    app = createFunctionApp(folder);
    await app.service.start();
  });
  afterAll(() => app.stop());

  const faultsOf = async (name: string, payload: unknown) => {
    const error = await app.call(name, payload).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(AppError);
    const faults = (error as AppError).faults ?? [];
    return faults.map(({ loc, msg }) => [loc.join('.'), msg]);
  };
  const schemasOf = (name: string) => {
    const { input_schema, output_schema } = app.service.schema(SYSTEM, name);
    return { input: input_schema, output: output_schema };
  };

  test('all files load', () => expect(app.service.loadErrors()).toEqual([]));

  test('Zod checks, fills defaults and transforms, on the way in and out', async () => {
    const input = { email: 'a@example.com', size: 'four' };
    expect(await app.result('zod_order', input)).toEqual({ size: 4, count: 1 });
    expect(await faultsOf('zod_order', { email: 'nobody', size: 4, count: 1.5 })).toEqual([
      ['body.email', expect.stringContaining('email')],
      ['body.count', expect.stringContaining('int')],
      ['body.size', expect.stringContaining('string')],
    ]);
  });

  test('checks may be asynchronous', async () => {
    expect(await app.result('zod_taken', { name: 'new' })).toBe('free');
    expect(await faultsOf('zod_taken', { name: 'taken' })).toEqual([['body.name', 'is taken']]);
  });

  test('a result that does not fit fails and says where', async () => {
    expect(await app.call('zod_wrong')).toMatchObject({
      errorType: 'OutputValidationError',
      error: expect.stringContaining('result.n'),
    });
  });

  test('Valibot checks and transforms, and its paths are those of the API', async () => {
    const input = { size: 'four', tags: ['a', 1] };
    expect(await app.result('valibot_order', input)).toEqual({ size: 8, next: 7 });
    const bad = { size: 1, tags: ['a', 'b'], list: [{ n: 1 }, { n: 'x' }] };
    expect((await faultsOf('valibot_order', bad)).map(([loc]) => loc)).toEqual([
      'body.size',
      'body.tags.1',
      'body.list.1.n',
    ]);
  });

  test('ArkType checks and morphs', async () => {
    const input = { name: 'ann', when: '2030-01-31' };
    expect(await app.result('arktype_order', input)).toEqual(['ann', true]);
    expect((await faultsOf('arktype_order', { age: -1, when: 'x' })).map(([loc]) => loc)).toEqual(
      expect.arrayContaining(['body.name', 'body.age', 'body.when']),
    );
  });

  test('the input is described as it is sent, the output as it is answered', () => {
    expect(schemasOf('zod_order')).toMatchObject({
      input: {
        properties: { email: { type: 'string', format: 'email' }, size: { type: 'string' } },
        required: ['email', 'size'],
      },
      // What a transform makes, nobody knows; the rest is shown.
      output: { properties: { size: { type: 'number' }, count: {} } },
    });
    expect(schemasOf('valibot_order')).toMatchObject({
      input: { properties: { size: { type: 'string' } }, required: ['size', 'tags'] },
      output: { properties: { size: {}, next: {} } },
    });
    expect(JSON.stringify(schemasOf('valibot_order').output)).not.toContain('"string"');
    expect(schemasOf('arktype_order')).toMatchObject({
      input: {
        properties: { age: { type: 'integer', minimum: 0 }, when: { type: 'string' } },
        required: ['name', 'when'],
      },
    });
  });

  test('a document of OpenAPI refers to nothing that it does not hold', () => {
    const { schemas, paths } = app.service.openApi(SYSTEM, ['Posts']);
    const text = JSON.stringify({ schemas, paths });
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target ?? '');
    const fixed = ['CallFailed', 'Error'];
    const known = new Set(
      [...Object.keys(schemas), ...fixed].map((n) => `#/components/schemas/${n}`),
    );
    known.add('#/components/responses/NotFound');
    expect(references.filter((target) => !known.has(target))).toEqual([]);
    expect(references).toContain('#/components/schemas/ZodTreeInput');
    for (const word of ['$schema', '$defs', '$id', 'definitions'])
      expect(text).not.toContain(`"${word}"`);
  });

  test('recursive types validate below the first level too', async () => {
    for (const name of ['zod_tree', 'valibot_tree', 'arktype_tree']) {
      const good = { name: 'a', children: [{ name: 'b', children: [] }] };
      expect(await app.result(name, good)).toBe('a');
      const bad = { name: 'a', children: [{ name: 1, children: [] }] };
      expect((await faultsOf(name, bad))[0]?.[0]).toBe('body.children.0.name');
    }
  });
});

test('Valibot without its package for JSON Schema still validates, and is described as anything', async () => {
  const own = createFolder({
    'a.ts': `const schema = { '~standard': { version: 1, vendor: 'valibot',
      validate: (value) => value === 1 ? { value } : { issues: [{ message: 'must be 1' }] } } };
      register({ input: schema }, (_ctx, n) => n);`,
  });
  const app = createFunctionApp(own);
  await app.service.start();
  expect(await app.result('a', 1)).toBe(1);
  expect(app.call('a', 2)).rejects.toMatchObject({ code: 'invalid_input' });
  expect(app.service.schema(SYSTEM, 'a').input_schema).toEqual({});
  await app.stop();
  own.dispose();
});
