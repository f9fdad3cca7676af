import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '../../scripts/support/http-client.ts';
import { BINARY } from '../../scripts/support/paths.ts';
import {
  client,
  createAdmin,
  runBinary,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { until } from '../support/until.ts';
import {
  answering,
  inFunctions,
  makeDeveloper,
  makeToken,
  resultOf,
  runInTerminal,
} from './functions-tools.ts';

setDefaultTimeout(600_000);

/** Everything that a refused deploy must leave as it was. */
async function look(server: ServerProcess, admin: Client) {
  const { body } = await admin.get('/api/admin/functions/deployments');
  return {
    answers: await resultOf(server.url, 'a'),
    functions: (await admin.get('/api/admin/functions')).body.items,
    deployments: body.items,
    folders: readdirSync(join(server.dir, 'deployments')).sort(),
  };
}

describe('functions deploy', () => {
  let server: ServerProcess;
  let admin: Client;
  let developer: Awaited<ReturnType<typeof makeDeveloper>>;
  beforeAll(async () => {
    server = await startBinary();
    admin = await createAdmin(server);
    developer = await makeDeveloper(server, admin);
    developer.write({
      'functions/a.ts': answering('old'),
      'functions/b.ts': answering('b'),
      'functions/lib/words.ts': 'export const words = 1;\n',
    });
    expect(await developer.functions('deploy', '-m', 'the first')).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test('--dry-run shows what would be added, changed and removed, as JSON too, and changes nothing', async () => {
    const before = await look(server, admin);
    expect(before.answers).toBe('old');
    developer.write({ 'functions/a.ts': answering('new'), 'functions/c.ts': answering('c') });
    rmSync(inFunctions(developer.dir, 'b.ts'));
    const shown = await developer.functions('deploy', '--dry-run');
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^added +c\nchanged +a\nremoved +b\n/);
    expect(shown.stdout).toContain('Files: 1 added, 1 changed, 1 removed.');
    expect(shown.stdout).toContain('Nothing was changed');
    const { stdout } = await developer.functions('deploy', '--dry-run', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      id: null,
      changes: {
        functions: { added: ['c'], changed: ['a'], removed: ['b'] },
        files: {
          added: ['functions/c.ts'],
          changed: ['functions/a.ts'],
          removed: ['functions/b.ts'],
        },
      },
    });
    expect(await look(server, admin)).toEqual(before);
  });

  const REFUSED: readonly (readonly [
    step: string,
    files: Readonly<Record<string, string>>,
    reason: RegExp,
  ])[] = [
    [
      'packages',
      {
        'functions/package.json': '{"dependencies":{"x":"1"}}',
        'functions/.npmrc': 'registry=http://127.0.0.1:9/\n',
      },
      /^functions\/package\.json: .*x cannot be downloaded/,
    ],
    [
      'packages from outside of the archive',
      { 'functions/package.json': '{"dependencies":{"x":"file:../../.."}}' },
      /^functions\/package\.json: .*outside/,
    ],
    ['loading: a type that is none', { 'functions/a.ts': '\nconst = 1;' }, /^functions\/a\.ts:2: /],
    [
      'loading: a file that throws',
      { 'functions/lib/words.ts': '', 'functions/a.ts': '\n\nthrow new Error("boom");' },
      /^functions\/a\.ts:3: boom/,
    ],
    [
      'loading: a file that ends its process',
      { 'functions/a.ts': 'process.exit(0);' },
      /^functions\/a\.ts.*: /,
    ],
    [
      'loading: an import that is not there',
      { 'functions/a.ts': `import './none.ts';\n${answering('new')}` },
      /^functions\/a\.ts.*none\.ts/,
    ],
    [
      'loading: a name that is taken',
      { 'functions/z.ts': answering('z').replace('{ auth', "{ name: 'a', auth") },
      /^functions\/z\.ts.*taken/,
    ],
  ];
  for (const [step, files, reason] of REFUSED)
    test(`one that fails at ${step} changes nothing, exits 1 and says the server's reason`, async () => {
      const before = await look(server, admin);
      const { functions, write, dir } = await makeDeveloper(server, admin);
      write({ 'functions/a.ts': answering('new'), ...files });
      const refused = await functions('deploy');
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toMatch(reason);
      for (const path of [server.dir, dir]) expect(refused.stderr).not.toContain(path);
      expect(await look(server, admin)).toEqual(before);
    });

  test('its progress is shown in a terminal, and none where it is piped', async () => {
    const { dir, env } = developer;
    const last = 'Nothing was changed';
    const args = ['functions', 'deploy', '--dry-run'];
    const { code, shown } = await runInTerminal(args, { dir, env, last });
    expect(code).toBe(0);
    const steps = ['Packing 3 files', 'Sending, 100 %|Sent; the server installs packages', last];
    const places = steps.map((step) => shown.search(new RegExp(step)));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places[0]).toBeGreaterThanOrEqual(0);
    const piped = await developer.functions('deploy', '--dry-run');
    expect(`${piped.stdout}${piped.stderr}`).not.toMatch(/Packing|Sending|\p{Cc}(?<!\n)/u);
  });

  const WRONG: readonly (readonly [
    what: string,
    toml: (url: string) => string,
    args: readonly string[],
    code: number,
    says: string,
  ])[] = [
    ['2 without an environment', () => '', [], 2, 'No environment is configured'],
    [
      '2 for an environment that there is not, with the nearest',
      (url) => environment('staging', url),
      ['--env', 'stagin'],
      2,
      'did you mean staging',
    ],
    [
      '2 for several of which none is production',
      (url) => environment('one', url) + environment('two', url),
      [],
      2,
      'Say which environment with --env: one, two',
    ],
    [
      '2 for a variable that is not set',
      (url) => environment('production', url, '$' + '{NOT_SET}'),
      [],
      2,
      'NOT_SET',
    ],
    [
      '2 for a flag that there is not',
      (url) => environment('production', url),
      ['--dryrun'],
      2,
      'Did you mean --dry-run?',
    ],
    [
      '1 for a token that the server does not know',
      (url) => environment('production', url),
      [],
      1,
      'does not know the token',
    ],
    [
      '1 for a server that does not answer',
      () => environment('production', 'http://127.0.0.1:9'),
      [],
      1,
      'Nothing answers at http://127.0.0.1:9',
    ],
  ];
  for (const [what, toml, args, code, says] of WRONG)
    test(`exits ${what}`, async () => {
      const { dir } = developer;
      const other = join(dir, 'other');
      writeFiles(other, { 'tinybase.toml': toml(server.url), 'functions/a.ts': answering('new') });
      const outcome = await runBinary(['functions', 'deploy', ...args], { dir: other });
      expect(outcome).toMatchObject({ code, stdout: '' });
      expect(outcome.stderr).toContain(says);
      rmSync(other, { recursive: true });
    });

  test('exits 1 for a server that is something else than TinyBase, and for one that redirects', async () => {
    using other = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: ({ url }) =>
        url.includes('/moved/')
          ? Response.redirect('https://example.com/')
          : new Response('<html>'),
    });
    const { functions, write } = developer;
    const token = `tb_${'x'.repeat(43)}`;
    for (const [path, says] of [
      ['', 'not as TinyBase does'],
      ['/moved', 'redirects to https://example.com/'],
    ] as const) {
      const url = `${other.url.origin}${path}`;
      write({
        'other/tinybase.toml': environment('production', url, token),
        'other/functions/a.ts': '',
      });
      const { code, stderr } = await functions('deploy', '--dir', 'other');
      expect(code).toBe(1);
      expect(stderr).toContain(says);
    }
  });

  test('one that is stopped by Ctrl-C while the server loads it changes nothing, and exits 1', async () => {
    const before = await look(server, admin);
    const { dir, env, write } = await makeDeveloper(server, admin);
    const loading = join(dir, 'loading');
    const stopped = join(dir, 'stopped');
    // It loads until the command has ended.
    write({
      'functions/a.ts': `await Bun.write(${JSON.stringify(loading)}, '');
while (!(await Bun.file(${JSON.stringify(stopped)}).exists())) await Bun.sleep(10);
${answering('new')}`,
    });
    const child = Bun.spawn([BINARY, 'functions', 'deploy'], {
      cwd: dir,
      env: { PATH: process.env.PATH ?? '', HOME: dir, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await until(() => existsSync(loading), 'it is loaded');
    child.kill('SIGINT');
    expect(await child.exited).toBe(130);
    writeFiles(dir, { stopped: '' });
    expect(await new Response(child.stderr).text()).toStartWith('Stopped.');
    await until(
      async () => Bun.deepEquals(await look(server, admin), before),
      'nothing is left of it',
    );
    expect(await new Response(child.stdout).text()).toBe('');
  });

  test('with a folder without functions it is refused', async () => {
    const { dir, functions } = await makeDeveloper(server, admin);
    const refused = await functions('deploy');
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/function/);
    expect(existsSync(inFunctions(dir))).toBe(false);
  });

  test('takes --env, else the only one, else production', async () => {
    const { dir, token } = await makeDeveloper(server, admin);
    const wrong = environment('staging', 'http://127.0.0.1:9');
    writeFiles(dir, {
      'tinybase.toml': `${wrong}${environment('production', server.url, token)}`,
      'functions/a.ts': answering('from production'),
    });
    expect((await runBinary(['functions', 'deploy'], { dir })).code).toBe(0);
    expect(await resultOf(server.url, 'a')).toBe('from production');
    expect((await runBinary(['functions', 'deploy', '--env', 'staging'], { dir })).code).toBe(1);
  });
});

