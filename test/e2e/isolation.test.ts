// Runs alone: it measures.
import { describe, expect, test } from 'bun:test';
import { isRoot, runCommand } from '../../scripts/support/command.ts';
import type { Answer, Client } from '../../scripts/support/http-client.ts';
import { client, makeTemporaryFolder, startBinary } from '../support/binary.ts';
import { FUNCTIONS, writeFiles } from '../support/fixtures.ts';
import { serveForFile } from '../support/served.ts';

const served = serveForFile(FUNCTIONS);

/** Asks /health over and over until the call has been answered. */
async function watchHealth(url: string, call: Promise<Answer>) {
  let isSettled = false;
  let checks = 0;
  let slowestMs = 0;
  const settled = call.finally(() => {
    isSettled = true;
  });
  do {
    const started = performance.now();
    const response = await fetch(`${url}/health`);
    expect(await response.json()).toMatchObject({ status: 'ok' });
    slowestMs = Math.max(slowestMs, performance.now() - started);
    checks++;
    await Bun.sleep(5);
  } while (!isSettled);
  return { answer: await settled, checks, slowestMs };
}

/** Calls of another function, meanwhile. Only one that had started in the same worker may be lost with it. */
async function callCalmly(anonymous: Client, call: Promise<unknown>) {
  let isSettled = false;
  void call.finally(() => {
    isSettled = true;
  });
  const statuses: number[] = [];
  do {
    const answer = await anonymous.post('/api/functions/naps', { ms: 1 });
    statuses.push(answer.status);
    if (answer.status === 503) expect(answer.body.error_type).toBe('WorkerLost');
    else expect(answer.body).toMatchObject({ status: 'succeeded', result: { slept: 1 } });
    await Bun.sleep(20);
  } while (!isSettled);
  return statuses;
}

const BAD = [
  ['throws', { status: 500, code: 'function_failed', error_type: 'TypeError' }],
  ['spins', { status: 504, code: 'function_timeout' }],
  ['exits', { status: 500, code: 'function_failed', error_type: 'WorkerExited' }],
  ['eats_memory', { status: 500, code: 'function_failed', error_type: 'OutOfMemory' }],
] as const;

describe('a function that throws, spins, exits or eats memory costs only its own call while /health keeps answering', () => {
  for (const [name, expected] of BAD) {
    test(name, async () => {
      const { anonymous, admin, server } = served();
      const call = anonymous.post(`/api/functions/${name}`, {});
      const [{ answer, checks, slowestMs }, neighbours] = await Promise.all([
        watchHealth(server.url, call),
        callCalmly(anonymous, call),
      ]);
      console.log(
        `  ${name}: ${answer.status} ${answer.body.error_type ?? ''}; ${checks} health checks answered, slowest ${slowestMs.toFixed(1)} ms; ${neighbours.length} other calls, ${neighbours.filter((status) => status === 503).length} lost`,
      );
      expect(answer.status).toBe(expected.status);
      expect(answer.body.status).toBe('failed');
      expect(answer.body.code).toBe(expected.code);
      if ('error_type' in expected) expect(answer.body.error_type).toBe(expected.error_type);

      const after = await anonymous.post('/api/functions/naps', { ms: 0 });
      expect(after.status).toBe(200);
      const { body } = await admin.get(`/api/admin/functions/calls/${answer.body.call_id}`);
      expect(body).toMatchObject({ function_name: name, status: 'failed' });
    });
  }

  test('eight spinning calls at once stop nobody else', async () => {
    const { anonymous, server } = served();
    const spinning = Promise.all(
      Array.from({ length: 8 }, () => anonymous.post('/api/functions/spins', {})),
    );
    let isSettled = false;
    void spinning.finally(() => {
      isSettled = true;
    });
    // The pool notices a silent worker within a quarter of a second.
    await Bun.sleep(1000);
    let answered = 0;
    while (!isSettled) {
      expect((await fetch(`${server.url}/health`)).status).toBe(200);
      const calm = await anonymous.post('/api/functions/naps', { ms: 0 });
      // A spinning call that was moved may come to life beside one that had started: SPEC 7 allows
      // that neighbour to be lost, and nothing else.
      if (calm.status !== 200)
        expect(calm).toMatchObject({ status: 503, body: { error_type: 'WorkerLost' } });
      else answered++;
      await Bun.sleep(20);
    }
    expect(answered).toBeGreaterThan(0);
    for (const answer of await spinning) expect([503, 504]).toContain(answer.status);
    expect((await anonymous.post('/api/functions/naps', { ms: 0 })).status).toBe(200);
    console.log(`  8 spinning calls: ${answered} others answered meanwhile`);
  });
});

/** What the very first worker can see of its server, when both are of one ordinary user. */
const SPY = `import { openSync, readdirSync, readFileSync } from 'node:fs';
import { register } from 'tinybase';
const attempt = (what) => { try { what(); return 'readable'; } catch (error) { return error.code; } };
const at = '/proc/' + process.ppid;
const look = () => ({
  uid: process.getuid(), env: process.env,
  environ: attempt(() => readFileSync(at + '/environ')), mem: attempt(() => openSync(at + '/mem', 'r')),
  maps: attempt(() => readFileSync(at + '/maps')), fd: attempt(() => readdirSync(at + '/fd')),
});
const first = look();
register({ name: 'spy', auth: 'public' }, () => ({ first, now: look() }));
`;

describe('a function that spies on its server', () => {
  test.if(process.platform === 'linux' && isRoot())(
    'cannot read its environment, memory or files (both run as nobody)',
    async () => {
      const dir = makeTemporaryFolder();
      writeFiles(dir, { 'functions/spy.ts': SPY });
      await runCommand(['chown', '-R', '65534', dir]);
      await using server = await startBinary({
        dir,
        env: { SECRET_OF_THE_SERVER: 'hunter2' },
        wrapper: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
      });
      const { status, body } = await client(server.url).post('/api/functions/spy', {});
      expect(status).toBe(200);
      const refused = { environ: 'EACCES', mem: 'EACCES', maps: 'EACCES', fd: 'EACCES' };
      const seen = { uid: 65534, env: {}, ...refused };
      expect(body.result).toEqual({ first: seen, now: seen });
    },
  );
});
