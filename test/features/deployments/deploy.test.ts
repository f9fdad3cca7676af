import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import { answering, GZIP, openDeployApp } from './deploy-app.ts';
import { makeArchive } from './tar-gz.ts';

setDefaultTimeout(600_000);

const NOBODY = { added: [], changed: [], removed: [] };

describe('a deploy', () => {
  test('answers instead of the local folder, also after a restart, where the log says so', async () => {
    await using app = await openDeployApp({ files: { 'functions/old.ts': answering('local') } });
    expect(await app.call('old')).toBe('local');
    const made = await app.deploy({ 'functions/fresh.ts': answering('deployed') });
    expect(await app.call('fresh')).toBe('deployed');
    expect(await app.call('old')).toBe('not_found');
    await app.stop();
    await using again = await openDeployApp({ dir: app.dir });
    expect(await again.call('fresh')).toBe('deployed');
    expect(await again.call('old')).toBe('not_found');
    expect(again.lines.join('\n')).toContain('the local folder is not loaded');
    expect(again.lines.join('\n')).toContain(join('deployments', made.id));
    expect(again.lines.join('\n')).not.toContain('old.ts');
  });

  test('says what it is and what changed, in functions and in files', async () => {
    await using app = await openDeployApp({
      files: { 'functions/kept.ts': answering('kept'), 'functions/gone.ts': answering('gone') },
    });
    const kept = answering('kept');
    const first = await makeArchive({ 'functions/kept.ts': kept, 'functions/fresh.ts': kept });
    const answer = await app.send(first, '?message=First');
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      is_active: true,
      created_at: expect.any(String),
      created_by_user_id: app.adminId,
      message: 'First',
      file_count: 2,
      bytes: 2 * kept.length,
      checksum: new Bun.CryptoHasher('sha256').update(first).digest('hex'),
      functions: ['fresh', 'kept'],
      changes: {
        functions: { added: ['fresh'], changed: [], removed: ['gone'] },
        files: { added: ['functions/fresh.ts', 'functions/kept.ts'], changed: [], removed: [] },
      },
    });
    const second = await app.deploy({
      'functions/kept.ts': answering('other'),
      'functions/lib/helper.ts': 'export const one = 1;',
      'functions.ts': `${answering('single').replace('{ auth', "{ name: 'single', auth")}`,
    });
    expect(second.changes).toEqual({
      functions: { added: ['single'], changed: ['kept'], removed: ['fresh'] },
      files: {
        added: ['functions.ts', 'functions/lib/helper.ts'],
        changed: ['functions/kept.ts'],
        removed: ['functions/fresh.ts'],
      },
    });
    expect(await app.call('single')).toBe('single');
    const { changes } = await app.deploy({
      'functions/kept.ts': answering('other'),
      'functions/lib/helper.ts': 'export const one = 1;',
      'functions.ts': `${answering('single').replace('{ auth', "{ name: 'single', auth")}`,
    });
    expect(changes).toEqual({ functions: NOBODY, files: NOBODY });
  });

  test('finds its helpers and data beside it, wherever it lies', async () => {
    await using app = await openDeployApp();
    await app.deploy({
      'functions/a.ts': `import { register } from 'tinybase';
        import { two } from './lib/deep/two.ts';
        import data from './data.json';
        register({ auth: 'public' }, async () => {
          const late = await import('./lib/late.ts');
          return [two, data.three, late.four, await Bun.file(new URL('./words.txt', import.meta.url)).text()];
        });`,
      'functions/lib/deep/two.ts': 'export const two = 2;',
      'functions/lib/late.ts': 'export const four = 4;',
      'functions/data.json': '{"three": 3}',
      'functions/words.txt': 'five',
    });
    expect(await app.call('a')).toEqual([2, 3, 4, 'five']);
  });

  test('lets the calls that run finish on the code they began with', async () => {
    await using app = await openDeployApp();
    const slow = (text: string) =>
      `import { register } from 'tinybase'; register({ auth: 'public' }, async () => { await Bun.sleep(500); return '${text}'; });`;
    await app.deploy({ 'functions/slow.ts': slow('before') });
    await app.call('slow');
    const running = Promise.all([app.call('slow'), app.call('slow')]);
    await Bun.sleep(50);
    await app.deploy({ 'functions/slow.ts': slow('after') });
    const after = app.call('slow');
    expect(await running).toEqual(['before', 'before']);
    expect(await after).toBe('after');
  });

  test('loses no call while versions come one after another', async () => {
    await using app = await openDeployApp();
    await app.deploy({ 'functions/v.ts': answering('0') });
    let isDone = false;
    const seen: unknown[] = [];
    const calling = Array.from({ length: 4 }, async () => {
      while (!isDone) seen.push(await app.call('v'));
    });
    for (let version = 1; version <= 5; version++)
      await app.deploy({ 'functions/v.ts': answering(String(version)) });
    isDone = true;
    await Promise.all(calling);
    expect(new Set(seen).isSubsetOf(new Set(['0', '1', '2', '3', '4', '5']))).toBe(true);
    expect(await app.call('v')).toBe('5');
  });

  test('is for the eyes of the server alone: folders and files have no other mode', async () => {
    await using app = await openDeployApp();
    const { id } = await app.deploy({ 'functions/lib/a.ts': '', 'functions/a.ts': answering('a') });
    const root = join(app.dir, 'deployments');
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      const { mode } = statSync(join(entry.parentPath, entry.name));
      expect(mode & 0o777).toBe(entry.isDirectory() ? 0o700 : 0o600);
    }
    expect(readdirSync(join(root, id)).sort()).toEqual(['functions']);
  });

  test('takes files that are larger than any other body may be', async () => {
    await using app = await openDeployApp();
    const blob = Buffer.alloc(40 * 1024 * 1024);
    for (let at = 0; at < blob.length; at += 65_536)
      crypto.getRandomValues(blob.subarray(at, at + 65_536));
    const { file_count, bytes } = await app.deploy({
      'functions/a.ts': answering('a'),
      'functions/blob.bin': blob,
    });
    expect({ file_count, bytes }).toEqual({
      file_count: 2,
      bytes: blob.length + answering('a').length,
    });
    expect(await app.call('a')).toBe('a');
  });
});

