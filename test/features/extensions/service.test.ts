import { afterAll, describe, expect, test } from 'bun:test';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder } from '../../../scripts/support/server-process.ts';
import { ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import type { AppError } from '../../../src/core/errors.ts';
import { until } from '../../support/until.ts';
import { EVERYTHING, extensionIn, manifest, openExtensions } from './extension-app.ts';

const apps: ReturnType<typeof openExtensions>[] = [];
afterAll(() => Promise.all(apps.map((app) => app.close())));
type Options = Parameters<typeof openExtensions>[0];

/** A started service with these files in its folder. */
async function start(files: Readonly<Record<string, string>> = {}, options: Options = {}) {
  const app = openExtensions(options);
  apps.push(app);
  app.write(files);
  await app.service.start();
  return app;
}

const DECLARED = `
[extension.settings.url]
type = "string"
default = "https://example.com"
[extension.settings.key]
type = "string"
secret = true
[extension.settings.retries]
type = "integer"`;

async function errorOf(job: Promise<unknown>): Promise<AppError> {
  return job.then(
    () => {
      throw new Error('It was not refused');
    },
    (error) => error,
  );
}

describe('which extensions run', () => {
  test('a folder that was put there by hand is installed and enabled', async () => {
    const app = await start(extensionIn('extensions/hello'));
    expect(app.restarts).toEqual([
      [
        {
          name: 'hello',
          version: '1.0.0',
          folder: join(app.root, 'hello'),
          entry: join(app.root, 'hello/main.ts'),
          settings: {},
          problem: null,
        },
      ],
    ]);
    expect(await app.list()).toMatchObject([
      { name: 'hello', is_enabled: true, state: 'running', source: null, installed_at: null },
    ]);
  });

  test('no folder, no extensions', async () => {
    const app = await start();
    expect(app.running()).toEqual([]);
    expect(await app.list()).toEqual([]);
    expect(existsSync(app.root)).toBe(false);
  });

  test('a broken one is shown with its fault and told, and the others run', async () => {
    const app = await start({
      ...extensionIn('extensions/hello'),
      ...extensionIn('extensions/other', 'another'),
      'extensions/empty/x': '',
      'extensions/faulty/extension.toml': '[extension]\nname = 3\n',
      'extensions/Upper Case/extension.toml': manifest(),
      'extensions/.hidden/main.ts': '',
      'extensions/node_modules/x': '',
      'extensions/README.md': '',
    });
    expect(app.running()).toEqual(['hello']);
    const list = await app.list();
    expect(list.map(({ name, state }) => [name, state])).toEqual([
      ['Upper Case', 'broken'],
      ['empty', 'broken'],
      ['faulty', 'broken'],
      ['hello', 'running'],
      ['other', 'broken'],
    ]);
    expect(list.map(({ error }) => error)).toEqual([
      expect.stringContaining('small letters'),
      expect.stringContaining('no extension.toml'),
      expect.stringContaining('extension.name (extension.toml:2): expected a text'),
      null,
      'Its folder is called other and its manifest says another: they must be the same.',
    ]);
    expect(app.lines.filter((line) => line.includes('does not run'))).toHaveLength(4);
    // What they guard stays shut.
    expect(app.restarts[0]?.filter(({ problem }) => problem !== null)).toHaveLength(4);
  });

  test('with extensions.enabled = false none runs', async () => {
    const app = await start(extensionIn('extensions/hello'), { isOn: false });
    expect(app.running()).toEqual([]);
    expect(await app.list()).toMatchObject([
      { is_enabled: true, state: 'off', error: 'extensions.enabled is false.' },
    ]);
  });

  test('one is stopped and started at once, and noted; asking twice changes nothing', async () => {
    const app = await start({
      ...extensionIn('extensions/hello'),
      ...extensionIn('extensions/other', 'other'),
    });
    const set = (is_enabled: boolean) => app.service.update(SYSTEM, 'hello', { is_enabled });
    expect(await set(false)).toMatchObject({ is_enabled: false, state: 'disabled' });
    expect(app.running()).toEqual(['other']);
    await set(false);
    expect(app.restarts).toHaveLength(2);
    expect(await set(true)).toMatchObject({ is_enabled: true, state: 'running' });
    expect(app.running()).toEqual(['hello', 'other']);
    expect(app.notes.map(({ action }) => action)).toEqual([
      'extension.disable',
      'extension.enable',
    ]);
  });

  test('one whose folder is put there while the server runs starts when it is enabled', async () => {
    const app = await start();
    app.write(extensionIn('extensions/hello'));
    expect(await app.get('hello')).toMatchObject({
      is_enabled: true,
      state: 'stopped',
      error: expect.stringContaining('put there while the server ran'),
    });
    expect(await app.service.update(SYSTEM, 'hello', { is_enabled: true })).toMatchObject({
      state: 'running',
    });
    expect(app.notes).toEqual([]);
  });

  test('one that is uninstalled is gone with its folder, settings and errors', async () => {
    const app = await start(extensionIn('extensions/hello'));
    await app.service.updateSettings(SYSTEM, 'hello', { a: 1 });
    app.service.noteError({ extension: 'hello', event: 'load', message: 'x', stack: null });
    await app.service.remove(SYSTEM, 'hello');
    expect(app.running()).toEqual([]);
    expect(existsSync(join(app.root, 'hello'))).toBe(false);
    expect(app.leftovers()).toEqual([]);
    app.write(extensionIn('extensions/hello'));
    expect(await app.service.getSettings(SYSTEM, 'hello')).toEqual({ settings: {}, declared: [] });
    expect(await app.get('hello')).toMatchObject({ error_count: 0 });
    expect(app.notes.at(-1)).toMatchObject({
      action: 'extension.uninstall',
      details: { version: '1.0.0' },
    });
  });

  test('a crash between its folder and what is known of it is mended by the next start', async () => {
    const path = join(makeTemporaryFolder(), 'kept.db');
    const app = await start(extensionIn('extensions/hello'), { path });
    const cutOff = async () => {
      await app.service.updateSettings(SYSTEM, 'hello', { secret: 'of then' });
      await app.service.update(SYSTEM, 'hello', { is_enabled: false });
      app.store.remove = () => Promise.reject(new Error('killed'));
      expect((await errorOf(app.service.remove(SYSTEM, 'hello'))).message).toBe('killed');
      expect(existsSync(join(app.root, 'hello'))).toBe(false);
    };
    await cutOff();
    const next = await start({}, { dir: app.dir, path });
    expect(await next.store.list()).toEqual([]);
    expect(next.notes).toMatchObject([{ action: 'extension.uninstall', subject_name: 'hello' }]);
    expect(next.leftovers()).toEqual([]);
    // The same when nobody starts before it is installed again.
    next.write(extensionIn('src'));
    next.write(extensionIn('extensions/hello'));
    await cutOff();
    await next.install('src');
    expect(await next.get('hello')).toMatchObject({ is_enabled: true });
    expect((await next.store.find('hello'))?.settings).toEqual({});
  });

  test('a name that is mistyped, or leads elsewhere, is not found', async () => {
    const app = await start({ ...extensionIn('extensions/hello'), 'main.ts': '' });
    expect((await errorOf(app.get('helo'))).message).toBe(
      'There is no extension "helo"; did you mean hello?',
    );
    for (const name of ['..', '.', '.tinybase', 'hello/..', '', '../extensions/hello']) {
      const { code } = await errorOf(app.service.remove(SYSTEM, name));
      expect(code).toBe('not_found');
    }
    expect(existsSync(join(app.dir, 'main.ts'))).toBe(true);
  });

  test('whoever is no admin sees and changes nothing', async () => {
    const app = await start(extensionIn('extensions/hello'));
    const { service } = app;
    for (const job of [
      () => service.list(ANONYMOUS, EVERYTHING),
      () => service.get(ANONYMOUS, 'hello'),
      () => service.update(ANONYMOUS, 'hello', { is_enabled: false }),
      () => service.remove(ANONYMOUS, 'hello'),
      () => service.listErrors(ANONYMOUS, 'hello', EVERYTHING),
      () => service.getSettings(ANONYMOUS, 'hello'),
      () => service.updateSettings(ANONYMOUS, 'hello', {}),
      () => service.offer(ANONYMOUS, 'hello', app.root),
      () => service.checkUpdates(ANONYMOUS),
    ])
      expect((await errorOf(job())).code).toBe('forbidden');
    expect(app.restarts).toHaveLength(1);
  });
});

describe('beside a running service', () => {
  test('another process installs, disables and uninstalls, and it notices', async () => {
    const path = join(makeTemporaryFolder(), 'shared.db');
    const app = await start({}, { path });
    const other = openExtensions({ dir: app.dir, path });
    apps.push(other);
    const soon = (what: string, isThere: () => boolean) =>
      until(() => {
        app.look();
        return isThere();
      }, what);
    other.write(extensionIn('src'));
    await other.install('src');
    // Nobody asks anything: it looks by itself.
    await until(() => app.running().includes('hello'), 'it runs');
    other.write(extensionIn('src', 'hello', '', '2.0.0'));
    await other.install('src');
    await soon('the new one runs', () => app.restarts.at(-1)?.[0]?.version === '2.0.0');
    await other.service.update(SYSTEM, 'hello', { is_enabled: false });
    await soon('it stopped', () => app.running().length === 0);
    await other.service.update(SYSTEM, 'hello', { is_enabled: true });
    await soon('it runs again', () => app.running().length === 1);
    await other.service.remove(SYSTEM, 'hello');
    await soon('it is gone', () => app.running().length === 0);
    // The one that only commands never runs anything itself.
    expect(other.restarts).toEqual([]);
  });

  test('while it watches, an edit restarts them', async () => {
    const app = await start(extensionIn('extensions/hello'));
    app.service.watch();
    app.write({ 'extensions/hello/main.ts': 'changed' });
    await until(() => app.restarts.length > 1, 'they are restarted');
    app.write(extensionIn('extensions/next', 'next'));
    await until(() => app.running().includes('next'), 'the new one runs');
    rmSync(join(app.root, 'next'), { recursive: true });
    await until(() => !app.running().includes('next'), 'the old one is gone');
  });

  test('packages that take long hold up only their own extension', async () => {
    const installed = Promise.withResolvers<undefined>();
    const app = await start(
      {
        ...extensionIn('extensions/hello'),
        ...extensionIn('extensions/slow', 'slow', '[extension.dependencies]\nms = "2"'),
      },
      { ensure: (folder) => (folder.endsWith('slow') ? installed.promise : noProblem()) },
    );
    expect(app.running()).toEqual(['hello']);
    expect(await app.get('slow')).toMatchObject({
      state: 'starting',
      error: 'Its packages are still being installed.',
    });
    installed.resolve(undefined);
    await until(() => app.running().includes('slow'), 'it runs');
    expect(await Bun.file(join(app.root, 'slow/package.json')).json()).toEqual({
      name: 'slow',
      private: true,
      dependencies: { ms: '2' },
    });
  });

  test('packages that cannot be installed are told and kept as an error', async () => {
    const app = await start(extensionIn('extensions/hello'), { ensure: async () => 'No network.' });
    expect(app.running()).toEqual(['hello']);
    expect(await app.service.listErrors(SYSTEM, 'hello', EVERYTHING)).toMatchObject({
      items: [{ event: 'packages', message: 'No network.' }],
    });
  });
});

const noProblem = async () => undefined;

describe('settings', () => {
  const open = () => start(extensionIn('extensions/hello', 'hello', DECLARED));
  type App = Awaited<ReturnType<typeof open>>;
  const set = (app: App, patch: Record<string, unknown>) =>
    app.service.updateSettings(SYSTEM, 'hello', patch);
  const given = (app: App) => app.restarts.at(-1)?.[0]?.settings;

  test('are given to the extension over the defaults, and take effect at once', async () => {
    const app = await open();
    expect(given(app)).toEqual({ url: 'https://example.com' });
    await set(app, { url: 'https://other.example', retries: 3 });
    expect(given(app)).toEqual({ url: 'https://other.example', retries: 3 });
    await set(app, { url: null });
    expect(given(app)).toEqual({ url: 'https://example.com', retries: 3 });
  });

  test('a secret is given to the extension and shown to nobody', async () => {
    const app = await open();
    const shown = await set(app, { key: 's3cret' });
    expect(given(app)).toMatchObject({ key: 's3cret' });
    expect(shown).toEqual(await app.service.getSettings(SYSTEM, 'hello'));
    expect(shown).toEqual({
      settings: { url: 'https://example.com' },
      declared: [
        {
          name: 'url',
          type: 'string',
          description: null,
          default: 'https://example.com',
          is_secret: false,
          is_set: false,
        },
        {
          name: 'key',
          type: 'string',
          description: null,
          default: null,
          is_secret: true,
          is_set: true,
        },
        {
          name: 'retries',
          type: 'integer',
          description: null,
          default: null,
          is_secret: false,
          is_set: false,
        },
      ],
    });
    expect(JSON.stringify([app.notes, app.lines])).not.toContain('s3cret');
    expect(app.notes).toMatchObject([
      { action: 'extension.settings', details: { changed: ['key'] } },
    ]);
  });

  test('that are not declared, or of another type, are refused, all at once', async () => {
    const app = await open();
    const { faults } = await errorOf(set(app, { ulr: 'x', retries: 1.5, key: 3, url: 'fine' }));
    expect(faults).toEqual([
      {
        loc: ['body', 'ulr'],
        msg: 'its manifest declares no such setting; did you mean url?',
        type: 'extra_forbidden',
      },
      { loc: ['body', 'retries'], msg: 'expected a whole number', type: 'type_error' },
      { loc: ['body', 'key'], msg: 'expected a text', type: 'type_error' },
    ]);
    expect(given(app)).toEqual({ url: 'https://example.com' });
    expect(app.restarts).toHaveLength(1);
  });

  test('of an extension that declares none are any JSON, up to 64 KB', async () => {
    const app = await start(extensionIn('extensions/hello'));
    await set(app, { deep: { list: [1, null, 'x'] }, off: false });
    expect(given(app)).toEqual({ deep: { list: [1, null, 'x'] }, off: false });
    const { code, message } = await errorOf(set(app, { big: 'x'.repeat(64 * 1024) }));
    expect(code).toBe('invalid_input');
    expect(message).toContain('65536 characters');
    expect(given(app)).toEqual({ deep: { list: [1, null, 'x'] }, off: false });
  });

  test('what was set for an older version and does not fit any more gives way to the default', async () => {
    const app = await open();
    await set(app, { retries: 3, url: 'https://other.example' });
    const changed = '[extension.settings.retries]\ntype = "boolean"\ndefault = true';
    app.write(extensionIn('src', 'hello', changed, '2.0.0'));
    await app.install('src');
    await app.service.update(SYSTEM, 'hello', { is_enabled: false });
    await app.service.update(SYSTEM, 'hello', { is_enabled: true });
    expect(given(app)).toEqual({ retries: true });
  });
});

describe('errors', () => {
  test('the last hundred of an extension are kept, newest first', async () => {
    const app = await start(extensionIn('extensions/hello'));
    for (let n = 1; n <= 1_000; n++)
      app.service.noteError({
        extension: 'hello',
        event: 'on_startup',
        message: `${n} ${'x'.repeat(5_000)}`,
        stack: 'at x',
      });
    const { items, total } = await app.service.listErrors(SYSTEM, 'hello', { limit: 2, offset: 0 });
    expect(total).toBe(100);
    expect(items.map(({ message }) => message.slice(0, 5))).toEqual(['1000 ', '999 x']);
    expect(items[0]?.message.length).toBe(2_000);
    expect((await app.get('hello')).error_count).toBe(100);
  });
});
