import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import { createFolder, type Folder } from './function-app.ts';
import { createLoaderApp, placesOf } from './loader-app.ts';

setDefaultTimeout(600_000);

const answers = (text: string) => `register({}, () => '${text}');`;
type LoaderApp = ReturnType<typeof createLoaderApp>;

/** The project's folder, and beside it that of a deployment. */
async function withTwo(
  run: (app: LoaderApp, local: Folder, deployed: Folder) => Promise<void>,
  options: Parameters<typeof createLoaderApp>[0] = {},
): Promise<void> {
  const local = createFolder({ 'a.ts': answers('local') });
  const deployed = createFolder({ 'a.ts': answers('deployed'), 'b.ts': answers('new') });
  const app = createLoaderApp(options);
  try {
    await run(app, local, deployed);
  } finally {
    await app.loader.stop(5_000);
    await until(() => app.pids.size === 0);
    local.dispose();
    deployed.dispose();
  }
}

describe('a candidate', () => {
  test('serves nobody before it is adopted, everybody after, and the old workers end', () =>
    withTwo(async ({ loader, call, names, pids }, local, deployed) => {
      await loader.start(placesOf(local.root));
      const { version } = loader;
      const candidate = await loader.prepare(placesOf(deployed.root));
      expect(candidate.functions.map(({ name }) => name)).toEqual(['a', 'b']);
      expect(candidate.errors).toEqual([]);
      expect([names(), await call('a'), loader.version]).toEqual(['a', 'local', version]);
      candidate.adopt();
      expect([names(), await call('a')]).toEqual(['a,b', 'deployed']);
      expect(loader.version).toBeGreaterThan(version);
      await until(() => pids.size === 1);
    }));

  test('leaves no process when it is discarded, and cannot be adopted then', () =>
    withTwo(async ({ loader, call, pids }, local, deployed) => {
      await loader.start(placesOf(local.root));
      const candidate = await loader.prepare(placesOf(deployed.root));
      expect(pids.size).toBe(2);
      candidate.discard();
      candidate.discard();
      await until(() => pids.size === 1);
      expect(() => candidate.adopt()).toThrow('discarded');
      expect(await call('a')).toBe('local');
    }));

  test('is not ended by a discard() that comes too late', () =>
    withTwo(async ({ loader, call }, local, deployed) => {
      await loader.start(placesOf(local.root));
      const candidate = await loader.prepare(placesOf(deployed.root));
      candidate.adopt();
      candidate.adopt();
      candidate.discard();
      expect(await call('a')).toBe('deployed');
    }));

  test('says which file does not load, with its place', () =>
    withTwo(async ({ loader }, _local, deployed) => {
      deployed.write('bad.ts', `\nregister({}, () => { return 1 +; });`);
      const candidate = await loader.prepare(placesOf(deployed.root));
      expect(candidate.errors).toMatchObject([{ file: deployed.pathOf('bad.ts'), line: 2 }]);
      expect(candidate.functions).toHaveLength(2);
      candidate.discard();
    }));

  test('of a folder that is none is refused with its path', () =>
    withTwo(async ({ loader }, local) => {
      local.writeRaw('file', '');
      const path = join(local.root, 'file');
      const prepared = loader.prepare({ path, file: null, isWatched: false });
      await expect(prepared).rejects.toMatchObject({ code: 'conflict' });
      await expect(prepared).rejects.toThrow(path);
    }));

  test('survives reloads of what serves', () =>
    withTwo(async ({ loader, call }, local, deployed) => {
      await loader.start(placesOf(local.root));
      const candidate = await loader.prepare(placesOf(deployed.root));
      local.write('a.ts', answers('edited'));
      await loader.reload();
      expect(await call('a')).toBe('edited');
      candidate.adopt();
      expect(await call('a')).toBe('deployed');
    }));

  test('whose workers die before it is adopted is served by others, with the code that was checked', () =>
    withTwo(async ({ loader, call, pids }, local, deployed) => {
      await loader.start(placesOf(local.root));
      const mine = new Set(pids);
      const candidate = await loader.prepare(placesOf(deployed.root));
      deployed.write('a.ts', '(');
      for (const pid of pids) if (!mine.has(pid)) process.kill(pid, 'SIGKILL');
      candidate.adopt();
      expect(await call('a')).toBe('deployed');
    }));

  test('calls in flight finish on the old code', () =>
    withTwo(async ({ loader, call }, local, deployed) => {
      local.write('a.ts', `register({}, async () => { await Bun.sleep(500); return 'old'; });`);
      await loader.start(placesOf(local.root));
      const old = call('a');
      const candidate = await loader.prepare(placesOf(deployed.root));
      candidate.adopt();
      expect(await call('a')).toBe('deployed');
      expect(await old).toBe('old');
    }));
});