describe('a dry run', () => {
  test('says what would change and changes nothing', async () => {
    await using app = await openDeployApp();
    await app.deploy({ 'functions/a.ts': answering('first') });
    const archive = await makeArchive({ 'functions/a.ts': answering('second') });
    const { status, body } = await app.send(archive, '?dry_run=true');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: null,
      is_active: false,
      functions: ['a'],
      changes: { functions: { ...NOBODY, changed: ['a'] } },
    });
    expect(await app.call('a')).toBe('first');
    expect(await app.list()).toHaveLength(1);
    expect(app.folders()).toHaveLength(1);
  });

  test('refuses what the deploy would refuse', async () => {
    await using app = await openDeployApp();
    const { status } = await app.send(
      await makeArchive({ 'functions/a.ts': 'syntax error' }),
      '?dry_run=true',
    );
    expect(status).toBe(422);
  });
});

describe('a refused deploy changes nothing, leaves nothing and is not listed', () => {
  const good = answering('new');
  const cases: readonly (readonly [
    what: string,
    files: Readonly<Record<string, string>>,
    faults: readonly object[],
  ])[] = [
    [
      'a file with a syntax error, with its line',
      { 'functions/a.ts': good, 'functions/b.ts': '\n\nconst = 1;' },
      [{ loc: ['body', 'functions/b.ts', 3], type: 'load_error' }],
    ],
    [
      'a file that throws, and another that registers nothing',
      {
        'functions/a.ts': good,
        'functions/b.ts': '\nthrow new Error("boom");',
        'functions/c.ts': '',
      },
      [
        { loc: ['body', 'functions/b.ts', 2], msg: 'boom' },
        { loc: ['body', 'functions/c.ts'], msg: expect.stringContaining('registers no function') },
      ],
    ],
    [
      'a helper with a syntax error, named without the paths of the server',
      {
        'functions/a.ts': `import './lib/x.ts'; ${good}`,
        'functions/lib/x.ts': '\nexport const = 1;',
      },
      [
        {
          loc: ['body', 'functions/a.ts'],
          msg: expect.stringMatching(/^functions\/lib\/x\.ts:2:/),
        },
      ],
    ],
    [
      'a package that is not in package.json',
      { 'functions/a.ts': `import 'no-such-package'; ${good}` },
      [{ loc: ['body', 'functions/a.ts'], msg: expect.stringContaining('no-such-package') }],
    ],
    [
      'a helper outside of the archive',
      { 'functions/a.ts': `import '../shared/x.ts'; ${good}` },
      [{ loc: ['body', 'functions/a.ts'], msg: expect.stringContaining('../shared/x.ts') }],
    ],
    [
      'a file that ends its process',
      { 'functions/a.ts': 'process.exit(1);' },
      [{ loc: expect.arrayContaining(['body', 'functions/a.ts']), type: 'load_error' }],
    ],
    [
      'two files with the same name for a function',
      { 'functions/a.ts': good, 'functions/b.ts': good.replace('{ auth', "{ name: 'a', auth") },
      [{ loc: ['body', 'functions/b.ts'], msg: expect.stringContaining('is taken') }],
    ],
    [
      'no function at all',
      { 'functions/readme.md': 'nothing' },
      [{ loc: ['body'], type: 'no_functions' }],
    ],
    [
      'a bad entry',
      { 'functions/a.ts': good, 'functions/.env': 'SECRET=1' },
      [{ loc: ['body', 'functions/.env'], type: 'archive_entry' }],
    ],
    [
      'a package.json that is none',
      { 'functions/a.ts': good, 'functions/package.json': '[' },
      [{ loc: ['body', 'functions/package.json'] }],
    ],
    [
      'a dependency outside of the archive',
      {
        'functions/a.ts': good,
        'functions/package.json': '{"dependencies":{"x":"file:../../.."}}',
      },
      [{ loc: ['body', 'functions/package.json'], type: 'foreign_path' }],
    ],
    [
      'a linked dependency',
      { 'functions/a.ts': good, 'functions/package.json': '{"dependencies":{"x":"link:x"}}' },
      [{ loc: ['body', 'functions/package.json'], type: 'foreign_path' }],
    ],
    [
      'a workspace that leads out',
      { 'functions/a.ts': good, 'functions/package.json': '{"workspaces":["../*"]}' },
      [{ loc: ['body', 'functions/package.json'], type: 'foreign_path' }],
    ],
    [
      'a package that is not in the archive',
      {
        'functions/a.ts': good,
        'functions/package.json': '{"dependencies":{"x":"file:./vendor/x.tgz"}}',
      },
      [{ loc: ['body', 'functions/package.json'], type: 'packages_failed' }],
    ],
  ];
  for (const [what, files, faults] of cases)
    test(what, async () => {
      await using app = await openDeployApp();
      await app.deploy({ 'functions/a.ts': answering('old') });
      const { status, body } = await app.send(await makeArchive(files));
      expect({ status, code: body.code }).toEqual({ status: 422, code: 'invalid_input' });
      expect(body.detail).toHaveLength(faults.length);
      expect(body.detail).toMatchObject(faults);
      expect(JSON.stringify(body)).not.toContain(app.dir);
      expect(await app.call('a')).toBe('old');
      expect(await app.list()).toHaveLength(1);
      expect(app.folders()).toHaveLength(1);
      await app.stop();
      await using again = await openDeployApp({ dir: app.dir });
      expect(await again.call('a')).toBe('old');
    });

  test('a body that is larger than server.max_upload_mb, announced or not', async () => {
    await using app = await openDeployApp({ toml: 'max_upload_mb = 1\nmax_body_mb = 1' });
    const blob = crypto.getRandomValues(new Uint8Array(65_536));
    const body = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(blob);
        },
      });
    const answer = await fetch(`${app.url}/api/admin/functions/deploy`, {
      method: 'POST',
      body: body(),
      headers: { ...GZIP, authorization: `Bearer ${app.token}` },
    });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ code: 'too_large' });
    const announced = await app.send(Buffer.alloc(2 * 1024 * 1024));
    expect(announced.status).toBe(413);
    await until(() => app.folders().length === 0);
  });

  test('a caller who goes away while sending', async () => {
    await using app = await openDeployApp();
    const gone = new AbortController();
    let sent = 0;
    const answer = fetch(`${app.url}/api/admin/functions/deploy`, {
      method: 'POST',
      body: new ReadableStream<Uint8Array>({
        async pull(controller) {
          if (++sent > 3) gone.abort();
          controller.enqueue(new Uint8Array(1_000));
          await Bun.sleep(20);
        },
      }),
      headers: { ...GZIP, authorization: `Bearer ${app.token}` },
      signal: gone.signal,
    });
    await expect(answer).rejects.toThrow();
    await until(() => app.folders().length === 0);
    expect(await app.list()).toEqual([]);
  });

  test('a caller who goes away while it is loaded', async () => {
    await using app = await openDeployApp();
    await app.deploy({ 'functions/a.ts': answering('old') });
    const gone = new AbortController();
    const archive = await makeArchive({
      'functions/a.ts': `await Bun.sleep(1_500); ${answering('new')}`,
    });
    const answer = fetch(`${app.url}/api/admin/functions/deploy`, {
      method: 'POST',
      body: new Uint8Array(archive),
      headers: { ...GZIP, authorization: `Bearer ${app.token}` },
      signal: gone.signal,
    });
    await until(() => app.folders().length === 2);
    gone.abort();
    await expect(answer).rejects.toThrow();
    await until(() => app.folders().length === 1);
    expect(await app.call('a')).toBe('old');
  });
});

