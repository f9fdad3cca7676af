import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GROUPS } from '../../src/cli/commands/index.ts';
import { main } from '../../src/cli/main.ts';
import type { CallEnd } from '../../src/cli/open-app.ts';
import { readCommands } from '../support/shell-words.ts';
import { createFakeOpener } from './fake-app.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

async function* inputOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

/** The command with a real app: real workers, a real database. */
async function run(cwd: string, argv: readonly string[], input = '') {
  const io = createFakeIo({ cwd, input: inputOf(input) });
  const code = await main(['functions', 'call', ...argv], io);
  return { code, out: io.stdout.join('\n'), err: io.stderr.join('\n') };
}

const FUNCTIONS = {
  'add_numbers.ts': `import { register, t } from 'tinybase';
register({ name: 'add_numbers', input: t.Object({ x: t.Integer(), y: t.Integer() }) },
  (_ctx, { x, y }) => ({ sum: x + y }));
`,
  'talk.ts': `import { register } from 'tinybase';
register({ name: 'talk' }, (ctx) => { console.log('hello'); console.warn('careful'); return ctx.user_id; });
`,
  'fail.ts': `import { register } from 'tinybase';
register({ name: 'fail' }, () => {
  throw new TypeError('it broke');
});
`,
  'secret.ts': `import { register } from 'tinybase';
register({ name: 'secret', auth: 'admin' }, () => 'for admins');
`,
  'broken.ts': `import { register } from 'tinybase';
register({ name: 'broken' }, ( => 1);
`,
};

describe('functions call', () => {
  let dir: string;

  beforeAll(async () => {
    dir = makeFolder();
    mkdirSync(join(dir, 'functions'));
    for (const [name, text] of Object.entries(FUNCTIONS))
      writeFileSync(join(dir, 'functions', name), text);
    const io = createFakeIo({ cwd: dir });
    await main(['admin', 'add', 'root@example.com', 'correct horse battery'], io);
  });

  test('prints the result as JSON', async () => {
    expect(await run(dir, ['add_numbers', '{"x": 1, "y": 2}'])).toEqual({
      code: 0,
      out: '{\n  "sum": 3\n}',
      err: '',
    });
  });

  test('- takes the payload from standard input', async () => {
    const { code, out } = await run(dir, ['add_numbers', '-'], '{"x": 20, "y": 22}');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ sum: 42 });
  });

  test('console lines go to standard error', async () => {
    const { out, err } = await run(dir, ['talk']);
    expect(out).toBe('null');
    expect(err.split('\n')).toEqual(['hello', 'warning: careful']);
  });

  test('--json prints the whole answer', async () => {
    const { out, err } = await run(dir, ['talk', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      call_id: expect.any(String),
      status: 'succeeded',
      result: null,
      logs: ['hello', 'warning: careful'],
    });
    expect(err).toBe('');
  });

  test('a failure shows its type, message and line, with exit code 1', async () => {
    const { code, out, err } = await run(dir, ['fail']);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toContain('TypeError: it broke');
    expect(err).toContain('fail.ts:3');
    expect(err.match(/it broke/g)).toHaveLength(1);
  });

  test('a payload that does not fit is refused with every place', async () => {
    const { code, err } = await run(dir, ['add_numbers', '{"x": "one"}']);
    expect(code).toBe(2);
    expect(err).toContain('add_numbers does not take this payload');
    expect(err).toMatch(/^ +x +\S/m);
    expect(err).toMatch(/^ +y +\S/m);
  });

  test('a payload that is not JSON is refused before anything is opened', async () => {
    const empty = makeFolder();
    const { code, err } = await run(empty, ['add_numbers', '{x: 1}']);
    expect(code).toBe(2);
    expect(err).toContain('The payload is not JSON');
  });

  test('a mistyped name is answered with the nearest', async () => {
    const { code, err } = await run(dir, ['ad_numbers']);
    expect(code).toBe(1);
    expect(err).toContain('There is no function ad_numbers; did you mean add_numbers?');
  });

  test('--json tells a call that is refused before it begins as JSON too', async () => {
    const refusals = [
      { argv: ['ad_numbers'], exit: 1, code: 'not_found', places: [] },
      { argv: ['add_numbers', '{x'], exit: 2, code: 'invalid_input', places: [] },
      { argv: ['add_numbers', '{"x": 1}'], exit: 2, code: 'invalid_input', places: ['body.y'] },
      { argv: ['talk', '--logs'], exit: 2, code: 'invalid_input', places: [] },
    ];
    for (const { argv, exit, code, places } of refusals) {
      const refused = await run(dir, [...argv, '--json']);
      expect(refused.code).toBe(exit);
      const { faults, ...told } = JSON.parse(refused.out);
      expect(told).toEqual({ status: 'refused', code, error: refused.err });
      expect(faults.map(({ loc }: { loc: string[] }) => loc.join('.'))).toEqual(places);
    }
  });

  test('a file that does not load is named with its line', async () => {
    const { code, err } = await run(dir, ['broken']);
    expect(code).toBe(1);
    expect(err).toContain('functions/broken.ts:2 does not load: ');
    expect(err).not.toContain('There is no function');
  });

  test('--as calls with the rights of an account', async () => {
    const admin = await run(dir, ['secret', '--as', 'root@example.com']);
    expect(admin).toMatchObject({ code: 0, out: '"for admins"' });
    const nobody = await run(dir, ['secret', '--as', 'nobody@example.com']);
    expect(nobody).toMatchObject({ code: 1, err: 'There is no account nobody@example.com.' });
  });

  for (const argv of [
    ['x', '--token', 'abc'],
    ['x', '--logs'],
    ['x', '--url', 'http://a', '--as', 'b@c.de'],
  ])
    test(`refuses ${argv.slice(1).join(' ')}, which says nothing`, async () => {
      expect((await run(dir, argv)).code).toBe(2);
    });
});

