import { afterAll, beforeAll, expect, test } from 'bun:test';
import {
  client,
  makeTemporaryFolder,
  runBinary,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { canReachRegistry, describeWithRegistry, networkEnv } from '../support/registry.ts';

const PACKAGES = ['zod@4.6.7', 'valibot@1.5.0', '@valibot/to-json-schema@1.8.0', 'arktype@2.2.9'];

/** The same order in three languages: an e-mail, and a count from 1 to 9 that may be left out. */
const FILES = {
  'functions/zod_order.ts': `import { register } from 'tinybase';
import { z } from 'zod';
export default register(
  { auth: 'public', description: 'By Zod', input: z.object({ email: z.email(), count: z.number().int().min(1).max(9).default(2) }), output: z.object({ text: z.string() }) },
  async (_ctx, { email, count }) => ({ text: email.toUpperCase() + ' ' + count.toFixed(0) }),
);
`,
  'functions/valibot_order.ts': `import { register } from 'tinybase';
import * as v from 'valibot';
export default register(
  { auth: 'public', description: 'By Valibot', input: v.object({ email: v.pipe(v.string(), v.email()), count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(9)), 2) }), output: v.object({ text: v.string() }) },
  async (_ctx, { email, count }) => ({ text: email.toUpperCase() + ' ' + count.toFixed(0) }),
);
`,
  'functions/arktype_order.ts': `import { register } from 'tinybase';
import { type } from 'arktype';
export default register(
  { auth: 'public', description: 'By ArkType', input: type({ email: 'string.email', count: '1 <= number.integer <= 9 = 2' }), output: type({ text: 'string' }) },
  async (_ctx, { email, count }) => ({ text: email.toUpperCase() + ' ' + count.toFixed(0) }),
);
`,
};

/** As a project has it: the packages are added by the binary. Without a network nothing can be known. */
const dir = makeTemporaryFolder();
writeFiles(dir, FILES);
const added = await runBinary(['functions', 'add', ...PACKAGES], {
  dir,
  env: networkEnv(),
});
const hasRegistry = await canReachRegistry();

describeWithRegistry('Standard Schema inputs, packages from the registry', hasRegistry, () => {
  let server: ServerProcess | undefined;
  beforeAll(async () => {
    expect(added.code, added.stderr).toBe(0);
    server = await startBinary({ dir });
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });
  const anonymous = () => client(server?.url ?? '');

  for (const [library, name, operation] of [
    ['Zod', 'zod_order', 'ZodOrder'],
    ['Valibot', 'valibot_order', 'ValibotOrder'],
    ['ArkType', 'arktype_order', 'ArktypeOrder'],
  ] as const) {
    test(`${library}: an input that fits is called with its defaults filled in`, async () => {
      const call = (payload: unknown) => anonymous().post(`/api/functions/${name}`, payload);
      expect((await call({ email: 'ann@example.com' })).body.result).toEqual({
        text: 'ANN@EXAMPLE.COM 2',
      });
      expect((await call({ email: 'ann@example.com', count: 9 })).body.result).toEqual({
        text: 'ANN@EXAMPLE.COM 9',
      });
    });

    test(`${library}: one that does not is 422 with the place of every fault`, async () => {
      for (const [payload, places] of [
        [
          { email: 'nobody', count: 10 },
          [
            ['body', 'email'],
            ['body', 'count'],
          ],
        ],
        [
          { count: 1.5 },
          [
            ['body', 'email'],
            ['body', 'count'],
          ],
        ],
        [{ email: 'ann@example.com', count: 'two' }, [['body', 'count']]],
      ] as const) {
        const { status, body } = await anonymous().post(`/api/functions/${name}`, payload);
        expect(status).toBe(422);
        expect(body.code).toBe('invalid_input');
        const found = new Set(body.detail.map(({ loc }: { loc: unknown }) => JSON.stringify(loc)));
        expect([...found].sort()).toEqual(places.map((place) => JSON.stringify(place)).sort());
        for (const { msg } of body.detail) expect(msg).toMatch(/\w/);
      }
    });

    test(`${library}: it is shown in /openapi.json and in the list of functions`, async () => {
      const { body } = await anonymous().get('/openapi.json');
      const { post } = body.paths[`/api/functions/${name}`];
      expect(post.summary).toBe(`By ${library}`);
      const read = (schema: { $ref: string }) =>
        body.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
      expect(post.requestBody.content['application/json'].schema.$ref).toEndWith(
        `${operation}Input`,
      );
      const input = read(post.requestBody.content['application/json'].schema);
      expect(input.type).toBe('object');
      expect(Object.keys(input.properties)).toEqual(['email', 'count']);
      expect(input.required).toEqual(['email']);
      expect(input.properties.count).toMatchObject({ type: 'integer', minimum: 1, maximum: 9 });
      const output = read(post.responses[200].content['application/json'].schema.properties.result);
      expect(output.properties).toEqual({ text: { type: 'string' } });
      const listed = (await anonymous().get(`/api/functions/${name}/schema`)).body;
      expect(listed.input_schema.properties).toHaveProperty('count');
    });
  }
});