describe('who may, and how', () => {
  test('anonymous callers and users are turned away before a byte is read', async () => {
    await using app = await openDeployApp();
    const archive = await makeArchive({ 'functions/a.ts': answering('a') });
    expect((await app.send(archive, '', app.anonymous)).status).toBe(401);
    const account = { email: 'ann@example.com', password: 'a long enough password' };
    await app.anonymous.post('/api/auth/register', account);
    const { body } = await app.anonymous.post('/api/auth/login', account);
    const ann = app.anonymous.as(body.token);
    expect((await app.send(archive, '', ann)).status).toBe(403);
    expect((await ann.get('/api/admin/functions/deployments')).status).toBe(403);
    expect((await ann.post('/api/admin/functions/deployments/local/activate')).status).toBe(403);
    expect(app.folders()).toEqual([]);
  });

  test('a token with the scope functions:deploy may, one with another scope may not', async () => {
    await using app = await openDeployApp();
    const tokenWith = async (...scopes: string[]) => {
      const made = await app.admin.post('/api/admin/api-tokens', { name: 'ci', scopes });
      return app.anonymous.as(made.body.token);
    };
    const archive = await makeArchive({ 'functions/a.ts': answering('a') });
    const other = await tokenWith('records:read', 'records:write', 'functions:call');
    expect((await app.send(archive, '', other)).status).toBe(403);
    const ci = await tokenWith('functions:deploy');
    const { status, body } = await app.send(archive, '', ci);
    expect({ status, by: body.created_by_user_id }).toEqual({ status: 201, by: app.adminId });
    const listed = await ci.get('/api/admin/functions/deployments');
    expect(listed.body.items).toHaveLength(1);
    expect((await ci.get('/api/admin/users')).status).toBe(403);
  });

  test('another content type is 415, an unknown parameter 422', async () => {
    await using app = await openDeployApp();
    const path = '/api/admin/functions/deploy';
    expect((await app.admin.post(path, {})).status).toBe(415);
    const typed = await app.admin.request('POST', path, 'x', { 'content-type': 'text/csv' });
    expect(typed.status).toBe(415);
    const archive = await makeArchive({ 'functions/a.ts': answering('a') });
    expect((await app.send(archive, '?dryrun=true')).status).toBe(422);
    expect((await app.send(archive, `?message=${'x'.repeat(501)}`)).status).toBe(422);
    for (const type of ['application/x-gzip', 'application/octet-stream; x=y']) {
      const answer = await app.admin.request('POST', path, new Uint8Array(archive), {
        'content-type': type,
      });
      expect(answer.status).toBe(201);
    }
  });

  test('an empty body is 422', async () => {
    await using app = await openDeployApp();
    const { status, body } = await app.admin.request(
      'POST',
      '/api/admin/functions/deploy',
      undefined,
      GZIP,
    );
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'invalid_input' });
  });
});
