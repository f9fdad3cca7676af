import { beforeEach, describe, expect, test } from 'bun:test';
import { ANONYMOUS } from '../../../src/core/actor.ts';
import { PASSWORD } from '../auth/auth-app.ts';
import { thrownBy } from '../records/data-app.ts';
import { createImportApp, type ImportApp } from './import-app.ts';

// Made by libxcrypt out of PASSWORD.
const BCRYPT = '$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e';
const STORED = BCRYPT.replace('2y', '2b');
const ID = 'F9168C5E-CEB2-4FAA-B6BF-329BF39FA1E4';

let app: ImportApp;
beforeEach(() => {
  app = createImportApp();
});
const linesOf = ({ errors }: { errors: readonly { line: number; loc: readonly unknown[] }[] }) =>
  errors.map(({ line, loc }) => `${line} ${loc.join('.')}`);

describe('an account', () => {
  test('has all that the row says of it', async () => {
    const text = [
      'id,email,password_hash,is_admin,is_active,email_verified,created_at,updated_at',
      `${ID},Ann@Example.com,${BCRYPT},true,no,T,2020-01-02T03:04:05+01:00,2021-01-01`,
    ].join('\r\n');
    expect(await app.csv(text, { keepsAdmins: true })).toEqual({
      created: 1,
      admins: 1,
      adminsAsUsers: 0,
      withoutPassword: 0,
      skipped: 0,
      skippedLines: [],
      failed: 0,
      errors: [],
      isRefused: false,
    });
    expect(app.row('ann@example.com')).toEqual({
      id: ID.toLowerCase(),
      email: 'ann@example.com',
      password_hash: STORED,
      is_admin: 1,
      is_active: 0,
      email_verified: 1,
      created_at: '2020-01-02T02:04:05.000Z',
      updated_at: '2030-01-01T00:00:00.000Z',
      last_seen_at: null,
    });
  });

  test('is an active user whose address nobody has verified, unless it says otherwise', async () => {
    await app.ndjson([{ email: 'ann@example.com', is_admin: null }]);
    expect(app.row('ann@example.com')).toMatchObject({
      is_admin: 0,
      is_active: 1,
      email_verified: 0,
      created_at: '2030-01-01T00:00:00.000Z',
    });
  });

  test('gets an id of the time it was made at', async () => {
    await app.ndjson([
      { email: 'new@example.com', created_at: '2029-01-01T00:00:00Z' },
      { email: 'old@example.com', created_at: '2019-01-01 00:00:00.123456' },
    ]);
    const [newer, older] = ['new', 'old'].map((name) => app.row(`${name}@example.com`)?.id ?? '');
    expect(String(older) < String(newer)).toBe(true);
    expect(app.row('old@example.com')?.created_at).toBe('2019-01-01T00:00:00.123Z');
  });

  test('signs in with its old password, and its hash is renewed then', async () => {
    const real = createImportApp({ engine: Bun.password as never });
    const argon2id =
      '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc';
    await real.ndjson([
      { email: 'ann@example.com', password_hash: BCRYPT },
      { email: 'bob@example.com', password_hash: argon2id },
      { email: 'cem@example.com', password: PASSWORD },
    ]);
    for (const [name, password] of [
      ['ann', PASSWORD],
      ['bob', 'password'],
      ['cem', PASSWORD],
    ] as const) {
      const email = `${name}@example.com`;
      expect((await real.login(email, 'wrong horse')).status).toBe(401);
      for (let time = 0; time < 2; time++)
        expect((await real.login(email, password)).status).toBe(200);
    }
    expect(real.row('ann@example.com')?.password_hash).toStartWith('$argon2id$');
    expect(real.row('bob@example.com')?.password_hash).not.toContain('m=256');
  });

  test('without a password is there, and nobody signs in to it', async () => {
    const { withoutPassword } = await app.ndjson([{ email: 'ann@example.com' }]);
    expect(withoutPassword).toBe(1);
    for (const password of ['', '!', PASSWORD])
      expect((await app.login('ann@example.com', password)).status).not.toBe(200);
  });
});

describe('an address that has an account', () => {
  beforeEach(() => app.register('ann@example.com'));

  test('is skipped, however it is written, and the account stays as it is', async () => {
    const before = app.row('ann@example.com');
    const rows = [
      { email: 'ANN@example.com', password: 'another horse', is_admin: true, is_active: false },
      { email: 'bob@example.com' },
    ];
    const report = await app.ndjson(rows, { keepsAdmins: true });
    expect(report).toMatchObject({ created: 1, skipped: 1, skippedLines: [1], failed: 0 });
    expect(app.row('ann@example.com')).toEqual(before);
    expect(await app.ndjson(rows)).toMatchObject({ created: 0, skipped: 2, isRefused: false });
  });

  test('promotion by import: no existing account becomes an admin by it', async () => {
    await app.ndjson([{ email: 'ann@example.com', is_admin: true }], { keepsAdmins: true });
    expect(app.row('ann@example.com')?.is_admin).toBe(0);
  });

  test('takeover by id: a row with the id of somebody else is refused', async () => {
    const id = app.row('ann@example.com')?.id;
    const report = await app.ndjson([{ email: 'eve@example.com', id }]);
    expect(linesOf(report)).toEqual(['1 id']);
    expect(app.emails()).toEqual(['ann@example.com']);
  });
});

