import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Server } from 'bun';
import ignore from 'ignore';
import { type Client, expectStatus } from '../../scripts/support/http-client.ts';
import { inRoot } from '../../scripts/support/paths.ts';
import { client, createAdmin, makeTemporaryFolder } from '../support/binary.ts';
import { readDockerfile } from '../support/dockerfile.ts';
import { openCollection, writeFiles } from '../support/fixtures.ts';
import { AUTHORITY, KEY, SELF_SIGNED, SIGNED } from '../support/own-authority.ts';
import {
  describeInRootFolder,
  eventually,
  makeRootFolder,
  type RootServer,
  runInRoot,
  serveInRoot,
} from '../support/root-folder.ts';
import { ROOT_FUNCTIONS } from '../support/root-folder-functions.ts';
import { openSmtp, type SmtpDouble } from '../support/smtp.ts';

const image = readDockerfile(inRoot('Dockerfile'));
const context = ignore().add(readFileSync(inRoot('.dockerignore'), 'utf8'));

describe('the Dockerfile', () => {
  test('ends FROM scratch, with nothing but what docker-root.sh makes, as an unprivileged user', () => {
    expect(image.last.from).toBe('scratch');
    const [first = '', ...others] = image.all('COPY');
    expect(first).toMatch(/^--from=root \/image\/ \/$/);
    expect(others).toEqual([`--from=root --chown=${image.user} /image/data/ /data/`]);
    expect(image.all('RUN')).toEqual([]);
    const root = image.stages.find(({ name }) => name === 'root');
    expect(root?.instructions.map(({ text }) => text)).toContain(
      'sh /docker-root.sh /tinybase /LICENSE /image',
    );
    expect(image.user).toMatch(/^[1-9]\d{4}:[1-9]\d{4}$/);
  });

  test('serves /data on port 8000, and is asked by the program itself', () => {
    expect(image.env).toEqual({ HOME: '/data' });
    expect([image.folder, ...image.all('VOLUME'), ...image.all('EXPOSE')]).toEqual([
      '/data',
      '/data',
      '8000',
    ]);
    expect([...image.entrypoint, ...image.command]).toEqual(['/tinybase', 'serve']);
    expect(image.healthCheck).toEqual(['/tinybase', 'health']);
    expect(image.all('STOPSIGNAL')).toEqual(['SIGTERM']);
  });

  test('is built on the machine that builds for both architectures, with the registry of npm alone', () => {
    const text = readFileSync(inRoot('Dockerfile'), 'utf8');
    expect(text).toContain('FROM --platform=$BUILDPLATFORM');
    expect(text).toMatch(/^ARG TARGETARCH$/m);
    expect(text).not.toMatch(/curl|wget|apt-get|https?:\/\//);
  });

  test('its context holds what the build reads, and neither data nor secrets', () => {
    const needed = [
      'package.json',
      'package-lock.json',
      'CHANGELOG.md',
      'LICENSE',
      'bunfig.toml',
      'tsconfig.json',
      'docs/openapi.json',
      'admin/index.html',
      'admin/vite.config.ts',
      'scripts/with-bun.mjs',
      'scripts/docker-build.ts',
      'scripts/docker-root.sh',
      'src/main.ts',
      ...(readdirSync(inRoot('functions-template')) as string[]).map(
        (name) => `functions-template/${name}`,
      ),
    ];
    expect(needed.filter((path) => !existsSync(inRoot(path)))).toEqual([]);
    expect(needed.filter((path) => context.ignores(path))).toEqual([]);
    const private_ = [
      '.git/config',
      '.env',
      'deep/.env.local',
      'tinybase.db',
      'shop/tinybase.db-wal',
      'tinybase.toml',
      'node_modules/x/index.js',
      'data/tinybase.db',
      'dist/tinybase',
    ];
    expect(private_.filter((path) => !context.ignores(path))).toEqual([]);
  });
});

describeInRootFolder('the image, with a read-only root', () => {
  const data = makeTemporaryFolder('data');
  const options = {
    data,
    isReadOnly: true,
    env: {
      NODE_EXTRA_CA_CERTS: '/data/authority.pem',
      TINYBASE_FUNCTIONS_ENV: 'NODE_EXTRA_CA_CERTS',
      TINYBASE_SCHEDULER_INTERVAL_SECONDS: '1',
      TINYBASE_BACKUP_PATH: '/data/copies',
      TINYBASE_MAIL_FROM: 'books@example.com',
      TINYBASE_SERVER_PUBLIC_URL: 'https://books.example.com',
    },
  };
  let smtp: SmtpDouble;
  let secure: Server<undefined>;
  let unknown: Server<undefined>;
  let root: string;
  let server: RootServer;
  let admin: Client;
  const all = () => ({ ...options, env: { ...options.env, TINYBASE_MAIL_SMTP_URL: smtp.url } });
  const serveTls = (cert: string) =>
    Bun.serve({ port: 0, tls: { cert, key: KEY }, fetch: () => new Response('secure') });

  beforeAll(async () => {
    smtp = await openSmtp();
    secure = serveTls(SIGNED);
    unknown = serveTls(SELF_SIGNED);
    root = makeRootFolder();
    writeFiles(data, {
      'functions/tells_time.ts': ROOT_FUNCTIONS['functions/tells_time.ts'],
      'functions/fetches.ts': `import { register, t } from 'tinybase';
export default register({ auth: 'public', input: t.Object({ url: t.String() }), output: t.Any() }, async (_ctx, { url }) =>
  fetch(url).then((answer) => answer.text(), (error) => 'refused: ' + error.code));
`,
    });
    writeFileSync(join(data, 'authority.pem'), AUTHORITY);
    server = await serveInRoot(root, all());
    admin = await createAdmin(server);
    expectStatus(await admin.post('/api/collections', openCollection('notes')), 201, 'notes');
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await smtp?.[Symbol.asyncDispose]();
    await Promise.all([secure?.stop(true), unknown?.stop(true)]);
  });
  const call = async (name: string, payload: object = {}) =>
    (await client(server.url).post(`/api/functions/${name}`, payload)).body.result;

  test('its health check finds the server by itself', async () => {
    const [, ...args] = image.healthCheck;
    // A second container sees the same volume and, here, the same network.
    const asked = await runInRoot(root, args, all());
    expect(asked, asked.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(asked.stdout).toMatch(/^TinyBase .* answers at http:\/\/127\.0\.0\.1:\d+ /);
  });

  test('the admin app is served from the program', async () => {
    const page = await fetch(`${server.url}/admin/`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect((await fetch(`${server.url}/docs`)).status).toBe(200);
  });

  test('TLS: a server of a private authority is trusted, one that nobody vouches for is not', async () => {
    expect(await call('fetches', { url: `https://localhost:${secure.port}/` })).toBe('secure');
    expect(await call('fetches', { url: `https://localhost:${unknown.port}/` })).toMatch(
      /^refused: .*(SELF_SIGNED|UNABLE_TO|CERT)/,
    );
  });

  test('a schedule by the clock of Berlin fires at its time', async () => {
    expect((await call('tells_time'))[0]).toBe('Montag, 1. Juli 2030 um 14:00');
    const due = new Date(Date.now() + 10_000);
    const berlin = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'Europe/Berlin',
      dateStyle: 'short',
      timeStyle: 'medium',
    }).format(due);
    const [date, time] = berlin.split(' ');
    const made = expectStatus(
      await admin.post('/api/admin/schedules', {
        name: 'once in Berlin',
        function_name: 'tells_time',
        schedule: { method: 'once', date, time, timezone: 'Europe/Berlin' },
      }),
      201,
      'making a schedule',
    );
    expect(made.next_run_at.slice(0, 19)).toBe(due.toISOString().slice(0, 19));
    await eventually(
      async () =>
        (await admin.get(`/api/admin/schedules/${made.id}`)).body.last_status === 'succeeded',
    );
  });

  test('mail goes out', async () => {
    const to = 'ann@example.com';
    expect((await admin.post('/api/admin/settings/mail/test', { to })).status).toBe(204);
    expect((await smtp.mailTo(to)).from).toBe('books@example.com');
  });

  test('a backup into a folder of the volume is put back, and SIGTERM ends in time', async () => {
    const notes = '/api/collections/notes/records';
    expectStatus(await client(server.url).post(notes, { title: 'before' }), 201, 'a note');
    const { id } = (await admin.post('/api/admin/backups', {})).body;
    await eventually(
      async () => (await admin.get(`/api/admin/backups/${id}`)).body.status !== 'running',
    );
    const [copy = ''] = readdirSync(join(data, 'copies')).filter((name) => name.endsWith('.db'));
    expect(statSync(join(data, 'copies', copy)).mode & 0o077).toBe(0);
    expectStatus(await client(server.url).post(notes, { title: 'after' }), 201, 'a note');

    expect(await server.stop()).toBe(0);
    expect(server.stderr()).not.toMatch(/EROFS|read-only/i);
    const restored = await runInRoot(root, ['db', 'restore', `copies/${copy}`, '--yes'], all());
    expect(restored, restored.stderr).toMatchObject({ code: 0 });
    server = await serveInRoot(root, all());
    const { body } = await client(server.url).get(notes);
    expect(body.items.map(({ data: { title } }: { data: { title: string } }) => title)).toEqual([
      'before',
    ]);
  });

  test('the health check fails once the server is gone', async () => {
    expect(await server.stop()).toBe(0);
    const asked = await runInRoot(root, image.healthCheck.slice(1), all());
    expect(asked).toMatchObject({ code: 1, stdout: '' });
    expect(asked.stderr).toContain('No server serves');
  });
});
