import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { until } from '../../support/until.ts';
import { createFolder, type Folder } from './function-app.ts';
import { createLoaderApp, placesOf } from './loader-app.ts';

setDefaultTimeout(600_000);

const answers = (text: string) => `register({}, () => '${text}');`;
const USES_PACKAGE = `import { word } from 'pack'; register({}, () => word);`;
const NO_NETWORK = 'The packages cannot be installed: there is no network.';

/** An installer whose installs end when the test says so. */
function createInstaller() {
  const waiting: ((problem: string | undefined) => void)[] = [];
  let asked = 0;
  return {
    asked: () => asked,
    ensurePackages: (): Promise<string | undefined> => {
      asked++;
      return new Promise((resolve) => void waiting.push(resolve));
    },
    end: (problem?: string) => {
      for (const resolve of waiting.splice(0)) resolve(problem);
    },
    isWaiting: () => waiting.length > 0,
  };
}

async function withInstaller(
  maxInstallWaitMs: number,
  run: (
    app: ReturnType<typeof createLoaderApp>,
    installer: ReturnType<typeof createInstaller>,
    folder: Folder,
  ) => Promise<void>,
): Promise<void> {
  const folder = createFolder({ 'a.ts': answers('one'), 'needs.ts': USES_PACKAGE });
  folder.writeRaw('functions/package.json', '{"dependencies":{"pack":"1.0.0"}}');
  const installer = createInstaller();
  const { ensurePackages } = installer;
  const app = createLoaderApp({ ensurePackages, maxInstallWaitMs });
  try {
    await run(app, installer, folder);
  } finally {
    installer.end();
    await app.loader.stop(5_000);
    folder.dispose();
  }
}

function installPack(folder: Folder): void {
  folder.writeRaw('functions/node_modules/pack/index.js', `export const word = 'packed';`);
  folder.writeRaw('functions/node_modules/pack/package.json', '{"type":"module"}');
}

const LONG_MS = 60_000;

describe('packages before functions', () => {
  test('the first load waits for them, and calls wait for it', () =>
    withInstaller(LONG_MS, async ({ loader, call }, installer, folder) => {
      const started = loader.start(placesOf(folder.root));
      await until(installer.isWaiting);
      expect(loader.isReady).toBe(false);
      installPack(folder);
      installer.end();
      await started;
      expect([await call('a'), await call('needs'), loader.errors]).toEqual(['one', 'packed', []]);
    }));

  test('that take too long are loaded without, then once more when they are there', () =>
    withInstaller(100, async ({ loader, call, names }, installer, folder) => {
      await loader.start(placesOf(folder.root));
      expect(await call('a')).toBe('one');
      expect(loader.errors).toMatchObject([
        {
          file: folder.pathOf('package.json'),
          line: null,
          message: expect.stringContaining('still being'),
        },
        { file: folder.pathOf('needs.ts') },
      ]);
      installPack(folder);
      installer.end();
      await until(() => names() === 'a,needs');
      expect([await call('needs'), loader.errors]).toEqual(['packed', []]);
      expect(installer.asked()).toBe(1);
    }));

  test('that cannot be installed are an error, once in the log, and the rest works', () =>
    withInstaller(LONG_MS, async ({ loader, call, errors }, installer, folder) => {
      const started = loader.start(placesOf(folder.root));
      await until(installer.isWaiting);
      installer.end(NO_NETWORK);
      await started;
      expect(await call('a')).toBe('one');
      const packageErrors = () => errors().filter((message) => message.includes('package.json'));
      expect(packageErrors()).toEqual([
        `Functions: ${folder.pathOf('package.json')}: ${NO_NETWORK}`,
      ]);
      expect(loader.errors[0]).toMatchObject({ message: NO_NETWORK, loaded_version: null });
      const reloaded = loader.reload();
      await until(installer.isWaiting);
      installer.end(NO_NETWORK);
      await reloaded;
      expect(packageErrors()).toHaveLength(1);
    }));

  test('that failed once hold no further edit up for long', () =>
    withInstaller(LONG_MS, async ({ loader, call }, installer, folder) => {
      const started = loader.start(placesOf(folder.root));
      await until(installer.isWaiting);
      installer.end(NO_NETWORK);
      await started;
      for (const text of ['two', 'three']) {
        folder.write('a.ts', answers(text));
        await loader.reload();
        expect(await call('a')).toBe(text);
        expect(loader.errors[0]?.message).toBe(NO_NETWORK);
      }
      // The second edit found the install of the first one still running.
      expect(installer.asked()).toBe(2);
      installer.end(NO_NETWORK);
      const { version } = loader;
      await until(() => loader.version > version);
      await Bun.sleep(100);
      // The load after a late end does not begin the next install: that would never end.
      expect([installer.asked(), loader.version]).toEqual([2, version + 1]);
    }));

  test('that are installed at a reload leave the old code answering meanwhile', () =>
    withInstaller(LONG_MS, async ({ loader, call, names }, installer, folder) => {
      folder.remove('needs.ts');
      const started = loader.start(placesOf(folder.root));
      await until(installer.isWaiting);
      installer.end();
      await started;
      folder.write('needs.ts', USES_PACKAGE);
      const reloaded = loader.reload();
      await until(installer.isWaiting);
      expect([names(), await call('a')]).toEqual(['a', 'one']);
      installPack(folder);
      installer.end();
      await reloaded;
      expect([await call('needs'), loader.errors]).toEqual(['packed', []]);
    }));

  test('an installer that throws is a problem of the packages and of nothing else', async () => {
    const folder = createFolder({ 'a.ts': answers('one') });
    const app = createLoaderApp({ ensurePackages: () => Promise.reject(new Error('broke')) });
    await app.loader.start(placesOf(folder.root));
    expect(await app.call('a')).toBe('one');
    expect(app.loader.errors).toMatchObject([{ message: 'broke' }]);
    await app.loader.stop(5_000);
    folder.dispose();
  });

  test('are not asked about where there are no functions', async () => {
    const folder = createFolder();
    const installer = createInstaller();
    const app = createLoaderApp({ ensurePackages: installer.ensurePackages });
    await app.loader.start(placesOf(folder.root));
    expect([installer.asked(), app.pids.size]).toEqual([0, 0]);
    await app.loader.stop(5_000);
    folder.dispose();
  });
});
