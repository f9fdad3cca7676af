import { afterAll, describe, expect, test } from 'bun:test';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/core/config.ts';
import { rememberLines } from '../../src/core/crash/recent-lines.ts';
import { formatReport } from '../../src/core/crash/report.ts';
import {
  listCrashReports,
  takeNewReports,
  writeReport,
} from '../../src/core/crash/report-files.ts';
import { createScrub } from '../../src/core/crash/scrub.ts';
import { createLogger } from '../../src/core/logger.ts';

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

function makeDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'tinybase-crash-'));
  dirs.push(dir);
  return dir;
}

const ENV = {
  STRIPE_KEY: 'planted-env-value',
  SHORT_KEY: 'pl4n',
  LIST: 'planted-first,planted-second',
  DATABASE: 'postgres://joe:planted%2Durl%2Dpassword@db.example/shop',
};
const TOML = `
[server]
public_url = "https://shop.example.com"
metrics_token = "planted-metrics-token"
[auth]
jwt_secret = ["planted-jwt-secret-of-thirty-two-bytes", "planted-second-secret-of-32-bytes-x"]
[mail]
from = "planted@example.com"
smtp_url = "smtp://planted-user:planted-smtp-password@mail.example:587"
[backup]
s3_bucket = "bucket"
s3_access_key = "planted-access"
s3_secret_key = "planted-s3"
[environments.production]
url = "https://api.example.com"
api_token = "planted-api-token"
`;

function makeScrub() {
  const dir = makeDir();
  writeFileSync(join(dir, 'tinybase.toml'), TOML);
  const { config } = loadConfig({ flags: [], env: {}, dir, envFile: undefined });
  return createScrub(config, ENV);
}

function remember() {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'debug',
    format: 'text',
    write: (line) => lines.push(line),
  });
  return rememberLines(logger, () => Date.UTC(2030, 0, 1));
}

function report(error: unknown, logger = remember()): string {
  const facts = { what: 'a test', version: '1.2.3', sqlite: '3.0.0' };
  const time = new Date(Date.UTC(2030, 0, 1));
  return formatReport({ ...facts, time, error, recent: logger.recent() }, makeScrub());
}

describe('a crash report', () => {
  test('names the version, the platform, the kind of error, its code and where it happened', () => {
    const cause = Object.assign(new RangeError('Maximum call stack size exceeded.'), {});
    const error = Object.assign(new TypeError('x', { cause }), { code: 'ERR_WRONG' });
    const text = report(error);
    expect(text).toContain(`TinyBase 1.2.3, Bun ${Bun.version}`);
    expect(text).toContain('SQLite 3.0.0');
    expect(text).toContain(`${process.platform} ${process.arch}`);
    expect(text).toMatch(/uptime +\d+ s\nmemory +\d+ MB resident/);
    expect(text).toMatch(/TypeError ERR_WRONG\n +at .*crash-report\.test\.ts:\d+/);
    expect(text).toContain('caused by\n  RangeError: Maximum call stack size exceeded.');
  });

  test('tells the gist of the last log lines, with numbers and kinds of errors', () => {
    const logger = remember();
    for (let n = 0; n < 100; n++) logger.info('Made a backup', { size_bytes: n });
    logger.error('A backup failed', { error: Object.assign(new Error('no'), { code: 'ENOSPC' }) });
    const text = report(undefined, logger);
    expect(text).toContain('error A backup failed error=Error ENOSPC');
    expect(text).toContain('Made a backup size_bytes=99');
    expect(text).not.toContain('size_bytes=60\n');
  });

  test('says so when what was thrown is no error, or one whose parts throw', () => {
    expect(report('planted')).toContain('something that is no error: string');
    const trap = new Proxy(new Error('planted'), {
      get(target, key) {
        if (key === 'message' || key === 'stack' || key === 'cause') throw new Error('trap');
        return Reflect.get(target, key);
      },
    });
    expect(report(trap)).toContain('Error\n');
  });
});

