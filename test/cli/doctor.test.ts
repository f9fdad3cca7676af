import { describe, expect, test } from 'bun:test';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createApp } from '../../src/app.ts';
import { openParts } from '../../src/app-parts.ts';
import { main } from '../../src/cli/main.ts';
import { createSilentLogger } from '../../src/cli/settings.ts';
import { SYSTEM } from '../../src/core/actor.ts';
import { loadConfig } from '../../src/core/config.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

interface Finding {
  readonly state: 'ok' | 'warning' | 'wrong';
  readonly subject: string;
  readonly what: string;
  readonly advice: string | null;
}

/** No port of a test is 8000, which somebody may have. */
const PORT = { TINYBASE_SERVER_PORT: '0' };

async function examine(cwd: string, env: Record<string, string> = PORT) {
  const io = createFakeIo({ cwd, env });
  const code = await main(['doctor', '--json'], io);
  const findings = JSON.parse(io.stdout.join('\n')) as Finding[];
  const of = (subject: string) => findings.filter((one) => one.subject === subject);
  return { code, findings, of, err: io.stderr.join('\n') };
}

async function makeProject(): Promise<string> {
  const cwd = makeFolder();
  const io = createFakeIo({ cwd });
  const account = ['--admin-email', 'ann@example.com', '--admin-password', 'a long password'];
  expect(await main(['init', '--yes', ...account], io)).toBe(0);
  return cwd;
}

/** Every file with its bytes: what a look must not change. */
function snapshot(dir: string): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true, encoding: 'utf8' });
  return Object.fromEntries(
    files
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, Bun.hash(readFileSync(path)).toString(36)]),
  );
}

describe('a project that is well', () => {
  test('has nothing wrong, and is not changed by the look', async () => {
    const dir = await makeProject();
    const before = snapshot(dir);
    const { code, findings, of } = await examine(dir);
    expect(findings.filter(({ state }) => state === 'wrong')).toEqual([]);
    expect(code).toBe(0);
    expect(of('functions')).toEqual([expect.objectContaining({ state: 'ok', what: '1 loads.' })]);
    expect(of('admins')[0]?.what).toBe('1 admin can sign in.');
    expect(snapshot(dir)).toEqual(before);
  });

  test('is told in lines for people too, with what to do', async () => {
    const io = createFakeIo({ cwd: makeFolder(), env: PORT });
    expect(await main(['doctor'], io)).toBe(0);
    expect(io.text()).toMatch(/^ok {7}database {7}There is none yet/m);
  });

  test('is looked at beside a running server, which is named', async () => {
    const dir = await makeProject();
    const { config } = loadConfig({ dir, env: { ...PORT, TINYBASE_FUNCTIONS_WORKERS: '1' } });
    const logger = createSilentLogger(createFakeIo({ cwd: dir }));
    const app = await createApp({ config, dir, logger, version: 'test', isServing: true });
    try {
      await app.listen();
      const { code, of } = await examine(dir);
      expect(code).toBe(0);
      expect(of('port')[0]?.what).toStartWith(`A server runs: process ${process.pid} at `);
    } finally {
      await app.stop();
    }
  });
});

