import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import { answering, type DeployApp, openDeployApp } from './deploy-app.ts';
import { makeArchive } from './tar-gz.ts';

setDefaultTimeout(600_000);

const activate = (app: DeployApp, id: string) =>
  app.admin.post(`/api/admin/functions/deployments/${id}/activate`);
/** Deploys a function v that answers the text; its id. */
const deploy = async (app: DeployApp, text: string): Promise<string> =>
  (await app.deploy({ 'functions/v.ts': answering(text) }, `?message=${text}`)).id;
const isActive = async (app: DeployApp) =>
  Object.fromEntries((await app.list()).map(({ id, is_active }) => [id, is_active]));

describe('going back', () => {
  test('to an earlier version, forward again, and to the local folder', async () => {
    await using app = await openDeployApp({ files: { 'functions/v.ts': answering('local') } });
    const first = await deploy(app, 'first');
    const second = await deploy(app, 'second');
    const back = await activate(app, first);
    expect(back).toMatchObject({
      status: 200,
      body: { id: first, is_active: true, functions: ['v'] },
    });
    expect(await app.call('v')).toBe('first');
    expect(await isActive(app)).toEqual({ [second]: false, [first]: true });
    expect((await activate(app, second)).status).toBe(200);
    expect(await app.call('v')).toBe('second');
    const local = await activate(app, 'local');
    expect(local).toMatchObject({
      status: 200,
      body: { id: 'local', is_active: true, functions: ['v'] },
    });
    expect(await app.call('v')).toBe('local');
    expect(await isActive(app)).toEqual({ [second]: false, [first]: false });
  });

  test('a server that waited for another to stop answers what that has deployed meanwhile', async () => {
    await using app = await openDeployApp({ files: { 'functions/v.ts': answering('local') } });
    await deploy(app, 'first');
    const waiting = openDeployApp({ dir: app.dir });
    await deploy(app, 'second');
    await app.stop();
    await using next = await waiting;
    await until(async () => (await next.call('v')) === 'second');
  });

  test('holds over a restart', async () => {
    await using app = await openDeployApp({ files: { 'functions/v.ts': answering('local') } });
    const first = await deploy(app, 'first');
    await deploy(app, 'second');
    await activate(app, first);
    await app.stop();
    await using again = await openDeployApp({ dir: app.dir });
    expect(await again.call('v')).toBe('first');
    await activate(again, 'local');
    await again.stop();
    await using last = await openDeployApp({ dir: app.dir });
    expect(await last.call('v')).toBe('local');
    expect(last.lines.join('\n')).not.toContain('is not loaded');
  });

  test('to what is active already is fine', async () => {
    await using app = await openDeployApp({ files: { 'functions/v.ts': answering('local') } });
    expect((await activate(app, 'local')).body.functions).toEqual(['v']);
    const id = await deploy(app, 'first');
    expect(await activate(app, id)).toMatchObject({ status: 200, body: { id, functions: ['v'] } });
  });

  test('watches the local folder again, and not while a deployment is active', async () => {
    await using app = await openDeployApp({ files: { 'functions/v.ts': answering('local') } });
    await deploy(app, 'first');
    writeFileSync(join(app.dir, 'functions', 'v.ts'), answering('edited'));
    await Bun.sleep(1_000);
    expect(await app.call('v')).toBe('first');
    await activate(app, 'local');
    expect(await app.call('v')).toBe('edited');
    writeFileSync(join(app.dir, 'functions', 'v.ts'), answering('again'));
    await until(async () => (await app.call('v')) === 'again');
  });

  test('to a version that is not there is 404', async () => {
    await using app = await openDeployApp();
    for (const id of [crypto.randomUUID(), '..', '%2e%2e%2fx', 'local ', 'LOCAL', 'x'.repeat(500)])
      expect((await activate(app, id)).status).toBe(404);
  });

  test('to one whose files do not load any more is 422 and changes nothing', async () => {
    await using app = await openDeployApp();
    const first = await deploy(app, 'first');
    const second = await deploy(app, 'second');
    writeFileSync(join(app.dir, 'deployments', first, 'functions', 'v.ts'), '\nsyntax error');
    const { status, body } = await activate(app, first);
    expect(status).toBe(422);
    expect(body.detail).toMatchObject([{ loc: ['body', 'functions/v.ts', 2] }]);
    expect(await app.call('v')).toBe('second');
    expect(await isActive(app)).toEqual({ [second]: true, [first]: false });
  });

  test('to a local folder that does not load is 422 and changes nothing', async () => {
    await using app = await openDeployApp({ files: { 'functions/v.ts': 'syntax error' } });
    const id = await deploy(app, 'first');
    const { status, body } = await activate(app, 'local');
    expect(status).toBe(422);
    expect(body.detail[0].loc.slice(0, 2)).toEqual(['body', 'functions/v.ts']);
    expect(await app.call('v')).toBe('first');
    expect(await isActive(app)).toEqual({ [id]: true });
  });

  test('to one whose folder is gone is refused', async () => {
    await using app = await openDeployApp();
    const first = await deploy(app, 'first');
    await deploy(app, 'second');
    rmSync(join(app.dir, 'deployments', first), { recursive: true });
    const { status, body } = await activate(app, first);
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'conflict' });
    expect(await app.call('v')).toBe('second');
  });
});

