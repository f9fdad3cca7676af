import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SYSTEM } from '../../../src/core/actor.ts';
import { AppError } from '../../../src/core/errors.ts';
import { readSources } from '../../../src/features/functions/sources.ts';
import { until } from '../../support/until.ts';
import { CALL, createFolder, createFunctionApp, withApp } from './function-app.ts';

setDefaultTimeout(600_000);

const isUnix = process.platform !== 'win32';

const OK = `register({ auth: 'public' }, () => 'ok');`;
const makePipe = (path: string) => expect(Bun.spawnSync(['mkfifo', path]).exitCode).toBe(0);

describe.if(isUnix)('what is no file in the functions folder', () => {
  test.each([
    ['a pipe in place of a function', (path: string) => makePipe(join(path, 'x.ts'))],
    ['a pipe in place of a helper', (path: string) => makePipe(join(path, '_x.json'))],
    ['a pipe in place of functions.ts', (path: string) => makePipe(join(path, '../functions.ts'))],
    ['an endless device', (path: string) => symlinkSync('/dev/zero', join(path, 'x.json'))],
    ['a link to itself', (path: string) => symlinkSync('x.ts', join(path, 'x.ts'))],
    [
      'a socket',
      (path: string) => Bun.listen({ unix: join(path, 'x.ts'), socket: { data() {} } }).unref(),
    ],
  ])('%s holds up no load', async (_what, place) => {
    const folder = createFolder({ 'ok.ts': OK });
    place(join(folder.root, 'functions'));
    const app = createFunctionApp(folder);
    try {
      await app.service.start();
      expect(await app.result('ok')).toBe('ok');
    } finally {
      await app.stop();
      folder.dispose();
    }
  });

  test('a helper that becomes a pipe after it was read stops no server that compares it', async () => {
    const folder = createFolder({ '_helper.ts': 'export const a = 1;' });
    const places = { path: join(folder.root, 'functions'), file: null, isWatched: false };
    const sources = await readSources(places);
    expect(sources.changed()).toEqual([]);
    renameSync(folder.pathOf('_helper.ts'), folder.pathOf('_before.ts'));
    makePipe(folder.pathOf('_helper.ts'));
    expect(sources.changed().map(({ path }) => path)).toEqual([folder.pathOf('_helper.ts')]);
    folder.dispose();
  });

  test('a function that becomes a pipe has no source to show, and nobody waits for it', () =>
    withApp({ 'ok.ts': OK }, {}, async (app, folder) => {
      folder.remove('ok.ts');
      makePipe(folder.pathOf('ok.ts'));
      const source = app.service.source('ok');
      await expect(source).rejects.toMatchObject({ code: 'not_found' });
    }));
});

describe('calls that call', () => {
  const FAN = {
    'leaf.ts': `register({}, async (ctx) => { try { await ctx.db.collection('a').count(); } catch {} return 1; });`,
    'fan.ts': `register({ timeout_seconds: 60 }, async (ctx, { wide, deep }) => {
      if (deep === 0) return 1;
      const name = deep === 1 ? 'leaf' : 'fan';
      const calls = Array.from({ length: wide }, () => ctx.functions.call(name, { wide, deep: deep - 1 }));
      return (await Promise.all(calls)).reduce((sum, one) => sum + one, 0);
    });`,
  };

  test.each([
    [600, 1],
    [20, 3],
    [7, 4],
  ])('%d at a time and %d deep, in one worker, never wait for each other', (wide, deep) =>
    withApp(FAN, {}, async (app) => {
      expect(await app.result('fan', { wide, deep })).toBe(wide ** deep);
    }),
  );
});

describe('sizes', () => {
  test('what a function asks for is bounded, and it is told so', () => {
    const body = `register({}, async (ctx, n) => {
      try { await ctx.db.collection('a').create({ text: 'x'.repeat(n) }); }
      catch (error) { return [error instanceof TinyBaseError, error.code]; }
    });`;
    return withApp({ 'ask.ts': body }, {}, async (app) => {
      expect(await app.result('ask', 17 * 1024 * 1024)).toEqual([true, 'too_large']);
      expect(await app.result('ask', 1024 * 1024)).toEqual([true, 'not_found']);
    });
  });

  test('large payloads that wait are refused before they fill the memory; small ones still wait', () => {
    const files = {
      'hold.ts': `register({ raw_body: true }, async (_ctx) => { await Bun.sleep(1000); return 1; });`,
    };
    // None may be refused because it has waited too long.
    const options = { callsPerWorker: 1, settings: { timeoutSeconds: 600 } };
    return withApp(files, options, async (app) => {
      const payload = new Uint8Array(20 * 1024 * 1024);
      const call = (body: Uint8Array) =>
        app.service.call(SYSTEM, 'hold', body, CALL).then(
          ({ status }) => status,
          (error: unknown) => (error instanceof AppError ? error.code : 'broken'),
        );
      const large = Array.from({ length: 12 }, () => call(payload));
      const small = call(new Uint8Array(10));
      const ends = await Promise.all(large);
      expect(await small).toBe('succeeded');
      expect(new Set(ends)).toEqual(new Set(['succeeded', 'unavailable']));
      // 128 MB wait, and one runs.
      expect(ends.filter((end) => end === 'unavailable').length).toBeGreaterThanOrEqual(5);
    });
  });

  test.each([
    ['a description', `description: 'x'.repeat(20_000)`, 'description must have at most'],
    ['tags', `tags: Array(1000).fill('x')`, 'tags may be 50'],
    ['a tag', `tags: ['x'.repeat(1000)]`, 'of at most 100 characters'],
  ])(
    '%s of any length is refused, as everybody who lists functions would be sent it',
    (_what, option, reason) =>
      withApp({ 'long.ts': `register({ ${option} }, () => 1);`, 'ok.ts': OK }, {}, async (app) => {
        expect(app.service.loadErrors().map(({ message }) => message)).toEqual([
          expect.stringContaining(reason),
        ]);
        expect(await app.result('ok')).toBe('ok');
      }),
  );
});

