import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  client,
  createAdmin,
  runBinary,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { OUR_TIME, openPythonFile, ourId, pythonId } from '../support/python-file.ts';

/** Passwords and what libxcrypt made of them, with the cost that the predecessor used. */
const ANN = {
  password: 'old password',
  hash: '$2b$12$abcdefghijklmnopqrstuuy10rtBodQYgeE.ZEY.YBkNwKmnUJ3Qa',
};
const BOB = {
  password: 'pässwörd with ünïcode',
  hash: '$2b$12$ZbcdefghijklmnopqrstuOetROKVgBzoAOjLTge0UqVaBcyn/Aj1K',
};
const RECENT = new Date(Date.now() - 86_400_000)
  .toISOString()
  .replace('T', ' ')
  .replace('Z', '000');

let server: ServerProcess;
let admin: Awaited<ReturnType<typeof createAdmin>>;
const importPython = (...words: string[]) =>
  runBinary(['db', 'import-python', ...words], { dir: server.dir });
const login = (email: string, password: string) =>
  client(server.url).post('/api/auth/login', { email, password });

beforeAll(async () => {
  server = await startBinary();
  admin = await createAdmin(server);
  const old = openPythonFile(join(server.dir, 'old.db'));
  old.user('Ann@old.example', ANN.hash, { id: pythonId(1), is_admin: 1 });
  old.user('bob@old.example', BOB.hash, { id: pythonId(2) });
  const authors = old.collection('authors', [
    { name: 'name', type: 'string', required: true, unique: true },
  ]);
  const posts = old.collection(
    'blogPosts',
    [
      { name: 'title', type: 'string', required: true, max_length: 200 },
      { name: 'published', type: 'boolean', default: false },
      { name: 'publishedOn', type: 'date' },
      { name: 'tags', type: 'list[string]', default: [] },
      { name: 'author', type: 'reference', collection: 'authors' },
    ],
    { options: { access: { list: 'owner', read: 'owner' } } },
  );
  old.record(authors, { name: 'Ann' }, { id: pythonId(10) });
  old.record(
    posts,
    {
      title: 'Hello',
      published: true,
      publishedOn: '2024-05-06',
      tags: ['a'],
      author: pythonId(10),
    },
    { id: pythonId(11), owner_id: pythonId(2), updated_at: '2024-06-01 00:00:00.000000' },
  );
  old.record(posts, { title: 'Mine', author: null }, { id: pythonId(12), owner_id: pythonId(1) });
  const cron = {
    method: 'cron',
    timezone: 'Europe/Berlin',
    cron: '0 8 * * * 30',
    description: null,
  };
  old.schedule('nightly', cron, { id: pythonId(20), input_data: { days: 3 } });
  old.schedule('over', { method: 'once', timezone: 'UTC', date: '2020-01-01', time: '08:00:00' });
  old.schedule('every hour', { method: 'interval', unit: 'hours', value: 1 }, { is_active: 0 });
  old.settings({ instance_name: 'Old name', allow_public_registration: 0, auth_portal_enabled: 1 });
  old.insert('function_call', {
    function_name: 'nightly',
    status: 'FAILED',
    trigger_type: 'SCHEDULE',
    trigger_id: pythonId(20),
    duration_ms: 12,
    error_type: 'ValueError',
    error_message: 'no',
    started_at: RECENT,
    finished_at: RECENT,
    created_at: RECENT,
  });
  old.insert('auth_token', { token: 'secret-of-a-session', created_at: RECENT });
  old.insert('application_token', { name: 'ci', token: 't', created_at: RECENT, is_active: 1 });
  old.insert('extension', { name: 'slack', version: '1.0', repo_url: 'https://x.example' });
  old.close();
});
afterAll(() => server?.[Symbol.asyncDispose]());

test('a dry run shows the plan and writes nothing', async () => {
  const before = readFileSync(join(server.dir, 'old.db'));
  const { code, stdout } = await importPython('old.db', '--dry-run');
  expect(code).toBe(0);
  for (const words of [
    'Accounts: 2 of 2; admins who become users: 1 (--allow-admins keeps them)',
    'blog_posts: blogPosts is now blog_posts',
    'Schedules: 2 of 3, switched off',
    'Schedule over: left out',
    'the instance is called Old name',
    'application token cannot be kept',
    'extensions are Python and stay there: slack',
    'Nothing was written.',
  ])
    expect(stdout).toContain(words);
  expect(stdout).not.toContain('secret-of-a-session');
  expect((await admin.get('/api/collections')).body.items).toEqual([]);
  expect((await login('bob@old.example', BOB.password)).status).toBe(401);
  expect(readFileSync(join(server.dir, 'old.db')).equals(before)).toBe(true);
});

