import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import {
  type ConfigFlag,
  databasePath,
  describeOrigin,
  loadConfig,
  resolveVariables,
} from '../../src/core/config.ts';
import { SETTINGS } from '../../src/core/config-keys.ts';
import { ConfigSchema } from '../../src/core/config-schema.ts';
import { renderConfigToml } from '../../src/core/config-toml.ts';
import { AppError } from '../../src/core/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'tinybase-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

interface Given {
  readonly toml?: string;
  readonly env?: Record<string, string>;
  readonly envFile?: string;
  readonly flags?: readonly ConfigFlag[];
}

function load({ toml, env = {}, envFile, flags = [] }: Given = {}) {
  const dir = join(folder, String(++count));
  Bun.spawnSync(['mkdir', dir]);
  if (toml !== undefined) writeFileSync(join(dir, 'tinybase.toml'), toml);
  const file = join(dir, 'my.env');
  if (envFile !== undefined) writeFileSync(file, envFile);
  return loadConfig({ dir, env, flags, envFile: envFile === undefined ? undefined : file });
}

/** The message of the error that loading must end in. */
function failure(given: Given): string {
  try {
    load(given);
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe('invalid_input');
    return (error as AppError).message;
  }
  throw new Error('The configuration was accepted.');
}

describe('defaults', () => {
  test('every documented default is valid', () => {
    expect([...Value.Errors(ConfigSchema, load().config)]).toEqual([]);
  });

  test('every setting has a description and a variable', () => {
    for (const { key, schema, variables } of SETTINGS) {
      expect({ key, text: schema.description }).toEqual({
        key,
        text: expect.stringMatching(/\.$/),
      });
      expect(variables[0]).toBe(`TINYBASE_${key.replace('.', '_').toUpperCase()}`);
    }
  });

  test('no two settings share a variable', () => {
    const variables = SETTINGS.flatMap((setting) => setting.variables);
    expect(new Set(variables).size).toBe(variables.length);
  });

  test('are those of the contract', () => {
    const { config } = load();
    expect(config.server).toMatchObject({ host: '0.0.0.0', port: 8000, log_level: 'info' });
    expect(config.database.url).toBe('sqlite:///./tinybase.db');
    expect(config.auth).toMatchObject({ token_ttl_hours: 24, jwt_secret: [] });
    expect(config.functions.workers).toBeGreaterThan(0);
    expect(config.environments).toEqual({});
    expect(config.server.public_url).toBeUndefined();
  });
});

describe('precedence', () => {
  const toml = '[server]\nport = 1001\n';
  const env = { TINYBASE_SERVER_PORT: '1002' };
  const flags = [{ key: 'server.port', flag: '--port', value: '1003' }];
  const cases: readonly [name: string, given: Given, port: number, origin: string][] = [
    ['the default counts when nothing is said', {}, 8000, 'default'],
    ['the toml wins over the default', { toml }, 1001, 'tinybase.toml:2'],
    ['a variable wins over the toml', { toml, env }, 1002, 'TINYBASE_SERVER_PORT'],
    ['a flag wins over all', { toml, env, flags }, 1003, '--port'],
    [
      'an empty variable counts as not set',
      { toml, env: { TINYBASE_SERVER_PORT: ' ' } },
      1001,
      'tinybase.toml:2',
    ],
    [
      'the environment wins over the env file',
      { env, envFile: 'TINYBASE_SERVER_PORT=7\n' },
      1002,
      'TINYBASE_SERVER_PORT',
    ],
  ];
  for (const [name, given, port, origin] of cases) {
    test(name, () => {
      const { config, origins } = load(given);
      expect(config.server.port).toBe(port);
      expect(describeOrigin(origins.get('server.port') ?? { kind: 'default' })).toBe(origin);
    });
  }

  test('an env file is named with its line', () => {
    const {
      config,
      origins,
      env: merged,
    } = load({ envFile: '# a\n\nTINYBASE_SERVER_PORT=7\nX=1\n' });
    expect(config.server.port).toBe(7);
    expect(describeOrigin(origins.get('server.port') ?? { kind: 'default' })).toMatch(
      /^TINYBASE_SERVER_PORT \(.*my\.env:3\)$/,
    );
    expect(merged.X).toBe('1');
  });
});