describe('attack: a secret gets into a crash report that is sent to strangers', () => {
  const PLACES: readonly (readonly [string, (secret: string) => unknown])[] = [
    ['in the message', (secret) => new Error(`cannot use ${secret} here`)],
    [
      'in a message of many lines that looks like a stack',
      (secret) => new Error(`no\n    at ${secret}\n    at f (/${secret}:1:2)`),
    ],
    [
      'in the name and the code',
      (secret) => Object.assign(new Error('x'), { name: `E ${secret}`, code: `C ${secret}` }),
    ],
    [
      'in the cause',
      (secret) => new Error('x', { cause: new TypeError(`${secret} is not valid`) }),
    ],
    [
      'in a property',
      (secret) => Object.assign(new Error('x'), { body: secret, headers: { a: secret } }),
    ],
    ['as the thrown text itself', (secret) => secret],
    [
      'in what looks like a message of the engine',
      (secret) => new TypeError(`a is not a function (near '${secret}')`),
    ],
  ];
  const SECRETS = [
    'planted-env-value',
    'planted-metrics-token',
    'planted-body-of-a-request',
    'planted.person@example.com',
    '/api/users?planted_query=planted',
    'Authorization: Bearer plantedplantedplanted',
    'hunter2 planted',
  ];
  for (const [where, make] of PLACES)
    test(where, () => {
      for (const secret of SECRETS) expect(report(make(secret))).not.toContain('planted');
    });

  test('in log lines: messages, fields, output of functions', () => {
    const logger = remember();
    logger.info('planted, by a function', { worker: 12 });
    logger.info('planted, by an extension', { extension_host: 12 });
    logger.error('Extension shop: planted', { stack: 'planted' });
    logger.warning('Functions: functions/a.ts: planted');
    logger.error('request', {
      path: '/planted',
      method: 'GET planted',
      status: 500,
      to: 'planted',
    });
    logger.error('A mail could not be sent', {
      error: new Error('planted'),
      mail: { to: 'planted' },
    });
    logger.warning('The schedule "planted for Ann" still runs: its next run is left out');
    logger.warning('planted.person@example.com signed in at /a?planted=1');
    logger.warning('The value planted-env-value and pl4n and planted-first of the environment');
    const text = report(new Error('x'), logger);
    expect(text).toContain('a line of user code worker=12');
    expect(text).toContain('error request status=500');
    expect(text).not.toMatch(/planted|pl4n/);
  });

  test('in a frame of the stack: values of the environment and of secret settings', () => {
    const secrets = [
      'planted-env-value',
      'pl4n',
      'planted-second',
      'planted-url-password',
      'planted-smtp-password',
      'planted-user',
      'planted-access',
      'planted-api-token',
      'planted-second-secret-of-32-bytes-x',
    ];
    for (const secret of secrets) {
      const error = new Error('x');
      error.stack = `Error: x\n    at f (/srv/${secret}/a.ts:1:2)`;
      const text = report(error);
      expect(text).toContain('at f (/srv/[hidden]/a.ts:1:2)');
      expect(text).not.toContain(secret);
    }
  });
});

describe('the files of crash reports', () => {
  const write = (dir: string, second: number) =>
    writeReport(dir, {
      time: new Date(Date.UTC(2030, 0, 1, 0, 0, second)),
      short: 'exception',
      text: `head\nwhat      number ${second}\n`,
    });

  test('only their owner can read them, and ten are kept', () => {
    const dir = makeDir();
    for (let second = 0; second < 13; second++) write(dir, second);
    const reports = listCrashReports(dir);
    expect(reports.map(({ what }) => what)).toEqual(
      Array.from({ length: 10 }, (_, n) => `number ${n + 3}`),
    );
    for (const { path } of reports) expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, 'crash-reports')).mode & 0o777).toBe(0o700);
  });

  test('the next start mentions them, the one after does not', () => {
    const dir = makeDir();
    expect(takeNewReports(dir)).toEqual([]);
    write(dir, 1);
    write(dir, 2);
    expect(takeNewReports(dir).map(({ what }) => what)).toEqual(['number 1', 'number 2']);
    expect(takeNewReports(dir)).toEqual([]);
    write(dir, 3);
    expect(takeNewReports(dir).map(({ what }) => what)).toEqual(['number 3']);
  });

  test('attack: a link in the place of a report or of the note is not written through', () => {
    const dir = makeDir();
    const target = join(dir, 'precious');
    writeFileSync(target, 'kept');
    mkdirSync(join(dir, 'crash-reports'));
    symlinkSync(target, join(dir, 'crash-reports', '20300101T000001000Z-exception.txt'));
    symlinkSync(target, join(dir, 'crash-reports', 'mentioned'));
    expect(write(dir, 1)).toBeUndefined();
    write(dir, 2);
    takeNewReports(dir);
    expect(readFileSync(target, 'utf8')).toBe('kept');
  });

  test('files of others in that folder are left alone', () => {
    const dir = makeDir();
    mkdirSync(join(dir, 'crash-reports'));
    for (const name of ['notes.txt', '0-mine.txt'])
      writeFileSync(join(dir, 'crash-reports', name), 'mine');
    for (let second = 0; second < 12; second++) write(dir, second);
    expect(readdirSync(join(dir, 'crash-reports'))).toContain('notes.txt');
    expect(readdirSync(join(dir, 'crash-reports'))).toContain('0-mine.txt');
  });

  test('on a full disk nothing is left of a report, however often it crashes', () => {
    const dir = makeDir();
    const module = JSON.stringify(join(import.meta.dir, '../../src/core/crash/report-files.ts'));
    const script = `const { writeReport } = await import(${module});
      for (let n = 0; n < 12; n++)
        writeReport(${JSON.stringify(dir)}, { time: new Date(n), short: 'start', text: 'x' });`;
    // No file may grow: the nearest to a full disk that needs no rights.
    const limited = `trap '' XFSZ; ulimit -f 0; exec "$0" -e "$1"`;
    const child = Bun.spawnSync(['sh', '-c', limited, process.execPath, script]);
    expect(child.exitCode).toBe(0);
    expect(readdirSync(join(dir, 'crash-reports'))).toEqual([]);
  });

  test('a folder that cannot be made costs only the report', () => {
    const dir = makeDir();
    writeFileSync(join(dir, 'crash-reports'), 'a file');
    expect(write(dir, 1)).toBeUndefined();
    expect(takeNewReports(dir)).toEqual([]);
  });
});
