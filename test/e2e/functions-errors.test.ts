import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Client } from '../../scripts/support/http-client.ts';
import {
  client,
  createUser,
  makeTemporaryFolder,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { serveForFile, UUID_V7 } from '../support/served.ts';
import { until } from '../support/until.ts';

/** In every message, so that an answer that lets anything through is known by it. */
const INNER = 'hunter2';
const HIDDEN = 'The function failed. An admin finds the reason under this call_id.';

const HELPER = `import { FunctionError } from 'tinybase';

interface Deep { readonly text: string }
// Types and comments take lines that a compiler would leave out.
type Unused = { readonly [K in keyof Deep]: Deep[K] };

export function throwDeep(text: Deep['text']): never {
  const place: Partial<Unused> = {};
  place.text satisfies string | undefined;
  throw new TypeError(text); // deep
}

export const pay = () => new FunctionError(402, 'Pay first', { plan: 'pro' });
`;

const FAILS = `import { FunctionError, HttpAnswer, register, t } from 'tinybase';
import { pay, throwDeep } from './lib/deep.ts';

class StockError extends Error {}

type How = keyof typeof WAYS;

const WAYS = {
  in_a_helper: () => {
    const text: string = throwDeep('${INNER}'); // caller of deep
    return [text];
  },
  after_an_await: async () => {
    await Bun.sleep(1);
    throw new StockError('${INNER}'); // after an await
  },
  with_a_cause: () => {
    const cause = new RangeError('${INNER} within'); // the cause
    throw new Error('${INNER}', { cause });
  },
  a_text: () => { throw '${INNER}'; },
  nothing: () => { throw null; },
  an_object: () => { throw { password: '${INNER}' }; },
  a_function_error: () => { throw pay(); },
  a_wrong_status: () => { throw new FunctionError(200, '${INNER}'); },
  the_database: async (ctx: any) => {
    await ctx.db.collection('${INNER}').list(); // asks the database
  },
  a_called_function: async (ctx: any) => {
    await ctx.functions.call('fails', { how: 'in_a_helper' }); // calls
  },
  a_called_function_error: async (ctx: any) => {
    await ctx.functions.call('fails', { how: 'a_function_error' });
  },
  no_json: () => ({ ${INNER}: 1n }),
  no_http_answer: () => new HttpAnswer(99, {}, '${INNER}'),
  a_promise_of_nobody: async () => {
    Promise.reject(new Error('${INNER} of nobody')); // of nobody
    await Bun.sleep(20);
    return 'fine';
  },
} as const;

export default register(
  { auth: 'public', input: t.Object({ how: t.String() }) },
  (ctx, { how }) => (WAYS[how as How] as any)(ctx),
);
`;

const files = {
  'functions/fails.ts': FAILS,
  'functions/lib/deep.ts': HELPER,
  'functions/answers_wrong.ts': `import { register, t } from 'tinybase';
export default register(
  { auth: 'public', output: t.Object({ n: t.Integer() }) },
  async () => ({ n: '${INNER}', ${INNER}: 1 }) as any,
);
`,
  'functions/spins.ts': `import { register } from 'tinybase';
export default register({ auth: 'public', timeout_seconds: 1 }, () => { for (;;); });
`,
  'functions/exits.ts': `import { register } from 'tinybase';
export default register({ auth: 'public' }, () => process.exit(7));
`,
};

/** Where a file has the line with this comment, as a stack writes it. */
function placeOf(file: 'fails.ts' | 'lib/deep.ts', comment: string): string {
  const text = file === 'fails.ts' ? FAILS : HELPER;
  const line = text.split('\n').findIndex((one) => one.includes(`// ${comment}`)) + 1;
  expect(line).toBeGreaterThan(0);
  return `functions/${file}:${line}:`;
}

const served = serveForFile(files);

/** The same with server.debug. */
let debug: { server: ServerProcess; anonymous: Client; ann: Client } | undefined;
beforeAll(async () => {
  const dir = makeTemporaryFolder();
  writeFiles(dir, { ...files, 'tinybase.toml': '[server]\ndebug = true\n' });
  const server = await startBinary({ dir });
  const ann = await createUser(server.url, 'ann@example.com');
  debug = { server, anonymous: client(server.url), ann };
});
afterAll(async () => {
  await debug?.server[Symbol.asyncDispose]();
});

const fail = (who: Client, how: string) => who.post('/api/functions/fails', { how });

/** Everybody who is shown the reason, and everybody who is not. */
const insiders = () => {
  if (!debug) throw new Error('The server with debug has not been started');
  return {
    'an admin': served().admin,
    'everybody with debug': debug.anonymous,
    'a user with debug': debug.ann,
  };
};
const outsiders = () => ({ 'the public': served().anonymous, 'a user': served().ann });

/** What was thrown, as a test names it → what those are shown who may see it. */
const THROWN: readonly (readonly [how: string, shown: object, places: readonly string[]])[] = [
  [
    'in_a_helper',
    { error: INNER, error_type: 'TypeError' },
    [placeOf('lib/deep.ts', 'deep'), placeOf('fails.ts', 'caller of deep')],
  ],
  [
    'after_an_await',
    { error: INNER, error_type: 'StockError' },
    [placeOf('fails.ts', 'after an await')],
  ],
  ['with_a_cause', { error: INNER, error_type: 'Error' }, [placeOf('fails.ts', 'the cause')]],
  ['a_text', { error: INNER, error_type: 'Error' }, []],
  ['nothing', { error: 'null', error_type: 'Error' }, []],
  ['an_object', { error: expect.stringContaining(INNER), error_type: 'Error' }, []],
  [
    'a_wrong_status',
    { error: expect.stringContaining('400 to 599'), error_type: 'RangeError' },
    ['functions/fails.ts:'],
  ],
  [
    'the_database',
    { error: expect.stringContaining(INNER), error_type: 'TinyBaseError' },
    [placeOf('fails.ts', 'asks the database')],
  ],
  [
    'a_called_function',
    { error: INNER, error_type: 'TypeError' },
    [placeOf('fails.ts', 'calls'), placeOf('lib/deep.ts', 'deep')],
  ],
  ['no_json', { error: expect.stringContaining('JSON'), error_type: 'OutputValidationError' }, []],
  [
    'no_http_answer',
    { error: expect.stringContaining('HttpAnswer'), error_type: 'OutputValidationError' },
    [],
  ],
];

describe("errors: SPEC's shapes; messages are hidden from the public unless FunctionError or debug", () => {
  for (const [how, shown, places] of THROWN)
    test(`thrown: ${how.replaceAll('_', ' ')}`, async () => {
      for (const [name, who] of Object.entries(outsiders())) {
        const { status, body } = await fail(who, how);
        expect({ name, status, body }).toEqual({
          name,
          status: 500,
          body: {
            call_id: expect.stringMatching(UUID_V7),
            status: 'failed',
            error: HIDDEN,
            error_type: (shown as { error_type: string }).error_type,
            detail: HIDDEN,
            code: 'function_failed',
          },
        });
      }
      for (const [name, who] of Object.entries(insiders())) {
        const { status, body } = await fail(who, how);
        expect({ name, status, ...body }).toMatchObject({
          name,
          status: 'failed',
          code: 'function_failed',
          ...shown,
        });
        expect(status).toBe(500);
        expect(body.detail).toBe(body.error);
        for (const place of places) expect(body.stack).toContain(place);
        if (body.stack) expect(body.stack).not.toMatch(/bunfs|src\/worker|\.\.\//);
      }
    });

  test('a FunctionError speaks to everybody with its status, message and data; its stack is for insiders', async () => {
    for (const how of ['a_function_error', 'a_called_function_error']) {
      const expected = {
        call_id: expect.stringMatching(UUID_V7),
        status: 'failed',
        error: 'Pay first',
        error_type: 'FunctionError',
        detail: 'Pay first',
        code: 'function_failed',
        data: { plan: 'pro' },
      };
      for (const who of Object.values(outsiders()))
        expect(await fail(who, how)).toMatchObject({ status: 402, body: expected });
      for (const who of Object.values(outsiders()))
        expect(Object.keys((await fail(who, how)).body).sort()).toEqual(
          Object.keys(expected).sort(),
        );
      for (const who of Object.values(insiders())) {
        const { status, body } = await fail(who, how);
        expect(status).toBe(402);
        expect(body).toEqual({ ...expected, stack: expect.stringContaining('functions/') });
      }
    }
  });

  test('an output that does not fit is failed with OutputValidationError; what it was is for insiders', async () => {
    for (const who of Object.values(outsiders())) {
      const { status, body } = await who.post('/api/functions/answers_wrong', {});
      expect(status).toBe(500);
      expect(body).toMatchObject({ error: HIDDEN, error_type: 'OutputValidationError' });
    }
    for (const who of Object.values(insiders())) {
      const { body } = await who.post('/api/functions/answers_wrong', {});
      expect(body.error).toContain('result.n');
    }
  });

  test("the server's own sentences, about a time-out and an exit, are for everybody", async () => {
    for (const [name, status, expected] of [
      [
        'spins',
        504,
        {
          code: 'function_timeout',
          error_type: 'TimeoutError',
          error: /did not finish within 1 s/,
        },
      ],
      ['exits', 500, { code: 'function_failed', error_type: 'WorkerExited', error: /exit code 7/ }],
    ] as const) {
      const answer = await served().anonymous.post(`/api/functions/${name}`, {});
      expect(answer.status).toBe(status);
      expect(answer.body).toEqual({
        ...expected,
        call_id: expect.stringMatching(UUID_V7),
        status: 'failed',
        error: expect.stringMatching(expected.error),
        detail: answer.body.error,
      });
    }
  });
});

describe('errors: nothing inner to the public', () => {
  test('no message, path, stack or source of any failure is in what the public and users get, headers included', async () => {
    const { server } = served();
    const ways = [
      ...THROWN.map(([how]) => how),
      'a_function_error',
      'a_called_function_error',
      'unknown',
    ];
    for (const who of Object.values(outsiders()))
      for (const how of ways) {
        const { headers, body } = await fail(who, how);
        const all = JSON.stringify([body, [...headers]]);
        for (const inner of [INNER, server.dir, '.ts', 'at ', 'stack', 'bunfs', 'node_modules'])
          expect(`${how}: ${all}`).not.toContain(inner);
      }
  });
});

describe('errors: stack traces with true file and line in the log and for admins', () => {
  for (const [how, , places] of THROWN.filter(([, , places]) => places.length > 0))
    test(`in the log: ${how.replaceAll('_', ' ')}`, async () => {
      const { anonymous, server, admin } = served();
      const { call_id } = (await fail(anonymous, how)).body;
      // Whole lines: of the last one more may come.
      const find = () =>
        (server.stdout() + server.stderr())
          .split('\n')
          .slice(0, -1)
          .find((line) => line.includes(call_id));
      await until(() => find() !== undefined, 'it is logged');
      const entry = find();
      expect(entry).toMatch(/ warn +Function fails failed: /);
      for (const place of places) expect(entry).toContain(place);
      expect((await admin.get(`/api/admin/functions/calls/${call_id}`)).body).toMatchObject({
        status: 'failed',
        error_message: expect.stringMatching(/\w/),
        error_type: expect.stringMatching(/Error$/),
      });
    });

  test('a promise that nobody awaits is told in the log with its place, and costs its call nothing', async () => {
    const { anonymous, server } = served();
    const { body } = await fail(anonymous, 'a_promise_of_nobody');
    expect(body.result).toBe('fine');
    const read = () => server.stdout() + server.stderr();
    await until(() => /Uncaught Error: \S+ of nobody/.test(read()), 'it is logged');
    const place = placeOf('fails.ts', 'of nobody');
    const isPlaced = () => read().slice(read().indexOf('of nobody')).includes(place);
    await until(isPlaced, `it is logged with ${place}`);
  });
});