const environment = (name: string, url: string, token = `tb_${'x'.repeat(43)}`) =>
  `[environments.${name}]\nurl = "${url}"\napi_token = "${token}"\n`;

test('a token with the scope functions:deploy can deploy, list and roll back, and nothing else of all operations', async () => {
  await using server = await startBinary();
  const admin = await createAdmin(server);
  const { token, functions, write, deployments } = await makeDeveloper(server, admin);
  write({ 'functions/a.ts': answering('a') });
  expect((await functions('deploy')).code).toBe(0);
  const [active] = await deployments();
  expect((await functions('activate', active?.id ?? '')).code).toBe(0);

  const { paths } = (await admin.get('/openapi.json')).body as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { operationId }]) =>
      /^(get|post|put|patch|delete)$/.test(method) ? [{ path, method, operationId }] : [],
    ),
  );
  expect(operations.length).toBeGreaterThan(30);
  const program = client(server.url, token);
  const admitted: string[] = [];
  for (const { path, method, operationId } of operations) {
    const address = path.replace(/\{\w+\}/g, '0199c2f0-0000-7000-8000-000000000000');
    const body = method === 'get' ? undefined : {};
    const { status } = await program.request(method.toUpperCase(), address, body);
    if (status !== 403) admitted.push(operationId);
  }
  // Besides its own four: what needs no token and looks at none, and who the token is.
  const open = ['getHome', 'getHealth', 'getApiHealth', 'getReady', 'getMe'];
  const own = ['deployFunctions', 'listDeployments', 'compareDeployment', 'activateDeployment'];
  const others = admitted.filter((id) => ![...open, ...own].includes(id));
  expect(others.filter((id) => !isAboutSigningIn(id))).toEqual([]);
  expect(admitted).toEqual(expect.arrayContaining(own));

  // Nor does another token deploy.
  const other = client(server.url, await makeToken(admin, ['functions:call']));
  expect((await other.post('/api/functions/a')).status).toBe(200);
  expect((await other.post('/api/admin/functions/deploy')).status).toBe(403);
  expect((await other.get('/api/admin/functions/deployments')).status).toBe(403);
});

/** Operations for who has no token yet: they ignore one. */
function isAboutSigningIn(operationId: string): boolean {
  return /^(register|login|setUp|request|confirm|reset|verify)/.test(operationId);
}