describe('variables', () => {
  const accepted: readonly [
    name: string,
    env: Record<string, string>,
    path: string,
    value: unknown,
  ][] = [
    ['the further name of a setting', { TINYBASE_DEBUG: 'true' }, 'server.debug', true],
    [
      'TINYBASE_LOG_LEVEL in any case',
      { TINYBASE_LOG_LEVEL: 'DEBUG' },
      'server.log_level',
      'debug',
    ],
    [
      'TINYBASE_DB_URL',
      { TINYBASE_DB_URL: 'sqlite:///./a.db' },
      'database.url',
      'sqlite:///./a.db',
    ],
    [
      'both names that agree',
      { TINYBASE_DEBUG: '1', TINYBASE_SERVER_DEBUG: 'yes' },
      'server.debug',
      true,
    ],
    ['a boolean as off', { TINYBASE_SCHEDULER_ENABLED: 'off' }, 'scheduler.enabled', false],
    ['a list with commas', { TINYBASE_FUNCTIONS_ENV: 'A, B,' }, 'functions.env', ['A', 'B']],
    ['a list as JSON', { TINYBASE_FUNCTIONS_ENV: '["A","B"]' }, 'functions.env', ['A', 'B']],
    ['an empty list as JSON', { TINYBASE_CORS_ALLOW_ORIGINS: '[]' }, 'cors.allow_origins', []],
    ['*', { TINYBASE_CORS_ALLOW_ORIGINS: '*' }, 'cors.allow_origins', ['*']],
    [
      'an origin with a port',
      { TINYBASE_CORS_ALLOW_ORIGINS: 'http://localhost:5173' },
      'cors.allow_origins',
      ['http://localhost:5173'],
    ],
    [
      'several secrets',
      { TINYBASE_AUTH_JWT_SECRET: `${'a'.repeat(32)},${'b'.repeat(40)}` },
      'auth.jwt_secret',
      ['a'.repeat(32), 'b'.repeat(40)],
    ],
    [
      'an address without the slash at its end',
      { TINYBASE_SERVER_PUBLIC_URL: 'https://x.com/base/' },
      'server.public_url',
      'https://x.com/base',
    ],
    [
      'an environment',
      { TINYBASE_ENVIRONMENTS_STAGING_URL: 'https://s.x.com' },
      'environments.staging.url',
      'https://s.x.com',
    ],
  ];
  for (const [name, env, path, value] of accepted) {
    test(`${name} is understood`, () => {
      const found = path
        .split('.')
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], load({ env }).config);
      expect(found).toEqual(value);
    });
  }

  test('one that nobody knows is a warning with the nearest name', () => {
    expect(load({ env: { TINYBASE_SERVER_PROT: '1', TINYBASE_QQQ: '' } }).warnings).toEqual([
      'TINYBASE_SERVER_PROT is not a setting; did you mean TINYBASE_SERVER_PORT?',
      'TINYBASE_QQQ is not a setting.',
    ]);
  });

  test('those of init are known', () => {
    const env = { TINYBASE_ADMIN_EMAIL: 'a@b.co', TINYBASE_ADMIN_PASSWORD: 'x' };
    expect(load({ env }).warnings).toEqual([]);
  });

  test('an environment of the toml keeps its spelling', () => {
    const { config } = load({
      toml: '[environments.My-Prod]\nurl = "https://a.com"\n',
      env: { TINYBASE_ENVIRONMENTS_MY_PROD_API_TOKEN: 'abc' },
    });
    expect(config.environments).toEqual({ 'My-Prod': { url: 'https://a.com', api_token: 'abc' } });
  });
});