test('nobody is asked where nobody can be: it takes -y', async () => {
  const { code, stderr } = await importPython('old.db');
  expect(code).toBe(2);
  expect(stderr).toContain('--yes');
});

describe('once it was brought, beside the running server', () => {
  let report: {
    users: object;
    collections: readonly object[];
    schedules: object;
    calls: object;
  };
  let bob: ReturnType<typeof client>;
  beforeAll(async () => {
    const { code, stdout, stderr } = await importPython('old.db', '-y', '--allow-admins', '--json');
    expect(code, stderr).toBe(0);
    report = JSON.parse(stdout);
    bob = client(server.url, (await login('bob@old.example', BOB.password)).body.token);
  });

  test('everybody signs in with the old password, and admins are admins', async () => {
    expect(report.users).toMatchObject({ created: 2, admins: 1 });
    expect((await login('ann@old.example', ANN.password)).body.user.is_admin).toBe(true);
    expect((await login('ann@old.example', `${ANN.password}!`)).status).toBe(401);
    expect((await bob.get('/api/auth/me')).body).toMatchObject({ id: ourId(2), is_admin: false });
  });

  test('records are there with their ids, owners and times, in their collections', async () => {
    expect(
      (await admin.get(`/api/collections/blog_posts/records/${ourId(11)}`)).body,
    ).toMatchObject({
      id: ourId(11),
      owner_id: ourId(2),
      data: {
        title: 'Hello',
        published: true,
        published_on: '2024-05-06',
        tags: ['a'],
        author: ourId(10),
      },
      created_at: OUR_TIME,
      updated_at: '2024-06-01T00:00:00.000Z',
    });
    const all = await admin.get(
      '/api/collections/blog_posts/records?expand=author&sort=created_at',
    );
    expect(all.body).toMatchObject({
      total: 2,
      items: [{ expanded: { author: { data: { name: 'Ann' } } } }, { data: { title: 'Mine' } }],
    });
  });

  test('rules hold: the list of the owner is the owner’s, and they may change it', async () => {
    const { body } = await bob.get('/api/collections/blog_posts/records');
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual([ourId(11)]);
    const path = `/api/collections/blog_posts/records/${ourId(11)}`;
    expect((await bob.patch(path, { title: 'Changed' })).status).toBe(200);
    const double = await admin.post('/api/collections/authors/records', { name: 'Ann' });
    expect(double.status).toBe(409);
  });

  test('schedules are there, switched off, with seconds where they belong', async () => {
    const { body } = await admin.get(`/api/admin/schedules/${ourId(20)}`);
    expect(body).toMatchObject({
      id: ourId(20),
      is_active: false,
      payload: { days: 3 },
      schedule: { method: 'cron', timezone: 'Europe/Berlin', cron: '30 0 8 * * *' },
    });
    expect(report.schedules).toMatchObject({ total: 3, created: 2 });
  });

  test('settings, the history of calls and the audit log tell of it', async () => {
    const settings = (await admin.get('/api/admin/settings')).body;
    expect(settings).toMatchObject({ instance_name: 'Old name', registration: 'closed' });
    const calls = await admin.get('/api/admin/functions/calls');
    expect(calls.body.items).toMatchObject([
      {
        function_name: 'nightly',
        status: 'failed',
        trigger_type: 'schedule',
        error_type: 'ValueError',
      },
    ]);
    const { body } = await admin.get('/api/admin/audit?limit=100');
    const actions = body.items.map(({ action }: { action: string }) => action);
    for (const action of [
      'user.import',
      'collection.create',
      'records.import',
      'schedule.create',
      'settings.update',
    ])
      expect(actions).toContain(action);
  });

  test('what was exported of it can be imported again, with its ids', async () => {
    const run = (...words: string[]) => runBinary(['records', ...words], { dir: server.dir });
    expect((await run('export', 'authors', 'authors.ndjson')).code).toBe(0);
    await admin.delete(`/api/collections/blog_posts?confirm=blog_posts`);
    await admin.delete(`/api/collections/authors/records/${ourId(10)}`);
    expect((await run('import', 'authors', 'authors.ndjson')).code).toBe(0);
    expect((await admin.get(`/api/collections/authors/records/${ourId(10)}`)).status).toBe(200);
  });
});