test('the examples of the help of functions work one after the other in an empty folder', async () => {
  const cwd = makeFolder();
  const examples = (GROUPS.functions?.examples ?? []).map(([text]) => text);
  const local = examples.filter((text) => !text.endsWith('deploy'));
  expect(local.length).toBeGreaterThan(1);
  for (const [, ...argv] of readCommands(local.join('\n'), new Map())) {
    const io = createFakeIo({ cwd });
    expect(await main(argv, io), `${argv.join(' ')}: ${io.text()}`).toBe(0);
  }
});

describe('functions call beside a server', () => {
  test('is written into the history, and ends no call of the server', async () => {
    const dir = makeFolder();
    mkdirSync(join(dir, 'functions'));
    writeFileSync(
      join(dir, 'functions', 'f.ts'),
      `import { register } from 'tinybase';
       register({ name: 'quick', auth: 'public' }, () => 1);
       register({ name: 'slow', auth: 'public', timeout_seconds: 60 }, async () => { await Bun.sleep(3000); return 2; });`,
    );
    const { createApp } = await import('../../src/app.ts');
    const { createLogger } = await import('../../src/core/logger.ts');
    const { loadConfig } = await import('../../src/core/config.ts');
    const logger = createLogger({ level: 'error', format: 'text', write: () => {} });
    const { config } = loadConfig({ flags: [], env: { TINYBASE_PORT: '0' }, dir });
    const app = await createApp({ config, dir, logger, version: 'test' });
    try {
      await app.services.functions.list();
      const slow = app.handle(
        new Request('http://localhost/api/functions/slow', { method: 'POST' }),
      );
      expect(await run(dir, ['quick'])).toMatchObject({ code: 0, out: '1' });
      expect((await slow).status).toBe(200);
    } finally {
      await app.stop();
    }
    const { Database } = await import('bun:sqlite');
    using db = new Database(join(dir, 'tinybase.db'), { readonly: true });
    const rows = db
      .query<{ name: string; status: string }, []>(
        'SELECT function_name AS name, status FROM function_call ORDER BY 1',
      )
      .all();
    expect(rows).toEqual([
      { name: 'quick', status: 'succeeded' },
      { name: 'slow', status: 'succeeded' },
    ]);
  });
});

