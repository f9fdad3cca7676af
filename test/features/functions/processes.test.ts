// Runs alone: it measures.
import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { createSpawnWorker } from '../../../src/features/functions/spawn-worker.ts';
import { until } from '../../support/until.ts';
import { createFolder, withApp } from './function-app.ts';

setDefaultTimeout(600_000);

const isLinux = process.platform === 'linux';
const source = (path: string) => new URL(`../../../src/${path}`, import.meta.url).pathname;

function runs(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('processes', () => {
  test.if(isLinux)('a worker that spins does not outlive a server that is killed', async () => {
    const folder = createFolder({ 'spin.ts': `register({}, () => { for (;;); });` });
    folder.writeRaw(
      'server.ts',
      `import { createFolder, createFunctionApp } from '${new URL('./function-app.ts', import.meta.url).pathname}';
       const app = createFunctionApp({ ...createFolder(), root: '${folder.root}' });
       await app.service.start();
       void app.call('spin');
       setTimeout(() => console.log('spinning'), 300);`,
    );
    const server = Bun.spawn([process.execPath, `${folder.root}/server.ts`], {
      stdout: 'pipe',
      stderr: 'inherit',
      env: process.env,
    });
    await server.stdout.getReader().read();
    const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8');
    const pids = children.trim().split(' ').map(Number);
    expect(pids.length).toBeGreaterThan(0);
    expect(pids.every(runs)).toBe(true);
    server.kill('SIGKILL');
    await until(() => !pids.some(runs));
    folder.dispose();
  });

  test.if(isLinux)('the server can be made unreadable for its workers', () => {
    const script = `
      import { dlopen, FFIType } from 'bun:ffi';
      import { makeUndumpable } from '${source('features/functions/undumpable.ts')}';
      const { u64, i32 } = FFIType;
      const { symbols } = dlopen('libc.so.6', { prctl: { args: [i32, u64, u64, u64, u64], returns: i32 } });
      const get = () => symbols.prctl(3, 0n, 0n, 0n, 0n);
      const before = get();
      makeUndumpable({ debug: (...line) => console.log(...line) });
      console.log(before, get());`;
    const { stdout } = Bun.spawnSync([process.execPath, '-e', script]);
    expect(stdout.toString().trim()).toBe('1 0');
  });

  test.if(isLinux)('what a function started ends with its worker, and leaves no zombie', () =>
    withApp(
      {
        'start.ts': `register({ timeout_seconds: 1 }, async (ctx) => {
          ctx.log.info(String(Bun.spawn(['sleep', '600']).pid)); await new Promise(() => {}); });`,
        'pid.ts': `register({}, () => process.pid);`,
      },
      {},
      async (app) => {
        const worker = (await app.result('pid')) as number;
        const called = await app.call('start');
        expect(called).toMatchObject({ code: 'function_timeout' });
        const started = Number(called.logs[0]);
        expect(started).toBeGreaterThan(0);
        await until(() => !runs(worker) && !runs(started));
        // Whoever ended is waited for.
        await until(() => !existsSync(`/proc/${worker}`) && !existsSync(`/proc/${started}`));
      },
    ),
  );

  test('nothing of the environment reaches a function but what functions.env names', () => {
    process.env.TINYBASE_SECRET_OF_THE_TEST = 'hunter2';
    return withApp(
      {
        'environment.ts': `import { readFileSync } from 'node:fs';
          register({}, async () => ({
            process: Object.keys(process.env), bun: Object.keys(Bun.env),
            child: await new Response(Bun.spawn(['/usr/bin/env']).stdout).text(),
            proc: process.platform === 'linux' ? readFileSync('/proc/self/environ', 'latin1') : '',
            allowed: process.env.ALLOWED,
          }));`,
      },
      { settings: { env: { ALLOWED: 'yes' } } },
      async (app) => {
        const seen = (await app.result('environment')) as Record<string, string & string[]>;
        delete process.env.TINYBASE_SECRET_OF_THE_TEST;
        expect(seen).toMatchObject({ process: ['ALLOWED'], bun: ['ALLOWED'], allowed: 'yes' });
        // What is there besides is no part of the server's environment: Bun's switches for a worker.
        const ours =
          /^(ALLOWED=yes|BUN_OPTIONS=--no-orphans|BUN_FEATURE_FLAG_NO_ORPHANS=1|BUN_JSC_useTailCalls=0)$/;
        const pipe = /^NODE_CHANNEL_(FD=\d+|SERIALIZATION_MODE=advanced)$/;
        const pairs = [...(seen.child ?? '').split('\n'), ...(seen.proc ?? '').split('\0')];
        expect(pairs).toContain('ALLOWED=yes');
        expect(pairs.filter((pair) => pair && !ours.test(pair) && !pipe.test(pair))).toEqual([]);
      },
    );
  });

  // The limit of the shell is tried in isolation.test.ts; an image with nothing but the program has none.
  test.if(isLinux).each([
    [
      'arrays',
      `const held = []; register({}, async () => {
      for (;;) { held.push(new Uint8Array(10e6).fill(1)); await Bun.sleep(0); } });`,
    ],
    [
      'arrays without a pause',
      `register({ timeout_seconds: 60 }, () => {
      const held = []; for (;;) held.push(new Float64Array(1_000_000).fill(held.length)); });`,
    ],
    [
      'objects',
      `register({ timeout_seconds: 60 }, () => {
      const held = {}; for (let i = 0; ; i++) held['k' + i] = { a: i, b: 'y' + i, c: [i] }; });`,
    ],
  ])('where there is no shell, a function that eats memory (%s) costs its own call', (_kind, eat) =>
    withApp(
      { 'eat.ts': eat, 'peak.ts': `register({}, () => process.memoryUsage().rss / 1e6);` },
      { settings: { memoryMb: 128 }, spawnWorker: createSpawnWorker({ shell: '/nowhere/sh' }) },
      async (app) => {
        expect(await app.call('eat')).toMatchObject({
          code: 'function_failed',
          errorType: 'OutOfMemory',
        });
        expect(await app.result('peak')).toBeLessThan(128 * 2);
      },
    ),
  );

  test.if(isLinux && process.getuid?.() === 0)(
    'a function cannot read the environment, the memory or the files of its server (as nobody)',
    async () => {
      const folder = createFolder({
        'spy.ts': `import { openSync, readdirSync, readFileSync, readSync } from 'node:fs';
          const attempt = (what) => { try { return String(what()); } catch (error) { return error.code; } };
          register({}, () => {
            const at = '/proc/' + process.ppid;
            return { uid: process.getuid(), server: readFileSync(at + '/cmdline', 'latin1'),
              environ: attempt(() => readFileSync(at + '/environ', 'latin1')),
              mem: attempt(() => readSync(openSync(at + '/mem', 'r'), Buffer.alloc(1), 0, 1, 4096)),
              fd: attempt(() => readdirSync(at + '/fd')),
              maps: attempt(() => readFileSync(at + '/maps', 'latin1')),
              root: attempt(() => readdirSync(at + '/cwd')),
              own: readFileSync('/proc/self/environ', 'latin1').includes('hunter2') };
          });`,
      });
      // As createApp() does: before the first worker starts.
      folder.writeRaw(
        'server.ts',
        `import { makeUndumpable } from '${source('features/functions/undumpable.ts')}';
         import { createFunctionApp } from '${new URL('./function-app.ts', import.meta.url).pathname}';
         makeUndumpable(console);
         const app = createFunctionApp({ root: '${folder.root}' });
         await app.service.start();
         console.log(JSON.stringify(await app.result('spy')));
         process.exit(0);`,
      );
      Bun.spawnSync(['chown', '-R', '65534', folder.root]);
      const { stdout, stderr } = Bun.spawnSync(
        [
          'setpriv',
          '--reuid=65534',
          '--regid=65534',
          '--clear-groups',
          process.execPath,
          `${folder.root}/server.ts`,
        ],
        { env: { PATH: process.env.PATH, HOME: folder.root, SECRET: 'hunter2' }, cwd: folder.root },
      );
      expect(stderr.toString()).toBe('');
      const seen = JSON.parse(stdout.toString());
      expect(seen).toMatchObject({ uid: 65534, environ: 'EACCES', own: false });
      expect(seen.server).toContain('server.ts');
      for (const way of ['mem', 'fd', 'maps', 'root']) expect(seen[way]).toBe('EACCES');
      folder.dispose();
    },
  );

  test('floods of output are bounded and hold up neither the server nor other functions', () =>
    withApp(
      {
        'console.ts': `register({}, () => { for (let i = 0; i < 100_000; i++) console.log('line', i); return 1; });`,
        'stdout.ts': `register({ timeout_seconds: 2 }, async () => {
          const text = 'x'.repeat(65_000) + '\\n'; for (;;) { process.stdout.write(text); await Bun.sleep(0); } });`,
        'bun.ts': `register({ timeout_seconds: 2 }, async () => {
          const text = 'y'.repeat(65_000) + '\\n'; for (;;) await Bun.write(Bun.stdout, text); });`,
        'child.ts': `register({ timeout_seconds: 2 }, async () => {
          await Bun.spawn(['/bin/sh', '-c', 'while :; do echo zzzzzzzzzzzzzzzz >&2; done'], { stderr: 'inherit' }).exited; });`,
        'add.ts': `register({}, (_ctx, [x, y]) => x + y);`,
      },
      { settings: { workers: 2 } },
      async (app) => {
        expect(await app.result('console')).toBe(1);
        const floods = Promise.all(['stdout', 'bun', 'child'].map((name) => app.call(name)));
        let isDone = false;
        void floods.finally(() => {
          isDone = true;
        });
        let turns = 0;
        let answered = 0;
        while (!isDone) {
          const added = await app.call('add', [1, 2]);
          if (added.status === 'succeeded') answered++;
          await Bun.sleep(5);
          turns++;
        }
        for (const called of await floods) expect(called.status).toBe('failed');
        // Started beside a flood, one may be lost with its worker; a slow machine has few turns.
        expect(answered).toBeGreaterThan(turns * 0.9 - 3);
        const chars = app.lines.reduce((sum, { message }) => sum + message.length, 0);
        console.log(
          `  floods: ${turns} other calls, ${app.lines.length} lines, ${chars} chars in the log`,
        );
        // A worker may write 50 lines of 2,000 characters a second.
        expect(chars).toBeLessThan(5_000_000);
      },
    ));
});