describe('tinybase.toml', () => {
  test('a list may be text with commas', () => {
    const { config } = load({ toml: 'cors.allow_origins = "https://a.com, https://b.com"' });
    expect(config.cors.allow_origins).toEqual(['https://a.com', 'https://b.com']);
  });

  test('a byte order mark and Windows line ends are no trouble', () => {
    const { config, origins } = load({ toml: '\uFEFF[server]\r\nport = 5\r\n' });
    expect(config.server.port).toBe(5);
    expect(origins.get('server.port')).toMatchObject({ line: 2 });
  });

  test('the one that init writes is valid and changes nothing', () => {
    expect(load({ toml: renderConfigToml() }).config).toEqual(load().config);
  });

  test('the one that init writes is valid line by line when a comment sign is taken away', () => {
    const isSetting = (line: string) => /^# [a-z_0-9]+ = /.test(line);
    const lines = renderConfigToml().split('\n');
    const settings = lines.filter(isSetting);
    expect(settings.length).toBe(SETTINGS.length + 2);
    const live = lines
      .map((line) => (isSetting(line) && !line.includes('""') ? line.slice(2) : line))
      .join('\n');
    expect(() => load({ toml: live })).not.toThrow();
  });
});

describe('every mistake is told with key, place, what was found and what is allowed', () => {
  const secret = 'tinybase-super-secret';
  const mistakes: readonly [name: string, given: Given, lines: readonly string[]][] = [
    [
      'an unknown key',
      { toml: '[server]\nprot = 1' },
      ['server.prot (tinybase.toml:2): unknown key, did you mean server.port?'],
    ],
    [
      'an unknown section',
      { toml: '[srever]' },
      ['srever (tinybase.toml:1): unknown section, did you mean server?'],
    ],
    [
      'a key outside its section',
      { toml: 'port = 1' },
      ['port (tinybase.toml:1): unknown key, did you mean server.port?'],
    ],
    [
      'a key in the wrong section',
      { toml: '[server]\nallow_origins = []' },
      ['server.allow_origins (tinybase.toml:2): unknown key, did you mean cors.allow_origins?'],
    ],
    [
      'a text for a number',
      { toml: '[server]\nport = "80"' },
      ['server.port (tinybase.toml:2): expected a whole number from 0 to 65535, found "80"'],
    ],
    [
      'a fraction',
      { toml: 'server = { port = 1.5 }' },
      ['server.port (tinybase.toml:1): expected a whole number from 0 to 65535, found 1.5'],
    ],
    [
      'a number out of range, in a variable',
      { env: { TINYBASE_FUNCTIONS_WORKERS: '0' } },
      [
        'functions.workers (TINYBASE_FUNCTIONS_WORKERS): expected a whole number from 1 to 256, found 0',
      ],
    ],
    [
      'a text for a boolean',
      { env: { TINYBASE_DEBUG: 'maybe' } },
      ['server.debug (TINYBASE_DEBUG): expected true or false, found "maybe"'],
    ],
    [
      'a word that is no choice',
      { toml: 'server.log_level = "loud"' },
      [
        'server.log_level (tinybase.toml:1): expected "debug", "info", "warning" or "error", found "loud"',
      ],
    ],
    [
      'a broken JSON list',
      { env: { TINYBASE_FUNCTIONS_ENV: '["A"' } },
      ['functions.env (TINYBASE_FUNCTIONS_ENV): expected a list of texts, found "[\\"A\\""'],
    ],
    [
      'a list of other things',
      { toml: 'functions.env = [1]' },
      ['functions.env (tinybase.toml:1): expected a list of texts, found [1]'],
    ],
    [
      'an empty text',
      { toml: 'functions.path = ""' },
      ['functions.path (tinybase.toml:1): expected a text that is not empty, found ""'],
    ],
    [
      'a value for a section',
      { toml: 'server = 3' },
      ['server (tinybase.toml:1): expected a section such as [server], found a number'],
    ],
    [
      'an array of tables',
      { toml: '\n[[server]]\nport = 3' },
      [
        'server (tinybase.toml:2): expected a section such as [server], found an array of tables ([[…]])',
      ],
    ],
    [
      'two names of one setting',
      { env: { TINYBASE_DB_URL: 'sqlite:///a.db', TINYBASE_DATABASE_URL: 'sqlite:///b.db' } },
      [
        'database.url: TINYBASE_DB_URL and TINYBASE_DATABASE_URL say different things; set only one of them',
      ],
    ],
    [
      'an origin with a path',
      { toml: 'cors.allow_origins = ["https://a.com/"]' },
      ['cors.allow_origins (tinybase.toml:1): expected origins such as "https://app.example.com"'],
    ],
    [
      'PostgreSQL',
      { toml: `database.url = "postgres://me:${secret}@db/x"` },
      ['database.url (tinybase.toml:1): PostgreSQL is planned', 'found "postgres://…@db/x"'],
    ],
    [
      'another kind of database',
      { env: { TINYBASE_DB_URL: 'mysql://x' } },
      ['database.url (TINYBASE_DB_URL): expected sqlite:///./file.db'],
    ],
    [
      'a public URL that is none',
      { toml: 'server.public_url = "x.com"' },
      [
        'server.public_url (tinybase.toml:1): expected an address that starts with http:// or https://',
      ],
    ],
    [
      'an environment without address',
      { toml: '[environments.prod]\napi_token = "x"' },
      ['environments.prod.url is missing beside environments.prod.api_token (tinybase.toml:2)'],
    ],
    [
      'an unknown key of an environment',
      { toml: '[environments.prod]\nulr = "x"' },
      ['environments.prod.ulr (tinybase.toml:2): unknown key, did you mean environments.prod.url?'],
    ],
    [
      'a strange name of an environment',
      { toml: '[environments."a b"]\nurl = "https://x.com"' },
      ['environments."a b" (tinybase.toml:1): expected a name of letters, digits, - and _'],
    ],
    [
      'a short secret',
      { toml: `auth.jwt_secret = ["${'a'.repeat(32)}", "${secret}"]` },
      ['expected secrets of 32 bytes or more (number 2 has 21)', 'not shown: secret'],
    ],
    [
      'a secret of the wrong type',
      { toml: `auth.jwt_secret = { x = "${secret}" }` },
      ['auth.jwt_secret (tinybase.toml:1): expected a list of texts, found a table'],
    ],
    [
      'a bad mail server',
      { env: { TINYBASE_MAIL_SMTP_URL: `ftp://a:${secret}@b` } },
      ['not shown: secret'],
    ],
    [
      'a mail server without a sender',
      { toml: `server.public_url = "https://x.com"\nmail.smtp_url = "smtp://a:${secret}@b.com"` },
      ['mail.from is missing beside mail.smtp_url (tinybase.toml:2)'],
    ],
    [
      'a mail server without a public address, which links would take from nowhere safe',
      { toml: `mail.from = "a@b.com"\nmail.smtp_url = "smtp://a:${secret}@b.com"` },
      ['server.public_url is missing beside mail.smtp_url (tinybase.toml:2)'],
    ],
    [
      'a sender that would be two lines',
      { toml: 'mail.from = "Books\\r\\nBcc: all@b.com <a@b.com>"' },
      ['mail.from (tinybase.toml:1): expected name@example.com or Name <name@example.com>'],
    ],
    [
      'a token of an environment',
      { toml: `[environments.prod]\nurl = "https://x.com"\napi_token = ["${secret}"]` },
      ['environments.prod.api_token (tinybase.toml:3): expected a text that is not empty'],
    ],
    [
      'a syntax error, without quoting the file',
      { toml: `[auth]\njwt_secret = "${secret}` },
      ['tinybase.toml:2: not valid TOML at column'],
    ],
    [
      'an env file with a line that is no assignment',
      { envFile: `A=1\n${secret}\n` },
      ['my.env:2: expected NAME=value or a comment'],
    ],
    [
      'a quote that is not closed',
      { envFile: `A="${secret}\n` },
      ['my.env:1: the quote of A is never closed'],
    ],
    [
      'a flag',
      { flags: [{ key: 'server.port', flag: '--port', value: 'x' }] },
      ['server.port (--port): expected a whole number from 0 to 65535, found "x"'],
    ],
  ];
  for (const [name, given, lines] of mistakes) {
    test(name, () => {
      const message = failure(given);
      for (const line of lines) expect(message).toContain(line);
      expect(message).not.toContain(secret);
      expect(message.split('\n')).toHaveLength(2);
    });
  }

  test('all at once', () => {
    const message = failure({
      toml: 'x = 1\n[server]\nport = "a"\n[database]\nurl = 3\n',
      env: { TINYBASE_DEBUG: 'maybe' },
      flags: [{ key: 'functions.workers', flag: '--workers', value: '-1' }],
    });
    expect(message).toStartWith('The configuration has 5 mistakes:\n');
  });

  test('an env file that is not there', () => {
    expect(() => loadConfig({ dir: folder, envFile: join(folder, 'missing') })).toThrow(
      /There is no file .*missing, which --env-file names/,
    );
  });
});