describe('what is wrong is told with what to do, and exits 1', () => {
  test('mistakes of the configuration, each with its place', async () => {
    const dir = makeFolder();
    writeFileSync(join(dir, 'tinybase.toml'), '[server]\nprot = 1\nworkers = 2\n');
    const { code, findings } = await examine(dir);
    expect(code).toBe(1);
    expect(findings.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^server\.prot .*tinybase\.toml:2.*server\.port/),
      expect.stringContaining('tinybase.toml:3'),
    ]);
  });

  test('values that do not count, and settings that do nothing', async () => {
    const dir = makeFolder();
    writeFileSync(join(dir, 'tinybase.toml'), '[server]\nport = 9000\n[mail]\nfrom = "a@b.c"\n');
    const { of } = await examine(dir, { ...PORT, TINYBASE_NO_SUCH: '1' });
    expect(of('configuration').map(({ what }) => what)).toEqual([
      expect.stringContaining('TINYBASE_NO_SUCH'),
      'server.port in tinybase.toml:2 does not count: TINYBASE_SERVER_PORT decides.',
      'mail.from does nothing without a mail server.',
    ]);
  });

  test('functions that do not load, and packages that are not installed', async () => {
    const dir = await makeProject();
    writeFileSync(join(dir, 'functions/broken.ts'), 'import "no-such-package";\n');
    writeFileSync(
      join(dir, 'functions/package.json'),
      '{"dependencies": {"no-such-package": "1"}}',
    );
    const { code, of } = await examine(dir);
    expect(code).toBe(1);
    expect(of('functions')).toEqual([
      {
        state: 'wrong',
        subject: 'functions',
        what: expect.stringMatching(/^functions\/broken\.ts.* does not load: .*no-such-package/),
        advice: 'tinybase functions install',
      },
      expect.objectContaining({ state: 'warning', advice: 'tinybase functions install' }),
    ]);
    expect(readdirSync(join(dir, 'functions'))).not.toContain('node_modules');
  });

  test('what cannot be looked at is one of the findings, and the rest is told', async () => {
    const dir = await makeProject();
    rmSync(join(dir, 'functions'), { recursive: true });
    writeFileSync(join(dir, 'functions'), 'a file');
    rmSync(join(dir, 'tinybase.db'));
    mkdirSync(join(dir, 'tinybase.db'));
    const { code, of } = await examine(dir);
    expect(code).toBe(1);
    expect(of('functions')[0]).toMatchObject({
      state: 'wrong',
      what: expect.stringContaining(dir),
    });
    // A backup is no help against a file that is not one, or not ours to read.
    expect(of('database')[0]?.what).toContain('tinybase.db cannot be read');
    expect(of('database')[0]?.advice).not.toContain('restore');
    expect(of('crashes')).toHaveLength(1);
  });

  test('files that others can read, a clock that went back, reports of crashes', async () => {
    const dir = await makeProject();
    chmodSync(join(dir, 'tinybase.db'), 0o644);
    const future = new Date(Date.now() + 3_600_000);
    utimesSync(join(dir, 'tinybase.db'), future, future);
    mkdirSync(join(dir, 'crash-reports'));
    writeFileSync(join(dir, 'crash-reports/20300101T000000000Z-server.txt'), 'x');
    const { code, of } = await examine(dir);
    expect(code).toBe(1);
    expect(of('permissions')[0]).toMatchObject({
      state: 'warning',
      advice: expect.stringMatching(/^chmod 600 .*tinybase\.db$/),
    });
    expect(of('clock')[0]?.state).toBe('wrong');
    expect(of('crashes')[0]?.what).toContain('1 report');
  });

  test('a damaged database, and one of another program', async () => {
    const dir = makeFolder();
    writeFileSync(join(dir, 'tinybase.db'), 'this is no database'.repeat(100));
    const { code, of } = await examine(dir);
    expect(code).toBe(1);
    expect(of('database')[0]).toMatchObject({
      state: 'wrong',
      what: expect.stringContaining('not a SQLite database'),
    });
  });

  test('a port that somebody holds, by name where the system tells; a mail server that is not there', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '0.0.0.0', resolve));
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const { code, of } = await examine(makeFolder(), {
        TINYBASE_SERVER_PORT: String(port),
        TINYBASE_SERVER_PUBLIC_URL: 'https://example.com',
        TINYBASE_MAIL_FROM: 'shop@example.com',
        TINYBASE_MAIL_SMTP_URL: 'smtp://ann:swordfish@127.0.0.1:1',
      });
      expect(code).toBe(1);
      expect(of('port')[0]?.what).toStartWith(`${port} is taken`);
      if (process.platform === 'linux')
        expect(of('port')[0]?.what).toContain(`(process ${process.pid})`);
      expect(of('mail')[0]).toMatchObject({ state: 'wrong' });
      expect(of('mail')[0]?.what).not.toContain('swordfish');
    } finally {
      holder.close();
    }
  });

  test('collections into which anyone may write, and backups that fail', async () => {
    const dir = await makeProject();
    const { config } = loadConfig({ dir, env: {} });
    const logger = createSilentLogger(createFakeIo({ cwd: dir }));
    const { collections, storage } = openParts({ config, dir, logger, version: 'test' });
    const access = {
      list: 'public',
      read: 'public',
      create: 'public',
      update: 'owner',
      delete: 'public',
    } as const;
    await collections.create(SYSTEM, {
      name: 'notes',
      schema: { fields: [] },
      options: { access },
    });
    await storage.backups.begin({
      id: 'b',
      trigger_type: 'schedule',
      location: '/x',
      created_at: '2026-01-01T00:00:00.000Z',
    });
    await storage.backups.fail('b', {
      error: 'The disk is full.',
      finished_at: '2026-01-01T00:00:01.000Z',
    });
    storage.close();
    const { code, of } = await examine(dir);
    expect(code).toBe(1);
    expect(of('rules')[0]?.what).toBe('notes: anyone may create, delete, without signing in.');
    expect(of('backups')[0]).toMatchObject({
      state: 'wrong',
      what: expect.stringContaining('The disk is full.'),
    });
  });
});