describe('adopting', () => {
  test('a load of the old places that is under way does not come out on top', () =>
    withTwo(async ({ loader, call, pids }, local, deployed) => {
      await loader.start(placesOf(local.root));
      const candidate = await loader.prepare(placesOf(deployed.root));
      const reloading = loader.reload();
      candidate.adopt();
      await reloading;
      expect(await call('a')).toBe('deployed');
      await until(() => pids.size === 1);
    }));

  test('an edit in the local folder after it, or shortly before, does not switch back', () =>
    withTwo(async ({ loader, call }, local, deployed) => {
      await loader.start(placesOf(local.root, true));
      const candidate = await loader.prepare(placesOf(deployed.root));
      local.write('a.ts', answers('edited before'));
      candidate.adopt();
      local.write('a.ts', answers('edited after'));
      const { version } = loader;
      await Bun.sleep(500);
      expect(await call('a')).toBe('deployed');
      expect(loader.version).toBe(version);
      await loader.reload();
      expect(await call('a')).toBe('deployed');
    }));

  test('the local folder again: its edits since it was read, and those that follow, are live', () =>
    withTwo(async ({ loader, call }, local, deployed) => {
      await loader.start(placesOf(deployed.root));
      const candidate = await loader.prepare(placesOf(local.root, true));
      local.write('a.ts', answers('edited'));
      candidate.adopt();
      await until(async () => (await call('a')) === 'edited');
      local.write('a.ts', answers('edited again'));
      await until(async () => (await call('a')) === 'edited again');
    }));

  test('knows the extensions as they are by then, whatever they were when it was loaded', () =>
    withTwo(async ({ loader, names }, local, deployed) => {
      local.write('gone/main.ts', "register({ name: 'gone' }, () => 1);");
      local.write('come/main.ts', "register({ name: 'come' }, () => 1);");
      const entryOf = (name: string) => join(local.root, 'functions', name, 'main.ts');
      await loader.setExtensions([entryOf('gone')]);
      await loader.start(placesOf(local.root));
      expect(names()).toBe('a,gone');
      const preparing = loader.prepare(placesOf(deployed.root));
      // While it loads, one extension takes the place of the other.
      await loader.setExtensions([entryOf('come')]);
      const candidate = await preparing;
      expect(candidate.functions.map(({ name }) => name)).toEqual(['a', 'b']);
      candidate.adopt();
      await until(() => names() === 'a,b,come');
    }));

  test('takes the last good versions of the old places with it', () =>
    withTwo(async ({ loader, names, pids }, local, deployed) => {
      local.write('only-here.ts', answers('local'));
      await loader.start(placesOf(local.root));
      local.write('only-here.ts', '(');
      await loader.reload();
      expect(names()).toBe('a,only-here');
      (await loader.prepare(placesOf(deployed.root))).adopt();
      expect([names(), loader.errors.length]).toEqual(['a,b', 0]);
      await until(() => pids.size === 1);
    }));

  test('before the first load is done makes the functions ready', () =>
    withTwo(async ({ loader, call }, local, deployed) => {
      local.write('slow.ts', `await Bun.sleep(1_000); ${answers('slow')}`);
      const started = loader.start(placesOf(local.root));
      const ready = loader.whenReady(30_000);
      (await loader.prepare(placesOf(deployed.root))).adopt();
      await ready;
      expect(await call('a')).toBe('deployed');
      await started;
      expect(await call('a')).toBe('deployed');
    }));

  test('when the server is stopping starts nothing', () =>
    withTwo(async ({ loader, pids }, local, deployed) => {
      await loader.start(placesOf(local.root));
      const candidate = await loader.prepare(placesOf(deployed.root));
      const late = loader.prepare(placesOf(deployed.root));
      late.catch(() => undefined);
      await loader.stop(1_000);
      candidate.adopt();
      await expect(late).rejects.toMatchObject({ code: 'unavailable' });
      await until(() => pids.size === 0);
      await expect(loader.prepare(placesOf(deployed.root))).rejects.toMatchObject({
        code: 'unavailable',
      });
      expect(pids.size).toBe(0);
    }));
});

describe('starting and stopping', () => {
  test('a reload is done, in whatever moment the load before it ends', async () => {
    for (let moments = 0; moments < 8; moments++)
      await withTwo(async ({ loader, names }, local) => {
        local.remove('a.ts');
        const started = loader.start(placesOf(local.root));
        for (let n = 0; n < moments; n++) await undefined;
        local.write('late.ts', answers('late'));
        await loader.reload();
        expect([moments, names()]).toEqual([moments, 'late']);
        await started;
      });
  });

  test('a deployment is loaded at start, and its folder is not watched', () =>
    withTwo(async ({ loader, call }, _local, deployed) => {
      await loader.start(placesOf(deployed.root));
      expect(await call('a')).toBe('deployed');
      const { version } = loader;
      deployed.write('a.ts', answers('edited'));
      await Bun.sleep(400);
      expect([await call('a'), loader.version]).toEqual(['deployed', version]);
    }));

  test('a stop during the first load lets nobody wait', () =>
    withTwo(async ({ loader, pids }, local) => {
      local.write('slow.ts', `await new Promise(() => {});`);
      const started = loader.start(placesOf(local.root));
      const ready = loader.whenReady(60_000);
      ready.catch(() => undefined);
      await until(() => pids.size === 1);
      await loader.stop(1_000);
      await expect(ready).rejects.toMatchObject({ code: 'unavailable' });
      await started;
    }));

  test.skipIf(process.getuid?.() === 0)('a folder that may not be read keeps what answered', () =>
    withTwo(async ({ loader, call }, local) => {
      await loader.start(placesOf(local.root));
      chmodSync(local.pathOf('.'), 0);
      await loader.reload();
      chmodSync(local.pathOf('.'), 0o755);
      expect(await call('a')).toBe('local');
      expect(loader.errors).toMatchObject([{ loaded_version: 'previous' }]);
    }),
  );
});