describe('databasePath', () => {
  const at = (url: string) =>
    databasePath(load({ env: { TINYBASE_DB_URL: url } }).config, '/srv/app');
  const cases: readonly [url: string, path: string][] = [
    ['sqlite:///./x.db', '/srv/app/x.db'],
    ['sqlite:///data/x.db', '/srv/app/data/x.db'],
    ['sqlite:////var/x.db', '/var/x.db'],
    ['sqlite:///:memory:', ':memory:'],
  ];
  for (const [url, path] of cases) test(`${url} is ${path}`, () => expect(at(url)).toBe(path));
});

describe('variables in environments', () => {
  const token = '$' + '{TOKEN}';

  test('are kept as they are until used', () => {
    const { config } = load({
      toml: `[environments.p]\nurl = "$${'{URL}'}"\napi_token = "${token}"`,
    });
    expect(config.environments.p?.api_token).toBe(token);
    expect(resolveVariables(token, { TOKEN: 'abc' }, 'environments.p.api_token')).toBe('abc');
  });

  test('that are not set are named', () => {
    expect(() => resolveVariables(token, {}, 'environments.p.api_token')).toThrow(
      'environments.p.api_token needs the variable TOKEN, which is not set.',
    );
  });
});

describe('whatever is given', () => {
  const names = fc.oneof(
    fc.constantFrom(...SETTINGS.flatMap((setting) => setting.variables)),
    fc.string().map((text) => `TINYBASE_${text}`),
    fc.constantFrom('TINYBASE_ENVIRONMENTS_A_URL', 'TINYBASE_ENVIRONMENTS___proto___URL'),
  );
  const values = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '[', '[]', '{}', '1e9', '-1', 'NaN', '\0', '[[[', 'sqlite:///'),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  );
  const keys = fc.constantFrom(
    ...SETTINGS.map(({ key }) => key),
    '"a.b"',
    'x',
    'environments.p.url',
    '__proto__',
  );
  const toml = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(
        fc.tuple(
          keys,
          fc.constantFrom(
            '1',
            '""',
            '[]',
            '{}',
            'true',
            '1979-05-27',
            "'''\n'''",
            'inf',
            '[{a=1}]',
          ),
        ),
      )
      .map((pairs) => pairs.map(([key, value]) => `${key} = ${value}`).join('\n')),
    fc.stringMatching(
      /^(\[{1,2}[a-z."]{1,8}\]{1,2}\n|[a-z."]{1,6} ?= ?["'[{1-9a-z,\]}]{0,8}\n|#.*\n)*$/,
    ),
  );

  test('loading answers a configuration that fits or throws an AppError, nothing else', () => {
    fc.assert(
      fc.property(toml, fc.dictionary(names, values), toml, (text, env, envFile) => {
        try {
          const { config } = load({ toml: text, env, ...(envFile.length % 2 ? { envFile } : {}) });
          expect(Value.Check(ConfigSchema, config)).toBe(true);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });
});