test('admins of the file are users here unless it is said that they stay', async () => {
  const rows = [{ email: 'ann@example.com', is_admin: 1 }, { email: 'bob@example.com' }];
  expect(await app.ndjson(rows)).toMatchObject({ created: 2, admins: 0, adminsAsUsers: 1 });
  expect(app.row('ann@example.com')?.is_admin).toBe(0);
});

describe('faults', () => {
  const FAULTY = [
    'email,password,password_hash,is_admin,created_at,id',
    'good@example.com,,,,,',
    'nobody,,,,,',
    ',,,,,',
    'a@example.com,short,,,,',
    `b@example.com,${PASSWORD},${BCRYPT},,,`,
    'c@example.com,,$2b$31$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e,,,',
    'd@example.com,,plain text,perhaps,yesterday,7',
    'e@example.com,,,,2030-01-01T00:00:01Z,',
    'GOOD@example.com,,,,,',
    'too,few',
    'f@example.com,,,,2020-02-30 00:00:00,',
  ].join('\n');
  const FOUND = [
    '3 email',
    '4 email',
    '5 password',
    '6 password',
    '7 password_hash',
    '8 password_hash',
    '8 is_admin',
    '8 created_at',
    '8 id',
    '9 created_at',
    '10 email',
    '11 ',
    '12 created_at',
  ];

  test('are told with line and column, all at once, and nothing is written', async () => {
    const report = await app.csv(FAULTY);
    expect(linesOf(report).toSorted()).toEqual(FOUND.toSorted());
    expect(report.errors.map(({ line }) => line)).toEqual(
      report.errors.map(({ line }) => line).toSorted((a, b) => a - b),
    );
    expect(report).toMatchObject({ created: 0, failed: 10, isRefused: true });
    expect(app.emails()).toEqual([]);
    expect(app.noted).toEqual([]);
    expect(app.db.query("SELECT * FROM meta WHERE key = 'password_recipes'").all()).toEqual([]);
  });

  test('leave the good ones when that is asked for', async () => {
    const report = await app.csv(FAULTY, { isPartial: true });
    expect(report).toMatchObject({ created: 1, failed: 10, isRefused: false });
    expect(app.emails()).toEqual(['good@example.com']);
  });

  test('never show a hash or a password', async () => {
    const secret = 'Swordfish';
    const { errors } = await app.ndjson([
      { email: 'a@example.com', password_hash: `$2b$04$${secret}` },
      { email: 'b@example.com', password_hash: secret },
      { email: 'c@example.com', password: [secret.repeat(40)] },
      { email: 'd@example.com', password: secret.repeat(40) },
      { email: 'e@example.com', password: PASSWORD, password_hash: secret },
    ]);
    expect(new Set(errors.map(({ line }) => line)).size).toBe(5);
    expect(JSON.stringify(errors)).not.toContain(secret);
  });

  test('of more than a hundred the first are shown, and all are counted', async () => {
    const rows = Array.from({ length: 250 }, (_, n) => ({ email: `no address ${n}` }));
    const { errors, failed } = await app.ndjson(rows);
    expect(errors.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    expect(failed).toBe(250);
  });

  test('hash cost bomb: hashes of a ninth kind are refused, as every sign-in does the work of each', async () => {
    const digest = Buffer.alloc(32).toString('base64').replace('=', '');
    const row = (n: number, kind = n % 9) => ({
      email: `p${n}@example.com`,
      password_hash: `$argon2id$v=19$m=${64 + kind},t=1,p=1$c29tZXNhbHQ$${digest}`,
    });
    const first = Array.from({ length: 8 }, (_, n) => row(n));
    expect(await app.ndjson(first)).toMatchObject({ created: 8 });
    const { errors } = await app.ndjson([row(9), row(17), row(26), { email: 'x@example.com' }]);
    expect(errors.map(({ line, loc }) => [line, ...loc])).toEqual([
      [2, 'password_hash'],
      [3, 'password_hash'],
    ]);
    for (const { msg } of errors) {
      expect(msg).toContain('$argon2id$v=19$m=72,t=1,p=1$, and accounts have 8 other');
      expect(msg).not.toContain('AAA');
    }
    expect(app.emails()).toHaveLength(8);
    // Who is there already is skipped as ever.
    expect(await app.ndjson([row(1, 8)])).toMatchObject({ skipped: 1, failed: 0 });
  });

  test('of the header help with the name', async () => {
    const text = 'e-mail,pasword,is_admin,is_admin,favourite colour\n';
    const error = await thrownBy(() => app.csv(text));
    expect(error).toMatchObject({
      code: 'invalid_input',
      faults: [
        { loc: ['header', 'e-mail'], msg: expect.stringContaining('did you mean email?') },
        { loc: ['header', 'pasword'], msg: expect.stringContaining('did you mean password?') },
        { loc: ['header', 'is_admin'], msg: 'stands there twice' },
        { loc: ['header', 'favourite colour'], msg: 'is not a column of accounts' },
        { loc: ['header', 'email'], msg: 'is required' },
      ],
    });
    expect(await thrownBy(() => app.csv(''))).toMatchObject({ code: 'invalid_input' });
  });

  test('of keys in JSON too, and of lines that are none', async () => {
    const file = {
      name: 'x',
      format: 'ndjson' as const,
      async *chunks() {
        const text = '{"email":"a@example.com","isAdmin":true}\n[]\n{"email":1}\n{\n"\xff"\n';
        yield Buffer.from(text, 'latin1');
      },
    };
    const report = await app.run(file);
    expect(linesOf(report)).toEqual(['1 isAdmin', '2 ', '3 email', '4 ', '5 ']);
    expect(report.errors[0]?.msg).toContain('did you mean is_admin?');
  });

  test('a file that breaks off is not imported, not even in part', async () => {
    const text = 'email\na@example.com\n"b@example.com\n';
    expect(await app.csv(text, { isPartial: true })).toMatchObject({ created: 0, isRefused: true });
    expect(app.emails()).toEqual([]);
  });
});

describe('a dry run', () => {
  test('says what would happen and writes nothing', async () => {
    await app.register('ann@example.com');
    const text = `email,password_hash\nann@example.com,\nbob@example.com,${BCRYPT}\nBOB@example.com,\n`;
    expect(await app.csv(text, { isDryRun: true })).toMatchObject({
      created: 1,
      skipped: 1,
      failed: 1,
      isRefused: false,
    });
    expect(app.emails()).toEqual(['ann@example.com']);
    expect(app.noted).toEqual([]);
    expect(app.db.query("SELECT * FROM meta WHERE key = 'password_recipes'").all()).toEqual([]);
  });

  test('hashes nothing, nor does what will be refused', async () => {
    const good = Array.from({ length: 20 }, (_, n) => ({
      email: `a${n}@example.com`,
      password: PASSWORD,
    }));
    await app.ndjson(good, { isDryRun: true });
    await app.ndjson([{ email: 'nobody' }, ...good]);
    expect(app.hashed()).toBe(0);
    await app.ndjson(good);
    expect(app.hashed()).toBe(20);
  });
});

test('passwords are hashed four at a time, and each is told of', async () => {
  let running = 0;
  let most = 0;
  const slow = createImportApp({
    engine: {
      verify: async () => false,
      async hash() {
        most = Math.max(most, ++running);
        await Bun.sleep(1);
        running--;
        return '$argon2id$v=19$m=19456,t=2,p=1$x$x';
      },
    },
  });
  const rows = Array.from({ length: 100 }, (_, n) => ({
    email: `a${n}@example.com`,
    password: PASSWORD,
  }));
  const checked: number[] = [];
  const onProgress = ({ step, rows: n }: { step: string; rows: number }) =>
    step === 'check' && checked.push(n);
  expect((await slow.ndjson(rows, { onProgress })).created).toBe(100);
  expect(most).toBe(4);
  expect(checked.length).toBeGreaterThanOrEqual(100);
});

test('it is noted by name and numbers, without an address', async () => {
  await app.csv('email\nann@example.com\n');
  expect(app.noted).toEqual([
    {
      action: 'user.import',
      subject_id: null,
      subject_name: 'people.csv',
      details: { created: 1, admins: 0, admins_as_users: 0, skipped: 0, failed: 0 },
    },
  ]);
});

test('it is for those with full rights', async () => {
  const file = { name: 'x', format: 'csv' as const, async *chunks() {} };
  expect(await thrownBy(() => app.importer.importUsers(ANONYMOUS, file))).toMatchObject({
    code: 'forbidden',
  });
});

test('who stops it in the middle has imported nothing', async () => {
  const stop = new AbortController();
  const rows = Array.from({ length: 500 }, (_, n) => ({ email: `a${n}@example.com` }));
  const onProgress = () => stop.abort();
  const error = await thrownBy(() => app.ndjson(rows, { signal: stop.signal, onProgress }));
  expect(error).toMatchObject({ code: 'conflict' });
  expect(app.emails()).toEqual([]);
});
