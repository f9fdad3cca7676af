import { Database } from 'bun:sqlite';
import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '../../scripts/support/http-client.ts';
import { BINARY } from '../../scripts/support/paths.ts';
import {
  client,
  createAdmin,
  makeTemporaryFolder,
  runBinary,
  startBinary,
} from '../support/binary.ts';
import { serveForFile } from '../support/served.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(600_000);

/** Where schemas are made, by clicking or by requests. */
const development = serveForFile();
const production = makeTemporaryFolder();
const COUNT = 20_000;

const here = (...args: readonly string[]) =>
  runBinary(['db', ...args], { dir: development().server.dir });
const there = (...args: readonly string[]) => runBinary(['db', ...args], { dir: production });
const copyFiles = () =>
  cpSync(join(development().server.dir, 'migrations'), join(production, 'migrations'), {
    recursive: true,
  });

async function schemas(admin: Client): Promise<unknown> {
  const { body } = await admin.get('/api/collections');
  return body.items.map(({ name, label, schema, options }: Record<string, unknown>) => ({
    name,
    label,
    schema,
    options,
  }));
}

const patch = async (name: string, body: object) => {
  const answer = await development().admin.patch(`/api/collections/${name}`, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
};

/** The production server with its admin; `await using` ends it. */
async function serveProduction(env: Record<string, string> = {}) {
  const server = await startBinary({ dir: production, env });
  return { server, [Symbol.asyncDispose]: () => server.stop().then(() => undefined) };
}

/** Until another program holds the lock for writes. */
async function untilWriting(path: string, child: Bun.Subprocess): Promise<void> {
  using db = new Database(path);
  db.run('PRAGMA busy_timeout = 0');
  while (child.exitCode === null) {
    try {
      db.run('BEGIN IMMEDIATE');
    } catch {
      return;
    }
    db.run('ROLLBACK');
    await Bun.sleep(1);
  }
}

let token = '';

describe('collection migrations on the binary', () => {
  beforeAll(async () => {
    const { admin } = development();
    await admin.post('/api/collections', {
      name: 'writers',
      schema: { fields: [{ name: 'email', type: 'string', unique: true }] },
    });
    await admin.post('/api/collections', {
      name: 'posts',
      schema: {
        fields: [
          { name: 'title', type: 'string', required: true },
          { name: 'rank', type: 'string' },
          { name: 'junk', type: 'string' },
          { name: 'writer', type: 'reference', collection: 'writers' },
        ],
      },
    });
  });

  test('db migrate beside a running server writes a readable file, and db upgrade makes the same elsewhere', async () => {
    const outcome = await here('migrate', '-m', 'First tables');
    expect(outcome.stderr).toBe('');
    expect(outcome.stdout).toContain('create writers (email)');
    expect(outcome.stdout).toMatch(/Written to migrations\/\d{14}_first_tables\.json\./);
    const [name] = readdirSync(join(development().server.dir, 'migrations'));
    const text = readFileSync(join(development().server.dir, 'migrations', name ?? ''), 'utf8');
    expect(text).toContain('{ "name": "title", "type": "string", "required": true }');
    expect((await here('migrate')).stdout).toContain('Nothing was changed');
    copyFiles();
    expect((await there('current')).stdout).toContain('1 migration to apply: tinybase db upgrade');
    expect((await there('upgrade')).stdout).toContain('Applied 1 migration.');
    expect((await there('upgrade')).stdout).toContain('up to date');
    await using served = await serveProduction();
    const admin = await createAdmin(served.server);
    token = admin.token ?? '';
    expect(await schemas(admin)).toEqual(await schemas(development().admin));
    const rows = Array.from({ length: COUNT }, (_, n) => ({
      title: `post ${n}`,
      rank: String(n),
      junk: 'x',
    }));
    writeFileSync(
      join(production, 'rows.ndjson'),
      rows.map((row) => JSON.stringify(row)).join('\n'),
    );
    const imported = await runBinary(['records', 'import', 'posts', 'rows.ndjson'], {
      dir: production,
    });
    expect(imported.stderr).toBe('');
  });

  test('a dry run tells what would happen to the real records, and changes nothing', async () => {
    await patch('posts', {
      schema: {
        fields: [
          { name: 'headline', was: 'title', type: 'string', required: true },
          { name: 'rank', type: 'integer', index: true },
          { name: 'writer', type: 'reference', collection: 'writers' },
          { name: 'state', type: 'string', default: 'draft', required: true },
        ],
      },
      options: { access: { list: 'public' } },
    });
    await patch('writers', { name: 'authors' });
    expect((await here('migrate', '-m', 'second')).code).toBe(0);
    copyFiles();
    const planned = await there('upgrade', '--dry-run');
    expect(planned.stderr).toBe('');
    expect(planned.stdout).toContain('junk');
    expect(planned.stdout).toContain('20000');
    expect(planned.stdout).toContain('Nothing was changed. 1 migration would be applied.');
    expect((await there('current')).stdout).toContain('1 migration to apply');
  });

  test('Ctrl-C in the middle of an upgrade takes it back, says so, and leaves no file behind', async () => {
    const before = readdirSync(production).toSorted();
    const stop = async () => {
      const dir = makeTemporaryFolder();
      cpSync(production, dir, { recursive: true });
      const child = Bun.spawn([BINARY, 'db', 'upgrade'], {
        cwd: dir,
        stdout: 'pipe',
        stderr: 'pipe',
      });
      await untilWriting(join(dir, 'tinybase.db'), child);
      child.kill('SIGINT');
      return { dir, child, code: await child.exited };
    };
    let stopped = await stop();
    // One that had come to its end before it heard was not in the middle.
    while (stopped.code === 0) stopped = await stop();
    const { dir, child, code } = stopped;
    expect(code).toBe(130);
    expect(await new Response(child.stdout).text()).toBe('');
    expect(await new Response(child.stderr).text()).toBe(
      'Stopped. What was not done whole is taken back; tinybase db history shows which migrations count.\n',
    );
    expect(readdirSync(dir).toSorted()).toEqual(before);
    const { stdout } = await runBinary(['db', 'current', '--json'], { dir });
    const { pending, drift } = JSON.parse(stdout);
    expect({ pending: pending.length, drift }).toEqual({ pending: 1, drift: [] });
  });

  test('kill -9 at any moment of an upgrade leaves the collections before it or after it, whole', async () => {
    let wasDone = false;
    let kills = 0;
    for (let waitMs = 20; !wasDone; waitMs += 90) {
      const child = Bun.spawn([BINARY, 'db', 'upgrade'], {
        cwd: production,
        stdout: 'pipe',
        stderr: 'pipe',
      });
      await Promise.race([child.exited, Bun.sleep(waitMs)]);
      if (child.exitCode === null) kills++;
      child.kill('SIGKILL');
      await child.exited;
      const { stdout, code } = await there('current', '--json');
      expect(code).toBe(0);
      const current = JSON.parse(stdout);
      wasDone = current.pending.length === 0;
      expect(current.drift).toEqual([]);
    }
    expect(kills).toBeGreaterThan(0);
    await using served = await serveProduction();
    const admin = client(served.server.url, token);
    expect(await schemas(admin)).toEqual(await schemas(development().admin));
    const { body } = await admin.get(
      `/api/collections/posts/records?filter=${encodeURIComponent('rank = 777')}&count=exact`,
    );
    expect(body.items[0].data).toEqual({ headline: 'post 777', rank: 777, state: 'draft' });
    expect((await admin.get('/api/collections/posts/records?limit=1')).body.total).toBe(COUNT);
  });

  test('a running server answers with the new schema as soon as db upgrade beside it is done', async () => {
    await patch('posts', { label: 'Articles' });
    await here('migrate', '-m', 'label');
    copyFiles();
    await using served = await serveProduction();
    const { stderr, stdout } = served.server;
    await until(() => `${stderr()}${stdout()}`.includes('was not applied: tinybase db upgrade'));
    const admin = client(served.server.url, token);
    expect((await there('upgrade')).code).toBe(0);
    expect((await admin.get('/api/collections/posts')).body.label).toBe('Articles');
  });

  test('database.auto_upgrade applies what is pending at the start', async () => {
    await patch('posts', { label: 'Essays' });
    await here('migrate', '-m', 'auto');
    copyFiles();
    await using served = await serveProduction({ TINYBASE_DATABASE_AUTO_UPGRADE: 'true' });
    const admin = client(served.server.url, token);
    expect((await admin.get('/api/collections/posts')).body.label).toBe('Essays');
  });

  test('what is changed by hand is told at the start, with the command that writes it down', async () => {
    {
      await using served = await serveProduction();
      const admin = client(served.server.url, token);
      await admin.patch('/api/collections/posts', { label: 'By hand' });
    }
    await using served = await serveProduction();
    const { stderr, stdout } = served.server;
    await until(() => `${stderr()}${stdout()}`.includes('posts: label "By hand"'));
    await client(served.server.url, token).patch('/api/collections/posts', { label: 'Essays' });
  });

  test('db downgrade is refused beside a server, asks first, and leads back to the start', async () => {
    {
      await using _served = await serveProduction();
      const refused = await there('downgrade', '-y');
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('Stop it first');
    }
    const unasked = await there('downgrade');
    expect(unasked.code).toBe(2);
    expect(unasked.stderr).toContain('--yes');
    const planned = await there('downgrade', 'base', '--dry-run');
    expect(planned.stdout).toContain('drop posts and its 20000 records');
    expect((await there('downgrade', '--yes')).stdout).toContain('Took back 1 migration.');
    const history = JSON.parse((await there('history', '--json')).stdout);
    expect(history.map(({ state }: { state: string }) => state)).toEqual([
      'applied',
      'applied',
      'applied',
      'pending',
    ]);
    expect((await there('downgrade', 'base', '-y')).code).toBe(0);
    expect((await there('current')).stdout).toContain('No migration was applied yet.');
    expect((await there('upgrade')).stdout).toContain('Applied 4 migrations.');
  });

  test('two upgrades at once apply each migration once', async () => {
    const dir = makeTemporaryFolder();
    cpSync(join(development().server.dir, 'migrations'), join(dir, 'migrations'), {
      recursive: true,
    });
    const outcomes = await Promise.all([1, 2, 3].map(() => runBinary(['db', 'upgrade'], { dir })));
    expect(outcomes.some(({ code }) => code === 0)).toBe(true);
    for (const { code, stderr } of outcomes)
      if (code !== 0) expect(stderr).toMatch(/meanwhile|already/);
    const { pending, drift } = JSON.parse(
      (await runBinary(['db', 'current', '--json'], { dir })).stdout,
    );
    expect({ pending, drift }).toEqual({ pending: [], drift: [] });
    expect(existsSync(join(dir, 'tinybase.db'))).toBe(true);
  });
});
