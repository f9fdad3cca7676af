import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import { answering, openDeployApp } from '../features/deployments/deploy-app.ts';
import { createFakeOpener } from './fake-app.ts';
import { createFakeIo, type FakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

setDefaultTimeout(600_000);

const TOKEN = `tb_${'x'.repeat(43)}`;
const VARIABLE = '$' + '{DEPLOY_TOKEN}';

function writeProject(dir: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
}

const environment = (name: string, url: string, token = TOKEN) =>
  `[environments.${name}]\nurl = "${url}"\napi_token = "${token}"\n`;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly statuses: readonly string[];
}

async function run(cwd: string, args: readonly string[], given?: FakeIo): Promise<Ran> {
  const io = given ?? createFakeIo({ cwd });
  const code = await main(['functions', ...args], io, createFakeOpener());
  return {
    code,
    out: io.stdout.join('\n'),
    err: io.stderr.join('\n'),
    statuses: io.statuses,
  };
}

interface Received {
  readonly path: string;
  readonly authorization: string | null;
  readonly archive: Buffer;
  /** `path` of every entry, with its mode, owner and time. */
  readonly entries: readonly string[];
}

/** A server that notes what it gets and answers what it is told. */
function openServer(answer: (request: Request) => Response | Promise<Response> = () => done()) {
  const received: Received[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const archive = Buffer.from(await request.clone().arrayBuffer());
      received.push({
        path: `${request.method} ${pathname}${search}`,
        authorization: request.headers.get('authorization'),
        archive,
        entries: archive.length === 0 ? [] : listEntries(archive),
      });
      return answer(request);
    },
  });
  return {
    url: server.url.origin,
    received,
    [Symbol.dispose]: () => void server.stop(true),
  };
}

const NONE = { added: [], changed: [], removed: [] };
function done(body: object = {}): Response {
  return Response.json({
    id: '0199c2f0-0000-7000-8000-000000000000',
    functions: ['a'],
    changes: {
      functions: { ...NONE, added: ['a'] },
      files: { ...NONE, added: ['functions/a.ts'] },
    },
    ...body,
  });
}

