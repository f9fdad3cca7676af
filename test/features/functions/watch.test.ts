import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import { createFunctionApp, type Folder, type FunctionApp, withApp } from './function-app.ts';

setDefaultTimeout(600_000);

const WATCH = { isWatching: true };
const answers = (text: string) => `register({}, () => '${text}');`;
const word = (text: string) => `export const word = '${text}';`;
const USES_HELPERS = `import { word } from './lib/deep/word.ts'; register({}, () => word);`;

const isAnswer = (app: FunctionApp, name: string, text: string) =>
  until(async () => (await app.result(name).catch(() => undefined)) === text);

/** Waits until a change that is seen for certain was seen: what came before it was seen or never will be. */
async function settle(app: FunctionApp, folder: Folder): Promise<void> {
  const text = crypto.randomUUID();
  folder.write('settled.ts', answers(text));
  await isAnswer(app, 'settled', text);
}

describe('watching', () => {
  test('a helper in a folder that comes later, with what lies in it, is seen, and its edits are', () =>
    withApp({ 'a.ts': USES_HELPERS }, WATCH, async (app, folder) => {
      expect(app.service.loadErrors()).toHaveLength(1);
      folder.write('lib/deep/word.ts', word('one'));
      await isAnswer(app, 'a', 'one');
      folder.write('lib/deep/word.ts', word('two'));
      await isAnswer(app, 'a', 'two');
    }));

  test('a folder that is moved in, away and back is seen, and the edits in it are', () =>
    withApp({ 'a.ts': USES_HELPERS }, WATCH, async (app, folder) => {
      const away = join(folder.root, 'away');
      folder.writeRaw('away/deep/word.ts', word('moved'));
      renameSync(away, folder.pathOf('lib'));
      await isAnswer(app, 'a', 'moved');
      renameSync(folder.pathOf('lib'), away);
      await until(() => app.service.loadErrors().length === 1);
      writeFileSync(join(away, 'deep/word.ts'), word('changed while away'));
      renameSync(away, folder.pathOf('lib'));
      await isAnswer(app, 'a', 'changed while away');
      folder.write('lib/deep/word.ts', word('edited'));
      await isAnswer(app, 'a', 'edited');
    }));

  test('a file that is saved as editors do is seen: by a rename over it, and by a backup', () =>
    withApp({ 'a.ts': answers('one') }, WATCH, async (app, folder) => {
      const path = folder.pathOf('a.ts');
      for (const text of ['two', 'three']) {
        folder.write('.a.ts.swp', answers(text));
        renameSync(folder.pathOf('.a.ts.swp'), path);
        await isAnswer(app, 'a', text);
      }
      // What Vim does with `set backup`.
      renameSync(path, `${path}~`);
      folder.write('a.ts', answers('four'));
      await isAnswer(app, 'a', 'four');
      rmSync(`${path}~`);
      folder.write('a.ts', answers('five'));
      await isAnswer(app, 'a', 'five');
    }));

  test('a file behind a link is seen when the file or the link changes', () =>
    withApp({}, WATCH, async (app, folder) => {
      folder.write('../real/one.ts', answers('one'));
      folder.write('../real/two.ts', answers('two'));
      mkdirSync(folder.pathOf('.'));
      const link = folder.pathOf('a.ts');
      symlinkSync(folder.pathOf('../real/one.ts'), link);
      await isAnswer(app, 'a', 'one');
      folder.write('../real/one.ts', answers('edited'));
      await isAnswer(app, 'a', 'edited');
      symlinkSync(folder.pathOf('../real/two.ts'), `${link}.new`);
      renameSync(`${link}.new`, link);
      await isAnswer(app, 'a', 'two');
    }));

  test('the folder itself may be a link to one version and then to another', () =>
    withApp({}, WATCH, async (app, folder) => {
      const link = folder.pathOf('.').replace(/\/$/, '');
      for (const version of ['v1', 'v2'])
        folder.write(
          `../${version}/a.ts`,
          `import { twice } from './b.ts'; register({}, () => twice('${version}'));`,
        );
      for (const version of ['v1', 'v2'])
        folder.write(
          `../${version}/b.ts`,
          `export const twice = (text) => text + text; ${answers('b')}`,
        );
      symlinkSync(join(folder.root, 'v1'), link);
      await isAnswer(app, 'a', 'v1v1');
      expect(await app.result('b')).toBe('b');
      symlinkSync(join(folder.root, 'v2'), `${link}.new`);
      renameSync(`${link}.new`, link);
      await isAnswer(app, 'a', 'v2v2');
    }));

  test('a link that leads back into the folder is no endless walk', () =>
    withApp({ 'a.ts': answers('one') }, WATCH, async (app, folder) => {
      symlinkSync('.', folder.pathOf('again'));
      symlinkSync('..', folder.pathOf('up'));
      folder.write('a.ts', answers('two'));
      await isAnswer(app, 'a', 'two');
    }));

  test('the folder that is deleted and made again at once is seen, and its edits are', () =>
    withApp({ 'a.ts': answers('one') }, WATCH, async (app, folder) => {
      for (const text of ['two', 'three']) {
        folder.remove('.');
        folder.write('a.ts', answers(text));
        await isAnswer(app, 'a', text);
        folder.write('a.ts', answers(`${text} edited`));
        await isAnswer(app, 'a', `${text} edited`);
      }
    }));

  test('a file that is written in pieces is live when it is whole', () =>
    withApp({ 'a.ts': answers('one') }, WATCH, async (app, folder) => {
      const whole = `import { register } from 'tinybase';\n${'// words\n'.repeat(200)}${answers('two')}`;
      for (let at = 0; at <= whole.length; at += 100) {
        folder.writeRaw('functions/a.ts', whole.slice(0, at + 100));
        expect(await app.result('a')).toBeString();
        await Bun.sleep(10);
      }
      await isAnswer(app, 'a', 'two');
      expect(app.service.loadErrors()).toEqual([]);
    }));

  test('500 files that change at once are a few loads', () =>
    withApp({ 'a.ts': answers('one') }, WATCH, async (app, folder) => {
      const before = app.service.version();
      for (let n = 0; n < 500; n++) folder.write(`lib/f${n % 10}/h${n}.ts`, word(String(n)));
      folder.write('a.ts', `import { word } from './lib/f9/h499.ts'; register({}, () => word);`);
      await isAnswer(app, 'a', '499');
      await settle(app, folder);
      expect(app.service.version() - before).toBeLessThan(12);
    }));

  test('packages, databases, logs and generated types are no reason to load anything', () =>
    withApp({ 'a.ts': answers('one') }, WATCH, async (app, folder) => {
      await settle(app, folder);
      const before = app.service.version();
      for (const name of [
        'node_modules/zod/index.js',
        '.cache/x.ts',
        'data.db',
        'data.db-wal',
        'calls.log',
        'tinybase.d.ts',
        'a.ts~',
      ]) {
        folder.write(name, 'x');
        await Bun.sleep(20);
      }
      // A new folder counts once; what is written into it when it is known does not.
      const after = app.service.version();
      expect(after - before).toBeLessThanOrEqual(1);
      for (let n = 0; n < 10; n++) {
        folder.write('data.db-wal', String(n));
        folder.write('node_modules/zod/index.js', String(n));
        await Bun.sleep(20);
      }
      await settle(app, folder);
      expect(app.service.version() - after).toBeLessThanOrEqual(2);
    }));

  test('a description of packages that changes is a reason', () =>
    withApp({ 'a.ts': answers('one') }, WATCH, async (app, folder) => {
      for (const name of ['package.json', 'bun.lock']) {
        const before = app.service.version();
        folder.writeRaw(`functions/${name}`, '{}');
        await until(() => app.service.version() > before);
      }
    }));

  test.skipIf(process.getuid?.() === 0)(
    'a file that may not be read any more says so and keeps answering',
    () =>
      withApp({ 'a.ts': answers('one') }, WATCH, async (app, folder) => {
        chmodSync(folder.pathOf('a.ts'), 0);
        await until(() => app.service.loadErrors().length === 1);
        expect(app.service.loadErrors()[0]?.message).not.toBe('');
        expect(await app.result('a')).toBe('one');
        chmodSync(folder.pathOf('a.ts'), 0o644);
        await until(() => app.service.loadErrors().length === 0);
      }),
  );

  test('nothing is watched any more when the server stops', () =>
    withApp({ 'a.ts': answers('one') }, {}, async (_app, folder) => {
      const other = createFunctionApp(folder, WATCH);
      await other.service.start();
      await other.stop();
      const before = other.service.version();
      folder.write('a.ts', answers('two'));
      copyFileSync(folder.pathOf('a.ts'), folder.pathOf('b.ts'));
      await Bun.sleep(400);
      expect(other.service.version()).toBe(before);
    }));
});
