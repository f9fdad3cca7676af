import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { until } from '../../support/until.ts';
import { withApp } from './function-app.ts';

setDefaultTimeout(600_000);

const answers = (text: string) => `register({}, () => '${text}');`;
const WATCH = { isWatching: true };

describe('loading', () => {
  test('a file that does not parse never stops the others, and is named with its place', () =>
    withApp(
      { 'good.ts': answers('good'), 'bad.ts': `\nregister({}, () => { return 1 +; });` },
      {},
      async (app) => {
        expect(await app.result('good')).toBe('good');
        const [error, ...others] = app.service.loadErrors();
        expect(others).toEqual([]);
        expect(error).toMatchObject({ file: 'functions/bad.ts', line: 2, loaded_version: null });
        expect(error?.column).toBeGreaterThan(0);
        expect(error?.message).not.toBe('');
        expect(app.call('bad')).rejects.toMatchObject({ code: 'not_found' });
      },
    ));

  test('a file that throws, imports what is missing or is misused is named with the reason', () =>
    withApp(
      {
        'throws.ts': `\n\nnull.x; register({}, () => 1);`,
        'missing.ts': `import 'no-such-package'; register({}, () => 1);`,
        'nothing.ts': `export const x = 1;`,
        'two.ts': `register({}, () => 1); register({}, () => 2);`,
        'not a name.ts': `register({}, () => 1);`,
        'calls.ts': `register({}, () => 1);`,
        'option.ts': `register({ timeout: 5 }, () => 1);`,
        'schema.ts': `register({ input: { type: 'object' } }, () => 1);`,
        'handler.ts': `register({});`,
        'helped.ts': `import './lib/broken.ts'; register({}, () => 1);`,
      },
      {},
      async (app, folder) => {
        folder.write('lib/broken.ts', `\nexport const a = ;`);
        await app.service.reload();
        const found = Object.fromEntries(
          app.service.loadErrors().map((error) => [error.file.slice('functions/'.length), error]),
        );
        expect(found['throws.ts']).toMatchObject({ line: 3 });
        expect(found['throws.ts']?.message).toContain('TypeError');
        expect(found['missing.ts']?.message).toContain('no-such-package');
        expect(found['nothing.ts']?.message).toContain('registers no function');
        expect(found['two.ts']?.message).toContain('must give each a name');
        expect(found['not a name.ts']?.message).toContain('is no name for a function');
        expect(found['calls.ts']?.message).toContain('cannot be named calls');
        expect(found['option.ts']?.message).toContain('there is no option timeout');
        expect(found['schema.ts']?.message).toContain('must be made with t');
        expect(found['handler.ts']?.message).toContain('wants the handler');
        expect(found['helped.ts']).toMatchObject({ line: null });
        expect(found['helped.ts']?.message).toContain('lib/broken.ts:2:');
        expect(app.service.adminList({ limit: 1, offset: 0 }).total).toBe(0);
      },
    ));

  test('a name that another file has taken is an error of the later one', () =>
    withApp(
      {
        'a.ts': `register({ name: 'same' }, () => 'a');`,
        'b.ts': `register({ name: 'same' }, () => 'b');`,
      },
      {},
      async (app) => {
        expect(await app.result('same')).toBe('a');
        expect(app.service.loadErrors()).toMatchObject([{ file: 'functions/b.ts' }]);
      },
    ));

  test('the same file name with two endings, and functions.ts beside the folder, obey the same order', () =>
    withApp(
      { 'a.js': answers('js'), 'a.ts': answers('ts'), 'z.ts': answers('folder') },
      {},
      async (app, folder) => {
        folder.writeRaw(
          'functions.ts',
          `import { register } from 'tinybase'; register({ name: 'z' }, () => 'single');`,
        );
        await app.service.reload();
        expect([await app.result('a'), await app.result('z')]).toEqual(['js', 'folder']);
        const errors = app.service.loadErrors();
        expect(errors.map(({ file }) => file)).toEqual(['functions/a.ts', 'functions.ts']);
        expect(errors[0]?.message).toContain('a.js');
        expect(errors[1]?.message).toContain('z.ts');
      },
    ));

  test('a file that ends or blocks its process while it loads is left out', () =>
    withApp(
      {
        'exits.ts': `process.exit(0);`,
        'good.ts': answers('good'),
        'stalls.ts': `await new Promise(() => {}); register({}, () => 1);`,
      },
      { loadTimeoutMs: 4_000 },
      async (app) => {
        expect(await app.result('good')).toBe('good');
        expect(app.service.loadErrors()).toMatchObject([
          { file: 'functions/exits.ts', message: expect.stringContaining('ended the worker') },
          { file: 'functions/stalls.ts', message: expect.stringContaining('did not finish') },
        ]);
      },
    ));

  test('helpers, types and tests in the folder are not taken for functions', () =>
    withApp(
      {
        'good.ts': `import { word } from './_words.ts'; import { deep } from './lib/deep.ts';
          register({}, () => word + deep);`,
        '_words.ts': `export const word = 'good';`,
        'lib/deep.ts': `export const deep = '!';`,
        'good.test.ts': `throw new Error('a test');`,
        'tinybase.d.ts': `declare const x: number;`,
      },
      {},
      async (app) => {
        expect(await app.result('good')).toBe('good!');
        expect(app.service.loadErrors()).toEqual([]);
      },
    ));

  test('a file that another one imports still registers in its own name', () =>
    withApp(
      {
        'a.ts': `import { twice } from './b.ts'; register({}, (_ctx, n) => twice(n) + 1);`,
        'b.ts': `export const twice = (n) => n * 2; register({}, (_ctx, n) => twice(n));`,
      },
      {},
      async (app) => {
        expect(await app.result('a', 4)).toBe(9);
        expect(await app.result('b', 4)).toBe(8);
      },
    ));

  test('functions.ts beside the folder may hold several', () =>
    withApp({}, {}, async (app, folder) => {
      folder.writeRaw(
        'functions.ts',
        `import { register } from 'tinybase';
         register({ name: 'one' }, () => 1); register({ name: 'two' }, () => 2);`,
      );
      await app.service.reload();
      expect([await app.result('one'), await app.result('two')]).toEqual([1, 2]);
      expect(app.service.adminList({ limit: 1, offset: 1 }).items).toMatchObject([
        { name: 'two', module: 'functions', file_path: 'functions.ts', is_current: true },
      ]);
    }));

  test('a call that comes before the workers are ready waits for them', () =>
    withApp({ 'good.ts': answers('good') }, {}, async (app, folder) => {
      const { createFunctionApp } = await import('./function-app.ts');
      const other = createFunctionApp(folder);
      void other.service.start();
      expect(other.service.isReady()).toBe(false);
      expect(await other.result('good')).toBe('good');
      await other.stop();
      expect(await app.result('good')).toBe('good');
    }));
});

