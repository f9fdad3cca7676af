// Runs alone: it measures.
import { describe, expect, test } from 'bun:test';
import { publicFunction } from '../support/function-source.ts';
import { HAS_PROC, readResidentMb } from '../support/processes.ts';
import { serveForFile } from '../support/served.ts';

const MEMORY_MB = 96;
const WORKERS = 2;
/** Calls that flood at once, and may each cost a neighbour its worker. */
const FLOODING = 5;

const FLOODS = {
  console: `() => { for (let n = 0; n < 200_000; n++) console.log('flooding', n, 'x'.repeat(100)); return 'done'; }`,
  stdout: `async () => {
    const text = 'o'.repeat(65_000) + '\\n';
    for (;;) { process.stdout.write(text); await Bun.sleep(0); }
  }`,
  stderr: `async () => {
    const text = 'e'.repeat(65_000) + '\\n';
    for (;;) { process.stderr.write(text); await Bun.sleep(0); }
  }`,
  subprocess: `async () => {
    const script = 'while :; do echo zzzzzzzzzzzzzzzzzzzzzz; echo zzzzzzzzzzzzzzzzzzzzzz >&2; done';
    await Bun.spawn(['/bin/sh', '-c', script], { stdout: 'inherit', stderr: 'inherit' }).exited;
  }`,
} as const;

const EATERS = {
  'plain objects': `() => { const held = []; for (let n = 0; ; n++) held.push({ n, text: 'y' + n, list: [n] }); }`,
  'one text that grows': `() => { const held = []; for (let n = 0; ; n++) held.push(Buffer.alloc(1e6, 'x').toString('latin1')); }`,
  'buffers, a little at a time': `async () => { const held = []; for (;;) { held.push(Buffer.alloc(4e6, 1)); await Bun.sleep(1); } }`,
} as const;

const served = serveForFile({
  'tinybase.toml': `[functions]\nmemory_mb = ${MEMORY_MB}\nworkers = ${WORKERS}\n`,
  'functions/adds.ts': publicFunction('async (ctx, { x, y }) => x + y'),
  ...Object.fromEntries(
    Object.entries(FLOODS).map(([name, code]) => [
      `functions/floods_${name}.ts`,
      publicFunction(code, 'timeout_seconds: 2'),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(EATERS).map(([name, code]) => [
      `functions/eats_${name.replace(/\W+/g, '_')}.ts`,
      publicFunction(code, 'timeout_seconds: 60'),
    ]),
  ),
});

const call = (name: string, payload: unknown = {}) =>
  served().anonymous.post(`/api/functions/${name}`, payload);

describe('pool: floods of output are bounded', () => {
  test('console, stdout, stderr and a subprocess flood at once; /health and another function go on answering', async () => {
    const { anonymous, server } = served();
    const names = Object.keys(FLOODS).filter((name) => name !== 'console');
    const began = performance.now();
    const floods = Promise.all(names.map((name) => call(`floods_${name}`)));
    const consoles = Promise.all([1, 2].map(() => call('floods_console')));
    let isOver = false;
    void Promise.allSettled([floods, consoles]).then(() => {
      isOver = true;
    });
    const ends: string[] = [];
    do {
      expect((await anonymous.get('/health')).body).toMatchObject({ status: 'ok' });
      const { status, body } = await call('adds', { x: 1, y: 2 });
      ends.push(`${status} ${body.result ?? body.error_type ?? body.code}`);
      await Bun.sleep(5);
    } while (!isOver);
    const seconds = (performance.now() - began) / 1000;
    for (const { body } of await floods) expect(body.status).toBe('failed');
    for (const { body } of await consoles) expect(['done', undefined]).toContain(body.result);
    const good = ends.filter((end) => end === '200 3').length;
    const chars = server.stdout().length + server.stderr().length;
    console.log(
      `  floods: ${good} of ${ends.length} other calls answered, ${chars} characters in the server's output, ${readResidentMb(server.pid).toFixed(0)} MB in the server`,
    );
    // One that had begun beside a flood may be lost with its worker, and nothing else.
    expect(['200 3', '503 WorkerLost']).toEqual(expect.arrayContaining(ends));
    expect(ends.length - good).toBeLessThanOrEqual(FLOODING);
    // Two consoles alone would be 40 million; a worker may write 50 lines of 2,000 a second.
    expect(chars).toBeLessThan(4_000_000 + WORKERS * 100_000 * seconds);
  });

  test('a call keeps its first console lines, and its log says that further ones are dropped', async () => {
    const { admin } = served();
    const { body } = await admin.post('/api/functions/floods_console?logs=true', {});
    expect(body.logs[0]).toBe(`flooding 0 ${'x'.repeat(100)}`);
    expect(body.logs.at(-1)).toMatch(/^warning: \[further lines are dropped/);
    expect(body.logs.length).toBeLessThan(2_000);
  });
});

describe('pool: the memory limit', () => {
  for (const name of Object.keys(EATERS))
    test(`${name}: the call is ended with OutOfMemory, the server and the next call are well`, async () => {
      const { server } = served();
      const before = HAS_PROC ? readResidentMb(server.pid) : 0;
      const answer = await call(`eats_${name.replace(/\W+/g, '_')}`);
      expect(answer.status).toBe(500);
      expect(answer.body).toMatchObject({
        status: 'failed',
        code: 'function_failed',
        error_type: 'OutOfMemory',
      });
      expect((await call('adds', { x: 1, y: 2 })).body.result).toBe(3);
      // What was eaten was eaten in another process.
      if (HAS_PROC) expect(readResidentMb(server.pid)).toBeLessThan(before + MEMORY_MB);
    });
});