describe('a worker that user code has tampered with', () => {
  test.each([
    ['a number that JSON has not', 'schema.default = 10n'],
    ['itself', 'schema.properties.self = schema'],
    ['a set and a map', 'schema.enum = [new Set(), new Map()]'],
    [
      'five thousand levels',
      'let one = {}; for (let i = 0; i < 5000; i++) one = { properties: { a: one } }; schema.not = one',
    ],
  ])(
    'cannot break the lists and documents of the server by a schema that holds %s',
    (_what, change) => {
      const body = `const { parse } = JSON;
      JSON.parse = (text) => { const schema = parse(text); if (schema?.type === 'object') { ${change}; } return schema; };
      register({ auth: 'public', input: t.Object({ a: t.Integer() }) }, () => 1);`;
      return withApp({ 'bad.ts': body }, {}, async (app) => {
        const { items } = app.service.list(SYSTEM, { limit: 10, offset: 0 });
        expect(() => JSON.stringify(items)).not.toThrow();
        expect(() => JSON.stringify(app.service.openApi(SYSTEM, []))).not.toThrow();
        const { status } = await app.request('GET', '/api/functions');
        expect(status).toBe(200);
      });
    },
  );

  test.each([
    ['claims', { kind: 'claim', id: 999 }],
    ['asks', { kind: 'ask', id: 999, ask: 1, name: 'db', body: '{}' }],
    ['pongs', { kind: 'pong', n: 1 }],
    ['files to load', { kind: 'loading', file: '/x' }],
    ['reports', { kind: 'loaded', version: 1, functions: [], errors: [] }],
    ['ends', { kind: 'exiting', id: null }],
  ])('is ended when it floods the server with %s', (_what, message) => {
    // Straight into the pipe, in Bun's own form: a kind, a length, a value.
    const forge = `import { writeSync } from 'node:fs'; import { serialize } from 'bun:jsc';
      register({ timeout_seconds: 60 }, (_ctx, message) => {
        const value = new Uint8Array(serialize(message));
        const frame = Buffer.alloc(5 + value.length);
        frame[0] = 2; frame.writeUInt32LE(value.length, 1); frame.set(value, 5);
        const block = Buffer.concat(Array(500).fill(frame));
        for (;;) for (let at = 0; at < block.length; )
          try { at += writeSync(3, block, at); } catch (error) { if (error.code !== 'EAGAIN') throw error; }
      });`;
    return withApp({ 'forge.ts': forge, 'ok.ts': OK }, {}, async (app) => {
      expect(await app.call('forge', message)).toMatchObject({
        status: 'failed',
        errorType: expect.stringMatching(/^Worker(Exited|Lost)$/),
      });
      expect(app.lines.some(({ message: line }) => line.includes('floods the server'))).toBe(true);
      expect(await app.result('ok')).toBe('ok');
    });
  });

  test('is not started again and again without a pause when it blames a file that is none', async () => {
    const body = `import { writeSync } from 'node:fs'; import { serialize } from 'bun:jsc';
      const value = new Uint8Array(serialize({ kind: 'loading', file: '/none/' + Math.random() }));
      const frame = Buffer.alloc(5 + value.length);
      frame[0] = 2; frame.writeUInt32LE(value.length, 1); frame.set(value, 5);
      writeSync(3, frame); process.reallyExit(1);`;
    const folder = createFolder({ 'ok.ts': OK });
    folder.writeRaw('functions/bad.ts', body);
    const app = createFunctionApp(folder);
    try {
      void app.service.start();
      await until(() => app.service.isReady());
      expect(app.service.loadErrors().map(({ file }) => file)).toEqual(['functions/bad.ts']);
      expect(await app.result('ok')).toBe('ok');
    } finally {
      await app.stop();
      folder.dispose();
    }
  });
});

test('a file that changes all the time is loaded in the end, and the others answer meanwhile', () =>
  withApp(
    { 'ok.ts': OK, 'hot.ts': `register({}, () => 0);` },
    { isWatching: true },
    async (app, folder) => {
      for (let version = 1; version <= 1_000; version++) {
        writeFileSync(
          folder.pathOf('hot.ts'),
          `import { register } from 'tinybase'; register({}, () => ${version});`,
        );
        if (version % 100 === 0) expect(await app.result('ok')).toBe('ok');
        await Bun.sleep(1);
      }
      await until(async () => (await app.result('hot')) === 1_000);
    },
  ));
