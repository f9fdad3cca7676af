// Runs alone: it measures.
import { describe, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicFunction } from '../support/function-source.ts';
import { childrenOf, HAS_PROC, isRunning } from '../support/processes.ts';
import { serveForFile } from '../support/served.ts';
import { until } from '../support/until.ts';

const WORKERS = 2;

const served = serveForFile({
  'tinybase.toml': `[functions]\nworkers = ${WORKERS}\n`,
  // Waits for a file with its name, so that a test decides when which call ends.
  'functions/waits.ts': publicFunction(
    `async (ctx, { gate }) => {
    appendFileSync('waiting-' + gate, process.pid + '\\n');
    while (!existsSync('open-' + gate) && !existsSync('open-' + gate + '-' + process.pid)) await Bun.sleep(10);
    return process.pid;
  }`,
    'timeout_seconds: 600',
  ),
  'functions/pid.ts': publicFunction('() => process.pid'),
  'functions/spins.ts': publicFunction(
    `() => { appendFileSync('spun', process.pid + '\\n'); for (;;); }`,
    'timeout_seconds: 1',
  ),
  'functions/hangs.ts': publicFunction(
    `async () => { appendFileSync('hung', process.pid + '\\n'); await new Promise(() => {}); }`,
    'timeout_seconds: 1',
  ),
});

const call = (name: string, payload: unknown = {}) =>
  served().anonymous.post(`/api/functions/${name}`, payload);

function readLines(name: string): string[] {
  try {
    return readFileSync(join(served().server.dir, name), 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

function open(gate: string): void {
  writeFileSync(join(served().server.dir, `open-${gate}`), '');
}

function countBy(pids: readonly (string | number)[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const pid of pids.map(Number)) counts.set(pid, (counts.get(pid) ?? 0) + 1);
  return counts;
}

describe('pool: warm worker processes of the same binary, sized by functions.workers', () => {
  test.if(HAS_PROC)('there are as many as the setting says, of the same program', async () => {
    const { server } = served();
    const readCommand = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const [program = ''] = readCommand(server.pid);
    // One that is just being started is a shell at first.
    await until(
      () =>
        Bun.deepEquals(
          childrenOf(server.pid).map((pid) => readCommand(pid).slice(0, 2)),
          Array.from({ length: WORKERS }, () => [program, '__worker']),
        ),
      'all are there, of the same program',
    );
  });

  test('they are warm: calls one after the other start no process', async () => {
    const before = new Set(childrenOf(served().server.pid));
    for (let n = 0; n < 50; n++) expect(before).toContain((await call('pid')).body.result);
    expect(new Set(childrenOf(served().server.pid))).toEqual(before);
  });
});

describe('pool: least-busy dispatch with many async calls in one worker', () => {
  test('calls at once are spread evenly, and many run side by side in one worker', async () => {
    const calls = Array.from({ length: 30 }, () => call('waits', { gate: 'even' }));
    // All of them began before one of them ended.
    await until(() => readLines('waiting-even').length === calls.length, 'all have begun');
    open('even');
    const pids = (await Promise.all(calls)).map(({ body }) => body.result);
    expect([...countBy(pids).values()]).toEqual([15, 15]);
  });

  test('what comes next goes to the worker that has least to do, not to the next in turn', async () => {
    const first = Array.from({ length: 12 }, () => call('waits', { gate: 'busy' }));
    await until(() => readLines('waiting-busy').length === first.length, 'all have begun');
    const [idle = 0, busy = 0] = countBy(readLines('waiting-busy')).keys();
    open(`busy-${idle}`);
    const { admin } = served();
    const running = '/api/admin/functions/calls?status=running&function_name=waits';
    await until(async () => (await admin.get(running)).body.total === 6, 'half have ended');
    const second = Array.from({ length: 6 }, () => call('waits', { gate: 'least' }));
    await until(() => readLines('waiting-least').length === second.length, 'all have begun');
    expect([...countBy(readLines('waiting-least'))]).toEqual([[idle, 6]]);
    open('busy');
    open('least');
    const pids = (await Promise.all([...first, ...second])).map(({ body }) => body.result);
    expect(countBy(pids)).toEqual(
      new Map([
        [idle, 12],
        [busy, 6],
      ]),
    );
  });
});

describe('pool: time-out and memory limit enforced with kill', () => {
  for (const [name, file] of [
    ['spins', 'spun'],
    ['hangs', 'hung'],
  ] as const)
    test(`a function that ${name} is answered with 504, its process is gone and replaced`, async () => {
      const { server, admin } = served();
      const answer = await call(name);
      expect(answer.status).toBe(504);
      expect(answer.body).toEqual({
        call_id: expect.any(String),
        status: 'failed',
        error: `${name} did not finish within 1 s and was ended.`,
        error_type: 'TimeoutError',
        detail: `${name} did not finish within 1 s and was ended.`,
        code: 'function_timeout',
      });
      const pid = Number(readLines(file).at(-1));
      expect(pid).toBeGreaterThan(0);
      await until(() => !isRunning(pid), 'it has ended');
      if (HAS_PROC) await until(() => childrenOf(server.pid).length >= WORKERS, 'it is replaced');
      expect((await call('pid')).body.result).not.toBe(pid);
      const { body } = await admin.get(`/api/admin/functions/calls/${answer.body.call_id}`);
      expect(body).toMatchObject({ status: 'failed', error_type: 'TimeoutError' });
      expect(body.duration_ms).toBeGreaterThanOrEqual(1_000);
    });
});
