import { expect, test } from 'bun:test';
import { until } from '../../support/until.ts';
import { createFolder, withApp } from './function-app.ts';
import { createLoaderApp, placesOf } from './loader-app.ts';

const OK = `register({}, () => 'ok');`;
/** Ends its worker, but not before all files were loaded once, however long that takes: the test says when. */
const ENDS_LATER = `import { existsSync } from 'node:fs'; register({}, () => 'bad');
setInterval(() => { if (existsSync(import.meta.dir + '/../go')) process.exit(3); }, 400);`;

test('a file that ends its worker again and again is set aside with its place, and the others go on', () =>
  withApp(
    {
      'bad.ts': ENDS_LATER,
      'ok.ts': OK,
    },
    { isWatching: true, settings: { workers: 2 } },
    async (app, folder) => {
      folder.writeRaw('go', '');
      await until(() => app.service.loadErrors().length > 0);
      expect(app.service.loadErrors()).toEqual([
        {
          file: 'functions/bad.ts',
          line: 2,
          column: expect.any(Number),
          message: expect.stringContaining('ended its worker process 3 times'),
          loaded_version: null,
        },
      ]);
      const places = app.lines
        .filter(({ level }) => level === 'warning')
        .map(({ fields }) => fields);
      expect(places[0]?.file).toBe(folder.pathOf('bad.ts'));
      expect(app.lines.some(({ message }) => /bad\.ts:2:\d+ does not load/.test(message))).toBe(
        true,
      );
      expect(await app.result('ok')).toBe('ok');
      await expect(app.call('bad')).rejects.toThrow('There is no function bad');

      folder.write('bad.ts', `register({}, () => 'mended');`);
      await until(() => app.service.loadErrors().length === 0);
      expect([await app.result('bad'), await app.result('ok')]).toEqual(['mended', 'ok']);
    },
  ));

test('a file that ends the worker while the next one loads is named itself, not the next one', () =>
  withApp(
    {
      'a.ts': `register({}, () => 'a'); setTimeout(() => process.exit(1));`,
      'b.ts': `await Bun.sleep(200); register({}, () => 'b');`,
    },
    {},
    async (app) => {
      expect(app.service.loadErrors().map(({ file, line }) => [file, line])).toEqual([
        ['functions/a.ts', 1],
      ]);
      expect(await app.result('b')).toBe('b');
    },
  ));

test('a file that calls what ends the worker is named itself, not the one that it is imported from', async () => {
  const helper = `export function die() { process.exit(1); }`;
  await withApp(
    {
      'load.ts': `import { die } from './helper.ts'; register({}, () => 'load'); die();`,
      'timer.ts': `import { die } from './helper.ts'; register({}, () => 'timer');
        setTimeout(async () => { await Bun.sleep(1); die(); }, 40);`,
      'helper.ts': `${helper} register({}, () => 'helper');`,
    },
    {},
    async (app) => {
      await until(() => app.service.loadErrors().length > 1);
      const files = app.service
        .loadErrors()
        .map(({ file }) => file)
        .sort();
      expect(files).toEqual(['functions/load.ts', 'functions/timer.ts']);
      expect(await app.result('helper')).toBe('helper');
    },
  );
});

test('a file that ends the worker where its stack does not show it keeps no other file from loading', () =>
  withApp(
    {
      'a.ts': `export async function die() { await Bun.sleep(1); process.exit(1); } register({}, () => 'a');`,
      'b.ts': `import { die } from './a.ts'; await die();`,
      'ok.ts': OK,
    },
    {},
    async (app) => {
      expect(app.service.loadErrors().map(({ file }) => file)).toContain('functions/b.ts');
      expect(await app.result('ok')).toBe('ok');
    },
  ));

test('a file that ends its worker in the first turn after it was loaded leaves its last good version', () =>
  withApp({ 'a.ts': `register({}, () => 'good');` }, { isWatching: true }, async (app, folder) => {
    folder.write('a.ts', `register({}, () => 'bad'); setTimeout(() => process.exit(1));`);
    await until(() => app.service.loadErrors().length > 0);
    expect(app.service.loadErrors()[0]?.loaded_version).toBe('previous');
    expect(await app.result('a')).toBe('good');
  }));

test('a file of a deployment that ends the workers before it is adopted serves nobody after that', async () => {
  const folder = createFolder({
    'bad.ts': ENDS_LATER,
    'ok.ts': OK,
  });
  const { loader, names, call, pids } = createLoaderApp();
  try {
    const candidate = await loader.prepare(placesOf(folder.root));
    expect(candidate.functions.map(({ name }) => name)).toEqual(['bad', 'ok']);
    folder.writeRaw('go', '');
    const seen = new Set<number>();
    await until(() => {
      for (const pid of pids) seen.add(pid);
      return seen.size > 3;
    });
    candidate.adopt();
    expect(names()).toBe('ok');
    expect(loader.errors.map(({ file }) => file)).toEqual([folder.pathOf('bad.ts')]);
    expect(await call('ok')).toBe('ok');
  } finally {
    await loader.stop(0);
    folder.dispose();
  }
});

test('calls that end their worker by themselves set no file aside', () =>
  withApp({ 'a.ts': `register({}, (_ctx, x) => x ? process.exit(1) : 'a');` }, {}, async (app) => {
    for (let n = 0; n < 5; n++) await app.call('a', 1);
    expect(await app.result('a')).toBe('a');
    expect(app.service.loadErrors()).toEqual([]);
  }));

test('an error that nobody catches after a file was loaded stands in the log with its place', () =>
  withApp(
    {
      'a.ts': `register({}, () => 'a');\nsetTimeout(() => { throw new Error('thrown late'); });\nPromise.reject(new Error('rejected late'));`,
    },
    {},
    async (app, folder) => {
      const text = () => app.lines.map(({ message }) => message).join('\n');
      await until(() => text().includes('thrown late') && text().includes('rejected late'));
      await until(() => text().includes(`${folder.pathOf('a.ts')}:2`));
      expect(text()).toContain(`${folder.pathOf('a.ts')}:3`);
      expect(await app.result('a')).toBe('a');
    },
  ));
