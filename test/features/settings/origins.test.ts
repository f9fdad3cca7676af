import { describe, expect, test } from 'bun:test';
import { SETTINGS } from '../../../src/core/config-keys.ts';
import { createSettingsApp } from './settings-app.ts';

/** Each is found wherever it is left: no other text holds one. */
const SECRETS = {
  metrics: 'hush-metrics-11',
  jwt: 'hush-jwt-222222222222222222222222222222222',
  smtp: 'hush-smtp-33',
  accessKey: 'hush-access-44',
  secretKey: 'hush-secret-55',
  token: 'hush-token-66',
  password: 'hush-p@ss/word-77',
  query: 'hush-query-88',
} as const;

const TOML = `
[server]
port = 9000
metrics_token = "${SECRETS.metrics}"
public_url = "https://shop.example.com"
[auth]
jwt_secret = ["${SECRETS.jwt}"]
[cors]
allow_origins = ["https://app.example.com"]
[mail]
from = "shop@example.com"
smtp_url = "smtp://user:${SECRETS.smtp}@mail.example.com:587"
[backup]
s3_bucket = "copies"
s3_access_key = "${SECRETS.accessKey}"
[environments.production]
url = "https://user:${SECRETS.password}@\${HOST}/base?key=${SECRETS.query}"
api_token = "${SECRETS.token}"
`;

describe('config', () => {
  test('shows every setting but those of the page itself, with value and origin', async () => {
    const { read } = await createSettingsApp({
      toml: TOML,
      env: { TINYBASE_DEBUG: '1', TINYBASE_FUNCTIONS_ENV: 'A,B' },
      envFile: `\nTINYBASE_SERVER_LOG_LEVEL=debug\nTINYBASE_BACKUP_S3_SECRET_KEY=${SECRETS.secretKey}\n`,
      origins: new Map([['server.port', { kind: 'flag', flag: '--port' }]]),
    });
    const { config } = (await read()).body;
    const keys = SETTINGS.map(({ key }) => key).filter((key) => key !== 'auth.registration');
    expect(Object.keys(config)).toEqual([
      ...keys,
      'environments.production.url',
      'environments.production.api_token',
    ]);
    const shown = (key: string) => [config[key].value, config[key].origin];
    expect(shown('server.port')).toEqual([9000, '--port']);
    expect(shown('server.host')).toEqual(['0.0.0.0', 'default']);
    expect(shown('server.debug')).toEqual([true, 'TINYBASE_DEBUG']);
    expect(shown('server.log_level')).toEqual([
      'debug',
      'TINYBASE_SERVER_LOG_LEVEL (server.env:2)',
    ]);
    expect(shown('functions.env')).toEqual([['A', 'B'], 'TINYBASE_FUNCTIONS_ENV']);
    expect(shown('cors.allow_origins')).toEqual([['https://app.example.com'], 'tinybase.toml:9']);
    expect(shown('backup.cron')).toEqual([null, 'default']);
    expect(config['server.port']).toEqual({
      value: 9000,
      origin: '--port',
      description: expect.stringContaining('Port'),
      is_secret: false,
    });
  });

  test('an admin who looks at every answer finds no secret, no part of one and no length', async () => {
    const { read, patch, dir } = await createSettingsApp({
      toml: TOML,
      envFile: `TINYBASE_BACKUP_S3_SECRET_KEY=${SECRETS.secretKey}`,
    });
    const answers = [
      await read(),
      await patch({ instance_name: 'x' }),
      await patch({ registration: 'x' }),
    ];
    const text = answers.map((answer) => answer.text).join('\n');
    for (const secret of Object.values(SECRETS))
      for (const part of [secret, secret.slice(0, 6), secret.slice(-6), btoa(secret)])
        expect(text, secret).not.toContain(part);
    expect(text).not.toContain(dir);
    const { config } = answers[0]?.body ?? {};
    const secrets = Object.entries<{ value: unknown; is_secret: boolean }>(config).filter(
      ([, entry]) => entry.is_secret,
    );
    expect(secrets.map(([key, { value }]) => [key, value])).toEqual([
      ['server.metrics_token', 'set'],
      ['auth.jwt_secret', 'set'],
      ['mail.smtp_url', 'set'],
      ['backup.s3_access_key', 'set'],
      ['backup.s3_secret_key', 'set'],
      ['environments.production.api_token', 'set'],
    ]);
    expect(config['environments.production.url'].value).toBe('https://…@$' + '{HOST}/base?…');
    const bare = (await (await createSettingsApp()).read()).body.config;
    expect(bare['auth.jwt_secret'].value).toBe('not set');
    expect(bare['mail.smtp_url'].value).toBe('not set');
  });
});

describe('what is set elsewhere is locked', () => {
  const flag = new Map([['auth.registration', { kind: 'flag', flag: '--registration' }]] as const);
  for (const [origin, options, registration] of [
    ['tinybase.toml:3', { toml: '# closed\n[auth]\nregistration = "closed"\n' }, 'closed'],
    ['tinybase.toml:2', { toml: '[auth]\nregistration = "open" # the default\n' }, 'open'],
    ['TINYBASE_AUTH_REGISTRATION', { env: { TINYBASE_AUTH_REGISTRATION: 'closed' } }, 'closed'],
    [
      'TINYBASE_AUTH_REGISTRATION (server.env:2)',
      { envFile: '\nTINYBASE_AUTH_REGISTRATION=closed' },
      'closed',
    ],
    ['--registration', { origins: flag }, 'open'],
  ] as const)
    test(`by ${origin}, also when it says the default`, async () => {
      const { read, patch, db, service, notes } = await createSettingsApp(options);
      expect((await read()).body).toMatchObject({
        registration,
        locked: [{ key: 'registration', origin }],
      });
      for (const value of ['open', 'closed', null]) {
        const { status, body } = await patch({ registration: value, instance_name: 'Harbour' });
        expect(status).toBe(409);
        expect(body.detail).toContain(`registration is set by ${origin}`);
      }
      expect(service.instanceName()).toBe('TinyBase');
      expect(notes).toEqual([]);
      // Others go on, and what the database holds from before does not count.
      expect((await patch({ instance_name: 'Harbour' })).status).toBe(200);
      db.run(
        `INSERT INTO setting (key, value, updated_at) VALUES ('registration', '"${registration === 'open' ? 'closed' : 'open'}"', '')`,
      );
      expect(service.isRegistrationOpen()).toBe(registration === 'open');
    });

  test('an env file outside of the project is named without its folder', async () => {
    const { showOrigin } = await import('../../../src/core/config-shown.ts');
    const at = (file: string) =>
      showOrigin({ kind: 'variable', variable: 'TINYBASE_X', file, line: 3 }, '/srv/shop');
    expect(at('/srv/shop/deploy/prod.env')).toBe('TINYBASE_X (deploy/prod.env:3)');
    expect(at('/etc/secrets/prod.env')).toBe('TINYBASE_X (prod.env:3)');
    expect(at('/srv/shopping/prod.env')).toBe('TINYBASE_X (prod.env:3)');
  });
});