describe('functions call --url', () => {
  const seen: { path: string; token: string | null; body: string }[] = [];
  let answer: () => Response = () => new Response();
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request): Promise<Response> {
      const { pathname, search } = new URL(request.url);
      seen.push({
        path: pathname + search,
        token: request.headers.get('authorization'),
        body: await request.text(),
      });
      return answer();
    },
  });
  afterAll(() => server.stop(true));

  async function call(response: () => Response, ...argv: string[]) {
    answer = response;
    seen.length = 0;
    return run(makeFolder(), [...argv, '--url', server.url.href]);
  }

  test('sends the payload and the token, and prints the result', async () => {
    const result = { call_id: 'c1', status: 'succeeded', result: [1] };
    const { code, out } = await call(
      () => Response.json(result),
      'ping',
      '{"a":1}',
      '--token',
      'tb_x',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual([1]);
    expect(seen).toEqual([{ path: '/api/functions/ping', token: 'Bearer tb_x', body: '{"a":1}' }]);
  });

  test('--logs asks for console lines', async () => {
    const result = { call_id: 'c1', status: 'succeeded', result: null, logs: ['hello'] };
    const { err } = await call(() => Response.json(result), 'ping', '--logs');
    expect(seen[0]?.path).toBe('/api/functions/ping?logs=true');
    expect(err).toBe('hello');
  });

  test('a failure, faults and a refusal are told like those of a call here', async () => {
    const failed = { call_id: 'c1', status: 'failed', error: 'it broke', error_type: 'TypeError' };
    expect(await call(() => Response.json(failed, { status: 500 }), 'ping')).toMatchObject({
      code: 1,
      err: 'TypeError: it broke',
    });
    const faults = { detail: [{ loc: ['body', 'x'], msg: 'is missing', type: 'missing' }] };
    const refused = await call(() => Response.json(faults, { status: 422 }), 'ping');
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/x +is missing/);
    const forbidden = { detail: 'Sign in to call ping.', code: 'unauthenticated' };
    const away = await call(() => Response.json(forbidden, { status: 401 }), 'ping');
    expect(away.code).toBe(1);
    expect(away.err).toContain('answered 401: Sign in to call ping.');
  });

  test('an answer without the envelope is printed as it is', async () => {
    expect(await call(() => new Response('<p>hi</p>'), 'page')).toMatchObject({
      code: 0,
      out: '<p>hi</p>',
    });
  });

  test('the attack of a server that sends the token elsewhere by a redirect fails', async () => {
    const { code, err } = await call(
      () => Response.redirect(`${server.url.href}stolen`),
      'ping',
      '--token',
      'tb_x',
    );
    expect(code).toBe(1);
    expect(err).toContain('cannot be reached');
    expect(seen).toHaveLength(1);
  });

  test('a server that is not there, and an address that is none', async () => {
    expect((await run(makeFolder(), ['x', '--url', 'http://127.0.0.1:1'])).code).toBe(1);
    expect((await run(makeFolder(), ['x', '--url', 'example.com'])).code).toBe(2);
  });
});

test('an answer that a function made itself is printed without the envelope', async () => {
  const end: CallEnd = {
    status: 'answered',
    callId: 'c1',
    answer: { http_status: 200, headers: [['content-type', 'text/plain']], body: 'pong' },
    logs: [],
  };
  const io = createFakeIo({ cwd: makeFolder() });
  const opener = createFakeOpener({ call: async () => end });
  expect(await main(['functions', 'call', 'add'], io, opener)).toBe(0);
  expect(io.stdout).toEqual(['pong']);
});