describe('what is kept', () => {
  test('five versions, newest first; the folders of older ones go', async () => {
    await using app = await openDeployApp();
    const ids: string[] = [];
    for (let version = 1; version <= 7; version++) ids.push(await deploy(app, `v${version}`));
    const { body } = await app.admin.get('/api/admin/functions/deployments');
    expect(body).toMatchObject({ total: 5, page: 1, page_size: 100 });
    expect((await app.list()).map(({ message }) => message)).toEqual([
      'v7',
      'v6',
      'v5',
      'v4',
      'v3',
    ]);
    await until(() => app.folders().length === 5);
    expect(app.folders()).toEqual(ids.slice(2));
    expect((await activate(app, ids[0] ?? '')).status).toBe(404);
    const page = await app.admin.get('/api/admin/functions/deployments?limit=2&offset=2');
    expect(page.body).toMatchObject({ total: 5, page: 2, page_size: 2 });
    expect(page.body.items.map(({ message }: { message: string }) => message)).toEqual([
      'v5',
      'v4',
    ]);
  });

  test('the active one stays while it is active, and its folder until its calls had time to end', async () => {
    await using app = await openDeployApp();
    const first = await deploy(app, 'v1');
    for (let version = 2; version <= 5; version++) await deploy(app, `v${version}`);
    await activate(app, first);
    expect(await app.call('v')).toBe('v1');
    await deploy(app, 'v6');
    expect((await app.list()).map(({ message }) => message)).toEqual([
      'v6',
      'v5',
      'v4',
      'v3',
      'v2',
    ]);
    expect(app.folders()).toContain(first);
    await deploy(app, 'v7');
    await until(() => app.folders().length === 5);
    expect(app.folders()).not.toContain(first);
  });

  test('the functions of a deployment whose files are gone are missing, with an error in the log', async () => {
    await using app = await openDeployApp({ files: { 'functions/v.ts': answering('local') } });
    const id = await deploy(app, 'first');
    await app.stop();
    rmSync(join(app.dir, 'deployments', id), { recursive: true });
    await using again = await openDeployApp({ dir: app.dir });
    expect(await again.call('v')).toBe('not_found');
    expect(again.lines.find((line) => line.startsWith('error'))).toContain('files of the active');
    await activate(again, 'local');
    expect(await again.call('v')).toBe('local');
  });
});

describe('several at once', () => {
  test('deploys are made one after another, each compared with the one before', async () => {
    await using app = await openDeployApp();
    const archives = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) =>
        makeArchive({ [`functions/${name}.ts`]: `await Bun.sleep(100); ${answering(name)}` }),
      ),
    );
    const answers = await Promise.all(archives.map((archive) => app.send(archive)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const inOrder = (await app.list()).toReversed();
    let before: readonly string[] = [];
    for (const { id, functions } of inOrder) {
      const answer = answers.find(({ body }) => body.id === id);
      expect(answer?.body.changes.functions).toEqual({
        added: functions,
        changed: [],
        removed: before,
      });
      before = functions;
    }
    const [last] = inOrder.at(-1)?.functions ?? [];
    expect(await app.call(String(last))).toBe(last);
    expect(Object.values(await isActive(app)).filter(Boolean)).toHaveLength(1);
  });

  test('a deploy and a roll-back never meet: what answers is what is active', async () => {
    await using app = await openDeployApp();
    const first = await deploy(app, 'first');
    for (let round = 0; round < 3; round++) {
      await Promise.all([
        deploy(app, `round${round}`),
        activate(app, first),
        activate(app, 'local'),
      ]);
      const active = (await app.list()).find(({ is_active }) => is_active);
      expect(await app.call('v')).toBe(active?.message ?? 'not_found');
    }
  });

  test('more than may wait are told to come again, and nothing of them is left', async () => {
    await using app = await openDeployApp();
    const archive = await makeArchive({
      'functions/v.ts': `await Bun.sleep(200); ${answering('v')}`,
    });
    const answers = await Promise.all(Array.from({ length: 12 }, () => app.send(archive)));
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ headers }) => headers.has('retry-after'))).toBe(true);
    expect(answers.filter(({ status }) => status === 201).length + refused.length).toBe(12);
    await until(() => app.folders().length === 5);
  });

  test('who sends slowly holds nobody up', async () => {
    await using app = await openDeployApp();
    const gone = new AbortController();
    const slow = fetch(`${app.url}/api/admin/functions/deploy`, {
      method: 'POST',
      body: new ReadableStream({
        start(controller) {
          controller.enqueue(new Uint8Array(10));
        },
      }),
      headers: { 'content-type': 'application/gzip', authorization: `Bearer ${app.token}` },
      signal: gone.signal,
    }).catch(() => undefined);
    await until(() => app.folders().length === 1);
    await deploy(app, 'quick');
    expect(await app.call('v')).toBe('quick');
    gone.abort();
    await slow;
  });
});