/** By the system's own tar, not by the library that packed it. */
function listEntries(archive: Buffer): string[] {
  const tar = Bun.spawnSync(['tar', '-tvzf', '-', '--numeric-owner', '--full-time', '--utc'], {
    stdin: archive,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  return tar.stdout.toString().trim().split('\n');
}
const namesIn = ({ entries }: Pick<Received, 'entries'>) =>
  entries.map((line) => line.replace(/^.* \d\d:\d\d:\d\d /, ''));

describe('what is sent', () => {
  test('is all but packages, secrets, what git keeps and what .gitignore names, at every depth', async () => {
    using server = openServer();
    const dir = makeFolder();
    writeProject(dir, {
      'tinybase.toml': environment('production', server.url),
      '.gitignore': '*.log\n/functions/private/\ndist\n',
      'functions.ts': '',
      'other.ts': '',
      'functions/a.ts': '',
      'functions/a.test.ts': '',
      'functions/package.json': '{}',
      'functions/bun.lock': '{}',
      'functions/tinybase.d.ts': '',
      'functions/.npmrc': '',
      'functions/.env': 'SECRET',
      'functions/.env.local': 'SECRET',
      'functions/lib/.envrc': 'SECRET',
      'functions/node_modules/x/index.js': '',
      'functions/lib/node_modules/x/index.js': '',
      'functions/.git/config': '',
      'functions/debug.log': '',
      'functions/private/key.pem': '',
      'functions/lib/dist/x.js': '',
      'functions/lib/.gitignore': '*.tmp\n!keep.log\n',
      'functions/lib/x.tmp': '',
      'functions/lib/keep.log': '',
      'functions/lib/b.ts': '',
      'functions/data/x.tmp': '',
    });
    const { code } = await run(dir, ['deploy']);
    expect(code).toBe(0);
    expect(server.received.map(({ path }) => path)).toEqual(['POST /api/admin/functions/deploy']);
    expect(namesIn(server.received[0] ?? { entries: [] })).toEqual([
      'functions.ts',
      'functions/.npmrc',
      'functions/a.test.ts',
      'functions/a.ts',
      'functions/bun.lock',
      'functions/data/x.tmp',
      'functions/lib/.gitignore',
      'functions/lib/b.ts',
      'functions/lib/keep.log',
      'functions/package.json',
      'functions/tinybase.d.ts',
    ]);
  });

  test('obeys the .gitignore of the repository that the project lies in, and of none above it', async () => {
    using server = openServer();
    const repository = makeFolder();
    const dir = join(repository, 'apps', 'shop');
    writeProject(repository, {
      '.gitignore': '*.ignored\n',
      '.git/HEAD': '',
      'apps/.gitignore': '*.middle\n',
      'apps/shop/tinybase.toml': environment('production', server.url),
      'apps/shop/functions/a.ts': '',
      'apps/shop/functions/b.ignored': '',
      'apps/shop/functions/c.middle': '',
    });
    await run(dir, ['deploy']);
    expect(namesIn(server.received[0] ?? { entries: [] })).toEqual(['functions/a.ts']);
    rmSync(join(repository, '.git'), { recursive: true });
    await run(dir, ['deploy']);
    expect(namesIn(server.received[1] ?? { entries: [] })).toHaveLength(3);
  });

  test('is the same bytes for the same files, whoever packs them and whenever', async () => {
    using server = openServer();
    const [one, two] = [makeFolder(), makeFolder()];
    const files = { 'functions/b.ts': 'b', 'functions/a.ts': 'a', 'functions/ä.ts': 'ä' };
    writeProject(one, { ...files, 'tinybase.toml': environment('p', server.url) });
    writeProject(two, Object.fromEntries(Object.entries(files).toReversed()));
    writeProject(two, { 'tinybase.toml': environment('p', server.url) });
    utimesSync(join(two, 'functions/a.ts'), new Date(0), new Date(1_000_000));
    await run(one, ['deploy']);
    await run(two, ['deploy']);
    const [first, second] = server.received;
    expect(first?.archive.equals(second?.archive ?? Buffer.of())).toBe(true);
    for (const line of first?.entries ?? [])
      expect(line).toMatch(/^-rw-r--r-- 0\/0 .* 1970-01-01 00:00:00 /);
  });

  test('lies where functions.path and functions.file say, under the usual names', async () => {
    using server = openServer();
    const dir = makeFolder();
    writeProject(dir, {
      'tinybase.toml': `[functions]\npath = "./code"\nfile = "./all.js"\n${environment('p', server.url)}`,
      'code/a.ts': '',
      'all.js': '',
    });
    await run(dir, ['deploy']);
    expect(namesIn(server.received[0] ?? { entries: [] })).toEqual([
      'functions.js',
      'functions/a.ts',
    ]);
  });

  test('follows a link to a file beside it', async () => {
    using server = openServer();
    const dir = makeFolder();
    writeProject(dir, {
      'tinybase.toml': environment('p', server.url),
      'functions/a.ts': 'the same',
    });
    symlinkSync('a.ts', join(dir, 'functions', 'b.ts'));
    await run(dir, ['deploy']);
    expect(namesIn(server.received[0] ?? { entries: [] })).toEqual([
      'functions/a.ts',
      'functions/b.ts',
    ]);
  });

  for (const [what, target, said] of [
    ['a link to a file outside', '../secret.txt', 'outside of the functions folder'],
    ['a link to a folder outside', '..', 'outside of the functions folder'],
    ['a link to /etc/passwd', '/etc/passwd', 'outside of the functions folder'],
    ['a link to nowhere', 'nothing.ts', 'leads nowhere'],
    ['a link to a folder beside it', 'lib', 'link to a folder'],
  ] as const)
    test(`is nothing at all when there is ${what}`, async () => {
      using server = openServer();
      const dir = makeFolder();
      writeProject(dir, {
        'tinybase.toml': environment('p', server.url),
        'secret.txt': 'secret',
        'functions/a.ts': '',
        'functions/lib/b.ts': '',
      });
      symlinkSync(target, join(dir, 'functions', 'link.ts'));
      const { code, err } = await run(dir, ['deploy']);
      expect(code).toBe(2);
      expect(err).toContain('functions/link.ts is a link');
      expect(err).toContain(said);
      expect(server.received).toEqual([]);
    });

  test('is nothing when there are no functions, and the command says where it looked', async () => {
    using server = openServer();
    const dir = makeFolder();
    writeProject(dir, { 'tinybase.toml': environment('p', server.url) });
    const { code, err } = await run(dir, ['deploy']);
    expect(code).toBe(2);
    expect(err).toContain('nothing to deploy: functions and functions.ts');
    expect(server.received).toEqual([]);
  });

  test('goes with the message and the dry run in the address, and leaves no archive behind', async () => {
    using server = openServer(() => done({ id: null }));
    const dir = makeFolder();
    writeProject(dir, { 'tinybase.toml': environment('p', server.url), 'functions/a.ts': '' });
    const temporary = makeFolder();
    const before = process.env.TMPDIR;
    process.env.TMPDIR = temporary;
    try {
      const { out } = await run(dir, ['deploy', '--dry-run', '-m', 'Ä & B']);
      expect(server.received[0]?.path).toBe(
        'POST /api/admin/functions/deploy?dry_run=true&message=%C3%84+%26+B',
      );
      expect(out).toContain('Nothing was changed.');
      expect(readdirSync(temporary)).toEqual([]);
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });
});

describe('where it is sent', () => {
  const urls = { one: 'http://127.0.0.1:1', two: 'http://127.0.0.1:2' };
  const cases: readonly (readonly [string, string, readonly string[], string])[] = [
    ['none is configured', '', [], 'No environment is configured'],
    [
      'there are several and none is called production',
      environment('two', urls.two) + environment('one', urls.one),
      [],
      'Say which environment with --env: one, two.',
    ],
    [
      'the one that was named is not there',
      environment('staging', urls.one) + environment('production', urls.two),
      ['--env', 'stagin'],
      'There is no environment stagin; did you mean staging?; there is production, staging.',
    ],
    [
      'a name that objects inherit is not there',
      environment('p', urls.one),
      ['--env', 'constructor'],
      'There is no environment constructor',
    ],
    [
      'it has no token',
      `[environments.p]\nurl = "${urls.one}"\n`,
      [],
      'environments.p.api_token is missing',
    ],
    [
      'the variable of the token is not set',
      environment('p', urls.one, VARIABLE),
      [],
      'environments.p.api_token needs the variable DEPLOY_TOKEN, which is not set.',
    ],
    [
      'the address is none, once its variable is filled in',
      environment('p', VARIABLE.replace('TOKEN', 'URL')),
      [],
      'environments.p.url must be an address',
    ],
  ];
  for (const [what, toml, args, said] of cases)
    test(`exits 2 when ${what}`, async () => {
      const dir = makeFolder();
      writeProject(dir, { 'tinybase.toml': toml, 'functions/a.ts': '' });
      const io = createFakeIo({ cwd: dir, env: { DEPLOY_URL: 'ftp://x' } });
      const { code, err } = await run(dir, ['deploy', ...args], io);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(said) });
    });

  test('is the only one, else production, else the one that is named', async () => {
    using production = openServer();
    using staging = openServer();
    const dir = makeFolder();
    writeProject(dir, {
      'tinybase.toml': environment('staging', staging.url),
      'functions/a.ts': '',
    });
    await run(dir, ['deploy']);
    expect(staging.received).toHaveLength(1);
    writeProject(dir, {
      'tinybase.toml':
        environment('staging', staging.url) + environment('production', `${production.url}/`),
    });
    await run(dir, ['deploy']);
    expect(production.received).toHaveLength(1);
    await run(dir, ['deploy', '--env', 'staging']);
    expect([staging.received.length, production.received.length]).toEqual([2, 1]);
  });

  test('the token may be a variable, also of --env-file', async () => {
    using server = openServer();
    const dir = makeFolder();
    writeProject(dir, {
      'tinybase.toml': environment('p', server.url, VARIABLE),
      'deploy.env': 'DEPLOY_TOKEN=tb_from_file\n',
      'functions/a.ts': '',
    });
    await run(dir, ['deploy', '--env-file', 'deploy.env']);
    const io = createFakeIo({ cwd: dir, env: { DEPLOY_TOKEN: 'tb_from_env' } });
    await run(dir, ['deploy'], io);
    expect(server.received.map(({ authorization }) => authorization)).toEqual([
      'Bearer tb_from_file',
      'Bearer tb_from_env',
    ]);
  });

  test('warns when the token would go unencrypted over a network, and not on this machine', async () => {
    const dir = makeFolder();
    for (const [url, isWarned] of [
      ['http://deploy.invalid', true],
      ['http://localhost.deploy.invalid', true],
      ['https://deploy.invalid', false],
      ['http://localhost:1', false],
      ['http://127.0.0.1:1', false],
      ['http://[::1]:1', false],
    ] as const) {
      writeProject(dir, { 'tinybase.toml': environment('p', url), 'functions/a.ts': '' });
      const { code, err } = await run(dir, ['deploy']);
      expect(code).toBe(1);
      expect({ url, isWarned: err.includes('Warning: the token goes to') }).toEqual({
        url,
        isWarned,
      });
    }
  });
});

describe('what the server answers', () => {
  async function answered(answer: () => Response | Promise<Response>) {
    using server = openServer(answer);
    const dir = makeFolder();
    writeProject(dir, { 'tinybase.toml': environment('prod', server.url), 'functions/a.ts': '' });
    const ran = await run(dir, ['deploy']);
    expect(ran.out + ran.err + ran.statuses.join()).not.toContain(TOKEN);
    return { ...ran, err: ran.err.replaceAll(server.url, 'URL') };
  }
  const error =
    (status: number, detail: unknown, code = 'x') =>
    () =>
      Response.json({ detail, code }, { status });

  const cases: readonly (readonly [string, () => Response, string])[] = [
    [
      'reasons, each with file and line',
      error(422, [
        { loc: ['body', 'functions/a.ts', 3], msg: 'Expected ";"', type: 'load_error' },
        { loc: ['body', 'functions/b.ts'], msg: 'boom', type: 'load_error' },
        { loc: ['body'], msg: 'The archive is empty.', type: 'archive' },
      ]),
      'functions/a.ts:3: Expected ";"\nfunctions/b.ts: boom\nThe archive is empty.',
    ],
    [
      'a token that is no good',
      error(401, 'The token is not valid.'),
      'URL does not know the token of environments.prod.api_token: it is wrong, has expired or was deleted.',
    ],
    ['a token without the scope', error(403, 'This needs the scope x.'), 'This needs the scope x.'],
    ['an archive that is too large', error(413, 'Larger than 512 MB.'), 'Larger than 512 MB.'],
    ['that it is busy', error(503, 'Other deploys are under way.'), 'Other deploys are under way.'],
    [
      'a proxy with a page of its own',
      () => new Response('<html>Bad gateway</html>', { status: 502 }),
      'URL answered 502 without saying why.',
    ],
    [
      'a proxy that takes no such size',
      () => new Response('<html>', { status: 413 }),
      'URL takes no archive of this size (413).',
    ],
    [
      'another program, with 200',
      () => new Response('<html>Welcome</html>'),
      'URL answered, but not as TinyBase does: is environments.prod.url the right address?',
    ],
    [
      'a redirect, which the token does not follow',
      () => new Response(null, { status: 308, headers: { location: 'https://other.invalid/' } }),
      'URL redirects to https://other.invalid/: write the address that it should be into environments.prod.url.',
    ],
  ];
  for (const [what, answer, said] of cases)
    test(`${what}: exit 1 and a sentence`, async () => {
      expect(await answered(answer)).toMatchObject({ code: 1, out: '', err: said });
    });

  test('what would steer the terminal is named instead', async () => {
    const { err } = await answered(
      error(422, [{ loc: ['body', '\u001b[2Jx'], msg: 'a\u202eb', type: 'x' }]),
    );
    expect(err).toBe('\\u{1b}[2Jx: a\\u{202e}b');
  });

  test('a server that is not there is told as such', async () => {
    const dir = makeFolder();
    writeProject(dir, {
      'tinybase.toml': environment('p', 'http://127.0.0.1:1'),
      'functions/a.ts': '',
    });
    const { code, err } = await run(dir, ['deploy']);
    expect({ code, err }).toEqual({
      code: 1,
      err: 'Nothing answers at http://127.0.0.1:1: is the server running?',
    });
  });

  // openssl makes the certificate.
  test.skipIf(Bun.which('openssl') === null)(
    'a server without TLS, and one whose certificate nobody knows',
    async () => {
      using plain = openServer();
      const dir = makeFolder();
      writeProject(dir, {
        'tinybase.toml': environment('p', plain.url.replace('http:', 'https:')),
        'functions/a.ts': '',
      });
      const { err } = await run(dir, ['deploy']);
      expect(err).toContain('does not speak TLS');
      const key = join(dir, 'key.pem');
      const certificate = join(dir, 'certificate.pem');
      const made = Bun.spawnSync(
        `openssl req -x509 -newkey rsa:2048 -nodes -keyout ${key} -out ${certificate} -days 2 -subj /CN=localhost`.split(
          ' ',
        ),
        { stderr: 'ignore' },
      );
      expect(made.exitCode).toBe(0);
      let requests = 0;
      const secure = Bun.serve({
        port: 0,
        tls: { key: readFileSync(key, 'utf8'), cert: readFileSync(certificate, 'utf8') },
        fetch() {
          requests++;
          return done();
        },
      });
      writeProject(dir, { 'tinybase.toml': environment('p', `https://localhost:${secure.port}`) });
      const untrusted = await run(dir, ['deploy']);
      await secure.stop(true);
      expect(untrusted.code).toBe(1);
      expect(untrusted.err).toContain('is not trusted');
      expect(requests).toBe(0);
    },
  );

  test('Ctrl-C while the server works ends it with a sentence and exit 1', async () => {
    const arrived = Promise.withResolvers<void>();
    using server = openServer(async () => {
      arrived.resolve();
      await Bun.sleep(60_000);
      return done();
    });
    const dir = makeFolder();
    writeProject(dir, { 'tinybase.toml': environment('p', server.url), 'functions/a.ts': '' });
    const io = createFakeIo({ cwd: dir });
    const running = run(dir, ['deploy'], io);
    await arrived.promise;
    io.signal();
    const { code, err } = await running;
    expect(code).toBe(130);
    expect(err).toContain('Stopped.');
  });
});

describe('against a real server', () => {
  async function connect(
    app: Awaited<ReturnType<typeof openDeployApp>>,
    files: Record<string, string>,
  ) {
    const made = await app.admin.post('/api/admin/api-tokens', {
      name: 'ci',
      scopes: ['functions:deploy'],
    });
    const dir = makeFolder();
    writeProject(dir, {
      'tinybase.toml': environment('production', app.url, made.body.token),
      ...files,
    });
    return dir;
  }

  test('deploys, says what changed, lists, goes back and refuses with file and line', async () => {
    await using app = await openDeployApp();
    const dir = await connect(app, { 'functions/a.ts': answering('first') });
    const first = await run(dir, ['deploy', '-m', 'First']);
    expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: '' });
    expect(first.out).toMatch(
      new RegExp(
        `^added    a\nFiles: 1 added, 0 changed, 0 removed.\nDeployed to production \\(${app.url}\\): 1 function, version [0-9a-f-]{36}\\.$`,
      ),
    );
    expect(first.statuses.some((line) => line.startsWith('Packing 1 file'))).toBe(true);
    expect(first.statuses.at(-1)).toBe('');
    expect(await app.call('a')).toBe('first');

    writeProject(dir, { 'functions/a.ts': answering('second'), 'functions/b.ts': answering('b') });
    const dry = await run(dir, ['deploy', '--dry-run']);
    expect(dry.out).toStartWith(
      'added    b\nchanged  a\nFiles: 1 added, 1 changed, 0 removed.\nNothing was changed.',
    );
    expect(await app.call('a')).toBe('first');
    const second = await run(dir, ['deploy', '--json']);
    expect(JSON.parse(second.out)).toMatchObject({ is_active: true, functions: ['a', 'b'] });
    expect(await app.call('a')).toBe('second');

    writeProject(dir, { 'functions/a.ts': '\nconst = 1;' });
    const refused = await run(dir, ['deploy']);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/^functions\/a\.ts:2: /);
    expect(await app.call('a')).toBe('second');

    const { out } = await run(dir, ['deployments']);
    const rows = out.split('\n').map((line) => line.split(/\s{2,}/));
    expect(rows).toHaveLength(3);
    expect(rows[1]?.slice(2)).toEqual(['active', '2']);
    expect(rows[2]).toContain('First');
    const json = JSON.parse((await run(dir, ['deployments', '--json'])).out);
    const back = await run(dir, ['activate', json[1].id]);
    expect(back).toMatchObject({ code: 0, err: '' });
    expect(await app.call('a')).toBe('first');
    const missing = await run(dir, ['activate', 'nothing']);
    expect({ code: missing.code, err: missing.err }).toEqual({
      code: 1,
      err: 'There is no deployment nothing.',
    });
    await run(dir, ['activate', 'local']);
    expect(await app.call('a')).toBe('not_found');
    expect((await run(dir, ['deployments'])).out).toContain('None is active');
  });

  test('a token of another scope is told which one is needed', async () => {
    await using app = await openDeployApp();
    const made = await app.admin.post('/api/admin/api-tokens', {
      name: 'x',
      scopes: ['functions:call'],
    });
    const dir = makeFolder();
    writeProject(dir, {
      'tinybase.toml': environment('p', app.url, made.body.token),
      'functions/a.ts': answering('a'),
    });
    const { code, err } = await run(dir, ['deploy']);
    expect(code).toBe(1);
    expect(err).toContain('functions:deploy');
  });

  test('an archive that is larger than the server takes is refused before it is sent', async () => {
    await using app = await openDeployApp({ toml: 'max_upload_mb = 1\nmax_body_mb = 1' });
    const dir = await connect(app, { 'functions/a.ts': answering('a') });
    const noise = Buffer.alloc(3 * 1024 * 1024);
    for (let at = 0; at < noise.length; at += 65_536)
      crypto.getRandomValues(noise.subarray(at, at + 65_536));
    writeFileSync(join(dir, 'functions', 'noise.bin'), noise);
    const { code, err } = await run(dir, ['deploy']);
    expect(code).toBe(1);
    expect(err).toContain('1 MB');
  });
});
