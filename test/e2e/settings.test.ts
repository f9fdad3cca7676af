import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { Client } from '../../scripts/support/http-client.ts';
import {
  client,
  createAdmin,
  createUser,
  makeTemporaryFolder,
  runBinary,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';

const SETTINGS = '/api/admin/settings';
const PASSWORD = 'a long enough password';

/** Each is found wherever it is left: no other text holds one. */
const SECRETS = {
  metrics: 'hush-metrics-11',
  jwt: 'hush-jwt-222222222222222222222222222222222',
  smtp: 'hush-smtp-33',
  access: 'hush-access-33',
  s3: 'hush-s3-44',
  token: 'hush-token-55',
} as const;

/** Tries to make an account; the answer is the status. */
function createRegister(url: string) {
  let count = 0;
  return async () => {
    const email = `guest-${++count}@example.com`;
    const { status } = await client(url).post('/api/auth/register', { email, password: PASSWORD });
    return status;
  };
}

describe('settings of a running server', () => {
  let server: ServerProcess;
  let admin: Client;

  beforeAll(async () => {
    server = await startBinary({ env: { TINYBASE_AUTH_LOGIN_ATTEMPTS_PER_MINUTE: '10000' } });
    admin = await createAdmin(server);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test('registration is switched while accounts are made: whoever asks after the answer obeys it', async () => {
    const register = createRegister(server.url);
    let isClosed = false;
    const before: number[] = [];
    /** Asks again and again; the answer is that to the first request sent after the switch. */
    const guest = async () => {
      while (!isClosed) before.push(await register());
      return register();
    };
    const guests = [guest(), guest(), guest(), guest()];
    while (before.length === 0) await Bun.sleep(1);
    expect((await admin.patch(SETTINGS, { registration: 'closed' })).status).toBe(200);
    isClosed = true;
    expect(await Promise.all(guests)).toEqual([403, 403, 403, 403]);
    expect(before[0]).toBe(201);
    expect((await admin.patch(SETTINGS, { registration: null })).body.registration).toBe('open');
    expect(await register()).toBe(201);
  });

  test('the name shows at once at the root and in the document', async () => {
    expect((await admin.get('/')).body.name).toBe('TinyBase');
    await admin.patch(SETTINGS, { instance_name: 'Harbour <b>Books</b>' });
    expect((await client(server.url).get('/')).body.name).toBe('Harbour <b>Books</b>');
    expect((await admin.get('/openapi.json')).body.info.title).toBe('Harbour <b>Books</b>');
    expect((await admin.get(SETTINGS)).body.instance_name).toBe('Harbour <b>Books</b>');
  });

  test('who did what to the settings is in the audit log', async () => {
    await admin.patch(SETTINGS, { instance_name: 'Noted' });
    const { items } = (await admin.get('/api/admin/audit?limit=1')).body;
    expect(items[0]).toMatchObject({
      action: 'settings.update',
      details: { changed: ['instance_name'], now: { instance_name: 'Noted' } },
    });
  });

  test('a user, a stranger and an API token that is only for records read and change nothing', async () => {
    const ann = await createUser(server.url, 'ann@example.com');
    const scopes = ['records:read', 'records:write', 'functions:call', 'functions:deploy'];
    const made = await admin.post('/api/admin/api-tokens', { name: 'records', scopes });
    const before = (await admin.get(SETTINGS)).body;
    for (const [who, status] of [
      [client(server.url), 401],
      [ann, 403],
      [client(server.url, made.body.token), 403],
    ] as const) {
      const read = await who.get(SETTINGS);
      expect(read.status).toBe(status);
      expect(JSON.stringify(read.body)).not.toContain('config');
      expect((await who.patch(SETTINGS, { registration: 'closed' })).status).toBe(status);
      expect((await who.patch(SETTINGS, 'not even json')).status).toBe(status);
    }
    expect((await admin.get(SETTINGS)).body).toEqual(before);
    const full = await admin.post('/api/admin/api-tokens', { name: 'all', scopes: ['admin'] });
    expect((await client(server.url, full.body.token).get(SETTINGS)).status).toBe(200);
  });

  test('two admins who save at the same time both count', async () => {
    const text = 'Go to {{url}}';
    const answers = await Promise.all([
      admin.patch(SETTINGS, { instance_name: 'Both' }),
      admin.patch(SETTINGS, { registration: 'closed' }),
      admin.patch(SETTINGS, { mail_templates: { verify_email: { text } } }),
      admin.patch(SETTINGS, { mail_templates: { password_reset: { text } } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await admin.get(SETTINGS)).body).toMatchObject({
      instance_name: 'Both',
      registration: 'closed',
      mail_templates: { verify_email: { text }, password_reset: { text } },
    });
    await admin.patch(SETTINGS, { registration: null, mail_templates: null });
  });

  test('what another process writes into the database counts with the next request', async () => {
    const register = createRegister(server.url);
    const isClosed = async () => (await register()) === 403;
    expect(await isClosed()).toBe(false);
    using db = new Database(join(server.dir, 'tinybase.db'));
    db.run('PRAGMA busy_timeout = 5000');
    db.run(
      `INSERT INTO setting (key, value, updated_at) VALUES ('registration', '"closed"', ''),
         ('instance_name', '"From outside"', '') ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    );
    // The comparison is skipped right after another.
    await Bun.sleep(1);
    expect(await isClosed()).toBe(true);
    expect((await client(server.url).get('/')).body.name).toBe('From outside');
    db.run("DELETE FROM setting WHERE key = 'registration'");
    await Bun.sleep(1);
    expect(await isClosed()).toBe(false);
  });

  test('an answered change survives kill -9', async () => {
    expect((await admin.patch(SETTINGS, { instance_name: 'Survivor' })).status).toBe(200);
    await admin.patch(SETTINGS, { registration: 'closed' });
    await server.kill9();
    server = await server.restart();
    expect((await client(server.url).get('/')).body.name).toBe('Survivor');
    expect(await createRegister(server.url)()).toBe(403);
    admin = client(server.url, admin.token);
    expect((await admin.get(SETTINGS)).body).toMatchObject({
      instance_name: 'Survivor',
      registration: 'closed',
    });
  });
});

const TOML = `# Settings of the shop.
[server]
metrics_token = "${SECRETS.metrics}"
public_url = "https://shop.example.com"
[auth]
registration = "closed"
jwt_secret = ["${SECRETS.jwt}"]
[mail]
from = "shop@example.com"
[environments.production]
url = "https://shop.example.com"
api_token = "${SECRETS.token}"
`;
const ENV = {
  TINYBASE_MAIL_SMTP_URL: `smtp://user:${SECRETS.smtp}@127.0.0.1:9`,
  TINYBASE_BACKUP_S3_BUCKET: 'copies',
  TINYBASE_BACKUP_S3_ACCESS_KEY: SECRETS.access,
  TINYBASE_BACKUP_S3_SECRET_KEY: SECRETS.s3,
  TINYBASE_SERVER_LOG_LEVEL: 'debug',
};

describe('settings of the file, the environment and flags', () => {
  let server: ServerProcess;
  let admin: Client;
  const dir = makeTemporaryFolder();

  beforeAll(async () => {
    writeFiles(dir, { 'tinybase.toml': TOML, 'prod.env': '\nTINYBASE_AUTH_REGISTRATION=open\n' });
    server = await startBinary({ dir, env: ENV });
    admin = await createAdmin(server);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  const locks = async () => (await admin.get(SETTINGS)).body.locked;
  const restart = async (options: Parameters<typeof startBinary>[0] = {}) => {
    await server.stop();
    server = await startBinary({ dir, env: ENV, ...options });
    admin = client(server.url, admin.token);
  };

  test('the line of tinybase.toml locks: the change is refused with it, and the rest of it too', async () => {
    const origin = 'tinybase.toml:6';
    expect(await locks()).toEqual([{ key: 'registration', origin }]);
    const change = { registration: 'open', instance_name: 'Sneaked in' };
    const { status, body } = await admin.patch(SETTINGS, change);
    expect(status).toBe(409);
    expect(body.code).toBe('conflict');
    expect(body.detail).toContain(`registration is set by ${origin}`);
    expect((await client(server.url).get('/')).body.name).toBe('TinyBase');
    expect(await createRegister(server.url)()).toBe(403);
    expect((await admin.patch(SETTINGS, { instance_name: 'Allowed' })).status).toBe(200);
  });

  test('each value has its origin: a line, a variable, a flag or the default', async () => {
    const { config } = (await admin.get(SETTINGS)).body;
    const origins = Object.fromEntries(
      ['server.port', 'server.log_level', 'mail.from', 'auth.token_ttl_hours'].map((key) => [
        key,
        config[key].origin,
      ]),
    );
    expect(origins).toEqual({
      'server.port': '--port',
      'server.log_level': 'TINYBASE_SERVER_LOG_LEVEL',
      'mail.from': 'tinybase.toml:9',
      'auth.token_ttl_hours': 'default',
    });
    expect(config['server.port'].value).toBe(server.port);
  });

  test('an admin, or who looks over their shoulder, finds no configured secret in any answer', async () => {
    const answers = [
      await admin.get(SETTINGS),
      await admin.patch(SETTINGS, { instance_name: 'Allowed' }),
      await admin.patch(SETTINGS, { registration: 'open' }),
      await admin.patch(SETTINGS, { registration: 7, mail_templates: { x: 1 } }),
      await admin.get('/openapi.json'),
      await admin.get('/api/admin/audit?limit=1000'),
    ];
    const shown = ['--show-origin', '--json'].map((flag) =>
      runBinary(['config', flag], { dir, env: ENV }),
    );
    const printed = (await Promise.all(shown)).flatMap(({ code, stdout, stderr }) => {
      expect(code).toBe(0);
      expect(stdout).toContain('mail.smtp_url');
      return [stdout, stderr];
    });
    const all = [
      ...answers.map(({ body }) => JSON.stringify(body)),
      ...printed,
      server.stdout(),
      server.stderr(),
    ].join('\n');
    for (const secret of Object.values(SECRETS))
      for (const part of [secret, secret.slice(0, 7), btoa(secret)])
        expect(all, secret).not.toContain(part);
    expect(JSON.stringify(answers[0]?.body)).not.toContain(dir);
  });

  test('a variable wins over the file and locks, and so does one of an env file', async () => {
    await restart({ env: { ...ENV, TINYBASE_AUTH_REGISTRATION: 'open' } });
    expect(await locks()).toEqual([{ key: 'registration', origin: 'TINYBASE_AUTH_REGISTRATION' }]);
    expect(await createRegister(server.url)()).toBe(201);
    await restart({ args: ['--env-file', 'prod.env'] });
    const origin = 'TINYBASE_AUTH_REGISTRATION (prod.env:2)';
    expect(await locks()).toEqual([{ key: 'registration', origin }]);
    const { status, body } = await admin.patch(SETTINGS, { registration: null });
    expect([status, body.detail]).toEqual([409, expect.stringContaining(origin)]);
  });

  test('a lock that is taken out of the file is gone after a reload, and one that is put in counts', async () => {
    writeFiles(dir, { 'tinybase.toml': TOML.replace('registration = "closed"\n', '') });
    await restart({ args: ['--reload'] });
    expect(await locks()).toEqual([]);
    expect((await admin.patch(SETTINGS, { registration: 'closed' })).status).toBe(200);
    // The default, in words: what the admin has set no longer counts.
    writeFiles(dir, { 'tinybase.toml': `${TOML.replace('"closed"', '"open"')}` });
    while (!server.stderr().includes('Serving again')) await Bun.sleep(20);
    expect(await locks()).toEqual([{ key: 'registration', origin: 'tinybase.toml:6' }]);
    expect(await createRegister(server.url)()).toBe(409);
  });
});
