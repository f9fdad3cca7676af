import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import { type Folder, type FunctionApp, withApp } from './function-app.ts';
import { createCountingSpawn } from './loader-app.ts';

setDefaultTimeout(600_000);

const BROKEN = `register({}, () => 'broken`;
/** Answers, or ends its process, or never ends, or says which one it is. */
const answers = (expression: string) => `register({}, async (_ctx, what) => {
  if (what === 'exit') process.exit(1);
  if (what === 'spin') for (;;);
  if (what === 'pid') return process.pid;
  if (what === 'slow') await Bun.sleep(300);
  return ${expression}; });`;

/** Ends the worker that holds a function, and waits for the next. */
async function endWorker(app: FunctionApp, name: string): Promise<void> {
  const before = await app.result(name, 'pid');
  await app.result(name, 'exit').catch(() => undefined);
  await until(async () => {
    const pid = await app.result(name, 'pid').catch(() => before);
    return pid !== before;
  });
}

describe('the last good version', () => {
  test('a call that spins until it is ended does not take it along, though its file is broken', () =>
    withApp(
      { 'a.ts': answers(`'good'`), 'b.ts': answers(`'b'`) },
      // A busy machine takes its time for the next worker, for which the second call waits as long at most.
      { settings: { timeoutSeconds: 4 } },
      async (app, folder) => {
        folder.write('a.ts', BROKEN);
        await app.service.reload();
        await expect(app.result('a', 'spin')).rejects.toThrow('TimeoutError');
        expect(await app.result('a')).toBe('good');
        expect(app.service.loadErrors()).toMatchObject([
          { file: 'functions/a.ts', loaded_version: 'previous' },
        ]);
      },
    ));

  test('it outlives its worker when the file and the helpers were deleted since', () =>
    withApp(
      {
        'a.ts': `import { word } from './lib/word.ts'; import data from './data.json';
          import script from './lib/script.cjs'; const { more } = require('./lib/script.cjs');
          ${answers('word + data.mark + script.more + more + typeof here')}
          import { here } from './lib/link.ts';`,
        'bad.ts': BROKEN,
      },
      {},
      async (app, folder) => {
        folder.writeRaw('outside/real.ts', 'export const here = 1;');
        folder.writeRaw('functions/lib/word.ts', `export const word: string = 'good';`);
        folder.writeRaw('functions/lib/script.cjs', `module.exports = { more: '?' };`);
        folder.writeRaw('functions/data.json', `{ "mark": "!" }`);
        symlinkSync(join(folder.root, 'outside/real.ts'), folder.pathOf('lib/link.ts'));
        await app.service.reload();
        expect(await app.result('a')).toBe('good!??number');
        for (const name of ['lib/word.ts', 'lib/script.cjs', 'data.json', 'lib/link.ts'])
          folder.remove(name);
        await app.service.reload();
        expect(app.service.loadErrors()).toMatchObject([
          { file: 'functions/a.ts', loaded_version: 'previous' },
          { file: 'functions/bad.ts', loaded_version: null },
        ]);
        await endWorker(app, 'a');
        expect(await app.result('a')).toBe('good!??number');
      },
    ));

  test('its errors still show the file and the lines of the user', () =>
    withApp(
      {
        'a.ts': `import { fail } from './_fail.ts'; register({}, (_ctx, what) => {
          if (what === 'pid') return process.pid;
          if (what === 'exit') process.exit(1);
          return [fail(import.meta.path)]; });`,
        '_fail.ts': `interface Unused { a: string }\n\n\nexport function fail(path: string): never { throw new Error(path); }`,
      },
      {},
      async (app, folder) => {
        folder.write('a.ts', BROKEN);
        folder.write('_fail.ts', BROKEN);
        await app.service.reload();
        await endWorker(app, 'a');
        await expect(app.result('a')).rejects.toThrow(folder.pathOf('a.ts'));
        const stack = JSON.stringify(app.lines.map(({ fields }) => fields));
        expect(stack).toContain(`${folder.pathOf('_fail.ts')}:4:`);
        expect(stack).toContain(`${folder.pathOf('a.ts')}:4:`);
      },
    ));

  test('a worker that is started later runs the code of its neighbours, not what was written since', () =>
    withApp(
      { 'a.ts': `import { word } from './_word.ts'; ${answers('word')}`, '_word.ts': word('one') },
      {},
      async (app, folder) => {
        folder.write('_word.ts', word('two'));
        await endWorker(app, 'a');
        expect(await app.result('a')).toBe('one');
        await app.service.reload();
        expect(await app.result('a')).toBe('two');
      },
    ));

  test('it keeps a single worker, and none once the file is mended', async () => {
    const { spawn, pids } = createCountingSpawn();
    await withApp(
      { 'a.ts': answers(`'good'`), 'b.ts': answers(`'b'`) },
      { settings: { workers: 3 }, spawnWorker: spawn },
      async (app, folder) => {
        await until(() => pids.size === 3);
        // One of them is at work while the others are sent away.
        const slow = app.result('a', 'slow');
        folder.write('a.ts', BROKEN);
        await app.service.reload();
        expect(await slow).toBe('good');
        await until(() => pids.size === 4);
        folder.write('a.ts', answers(`'mended'`));
        await app.service.reload();
        await until(() => pids.size === 3);
        expect(await app.result('a')).toBe('mended');
      },
    );
    await until(() => pids.size === 0);
  });

  test('an error is written to the log once, however often the rest is loaded anew', () =>
    withApp({ 'a.ts': BROKEN, 'b.ts': answers('1') }, {}, async (app, folder) => {
      for (let n = 0; n < 3; n++) {
        folder.write('b.ts', answers(String(n)));
        await app.service.reload();
      }
      expect(errorsOf(app)).toHaveLength(1);
      folder.write('a.ts', `\n${BROKEN}`);
      await app.service.reload();
      expect(errorsOf(app)).toHaveLength(2);
    }));

  test('what happened to the folder itself is no reason to forget the functions', () =>
    withApp({ 'a.ts': answers(`'good'`) }, {}, async (app, folder: Folder) => {
      folder.remove('.');
      folder.writeRaw('functions', 'a file where the folder was');
      await app.service.reload();
      expect(await app.result('a')).toBe('good');
      expect(app.service.loadErrors()).toMatchObject([
        { file: 'functions', line: null, loaded_version: 'previous' },
      ]);
      folder.remove('.');
      await app.service.reload();
      await expect(app.result('a')).rejects.toMatchObject({ code: 'not_found' });
      expect(app.service.loadErrors()).toEqual([]);
    }));
});

function word(text: string): string {
  return `export const word: string = '${text}';`;
}

function errorsOf(app: FunctionApp): string[] {
  return app.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
}