describe('reload', () => {
  test('an edit, a new, a renamed and a deleted file are live by themselves', () =>
    withApp({ 'a.ts': answers('one') }, WATCH, async (app, folder) => {
      const nameOf = () =>
        app.service
          .adminList({ limit: 10, offset: 0 })
          .items.map(({ name }) => name)
          .join();
      expect(await app.result('a')).toBe('one');
      folder.write('a.ts', answers('two'));
      await until(async () => (await app.result('a')) === 'two');
      folder.write('b.ts', answers('new'));
      await until(() => nameOf() === 'a,b');
      folder.rename('b.ts', 'c.ts');
      await until(() => nameOf() === 'a,c');
      expect(await app.result('c')).toBe('new');
      folder.remove('c.ts');
      await until(() => nameOf() === 'a');
      expect(app.call('c')).rejects.toMatchObject({ code: 'not_found' });
    }));

  test('functions.ts that comes later, is edited, replaced as editors do and deleted is live by itself', () =>
    withApp({ 'a.ts': answers('one') }, WATCH, async (app, folder) => {
      const is = (text: string) =>
        until(async () => (await app.result('single').catch(() => 'gone')) === text);
      const single = (text: string) =>
        `import { register } from 'tinybase'; register({ name: 'single' }, () => '${text}');`;
      folder.writeRaw('functions.ts', single('new'));
      await is('new');
      folder.writeRaw('functions.ts', single('edited'));
      await is('edited');
      folder.writeRaw('functions.ts.swp', single('replaced'));
      folder.rename('../functions.ts.swp', '../functions.ts');
      await is('replaced');
      folder.writeRaw('functions.ts', single('edited again'));
      await is('edited again');
      folder.remove('../functions.ts');
      await is('gone');
      expect(await app.result('a')).toBe('one');
    }));

  test('an edit of a helper in a folder below is live as well', () =>
    withApp(
      { 'a.ts': `import { word } from './lib/word.ts'; register({}, () => word);` },
      WATCH,
      async (app, folder) => {
        folder.write('lib/word.ts', `export const word = 'one';`);
        await until(() => app.service.loadErrors().length === 0);
        expect(await app.result('a')).toBe('one');
        folder.write('lib/word.ts', `export const word = 'two';`);
        await until(async () => (await app.result('a')) === 'two');
      },
    ));

  test('a folder that comes later, goes and comes back is seen', () =>
    withApp({}, WATCH, async (app, folder) => {
      const count = () => app.service.adminList({ limit: 1, offset: 0 }).total;
      expect(count()).toBe(0);
      folder.write('a.ts', answers('one'));
      await until(() => count() === 1);
      folder.remove('.');
      await until(() => count() === 0);
      folder.write('a.ts', answers('two'));
      await until(() => count() === 1);
      expect(await app.result('a')).toBe('two');
    }));

  test('a call in flight finishes on the code that it began with', () =>
    withApp(
      { 'a.ts': `register({}, async () => { await Bun.sleep(700); return 'old'; });` },
      {},
      async (app, folder) => {
        const old = app.result('a');
        await until(
          async () => (await app.service.listCalls({}, { limit: 1, offset: 0 })).total > 0,
        );
        folder.write('a.ts', answers('new'));
        await app.service.reload();
        expect(await app.result('a')).toBe('new');
        expect(await old).toBe('old');
      },
    ));

  test('a file that fails keeps its last good version, through further reloads, until it is mended', () =>
    withApp({ 'a.ts': answers('good'), 'b.ts': answers('b1') }, {}, async (app, folder) => {
      folder.write('a.ts', `register({}, () => 'broken`);
      await app.service.reload();
      expect(await app.result('a')).toBe('good');
      expect(app.service.loadErrors()).toMatchObject([
        { file: 'functions/a.ts', line: 1, loaded_version: 'previous' },
      ]);
      const list = app.service.adminList({ limit: 10, offset: 0 });
      expect(list.items.map(({ is_current }) => is_current)).toEqual([false, true]);
      expect(
        app.lines.some(({ level, message }) => level === 'error' && /a\.ts:1:/.test(message)),
      ).toBe(true);

      folder.write('b.ts', answers('b2'));
      await app.service.reload();
      expect([await app.result('a'), await app.result('b')]).toEqual(['good', 'b2']);

      folder.write('a.ts', answers('mended'));
      await app.service.reload();
      expect(await app.result('a')).toBe('mended');
      expect(app.service.loadErrors()).toEqual([]);
    }));

  test('a failing file that is deleted is gone, and so is its last good version', () =>
    withApp({ 'a.ts': answers('good') }, {}, async (app, folder) => {
      folder.write('a.ts', '(');
      await app.service.reload();
      expect(await app.result('a')).toBe('good');
      folder.remove('a.ts');
      await app.service.reload();
      expect(app.call('a')).rejects.toMatchObject({ code: 'not_found' });
      expect(app.service.loadErrors()).toEqual([]);
    }));

  test('many reloads under load answer every call', () =>
    withApp({ 'a.ts': answers('0') }, { settings: { workers: 2 } }, async (app, folder) => {
      let isDone = false;
      let calls = 0;
      const load = Promise.all(
        Array.from({ length: 8 }, async () => {
          while (!isDone) {
            await app.result('a');
            calls++;
          }
        }),
      );
      for (let n = 1; n <= 20; n++) {
        folder.write('a.ts', answers(String(n)));
        await app.service.reload();
        expect(await app.result('a')).toBe(String(n));
      }
      isDone = true;
      await load;
      expect(calls).toBeGreaterThan(20);
    }));
});
