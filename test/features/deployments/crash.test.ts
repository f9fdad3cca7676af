import { expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, createClient, expectStatus } from '../../../scripts/support/http-client.ts';
import { readResidentMb } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import { answering, GZIP, makeProject } from './deploy-app.ts';
import { makeArchive } from './tar-gz.ts';

setDefaultTimeout(600_000);

const MAIN = join(import.meta.dir, '../../../src/main.ts');
const ADMIN = { email: 'root@example.com', password: 'a long enough password' };

/** A server in a process of its own, that can be killed. */
async function serve(dir: string) {
  const child = Bun.spawn(
    [process.execPath, MAIN, 'serve', '--host', '127.0.0.1', '--port', '0', '--workers', '1'],
    {
      cwd: dir,
      stdout: 'pipe',
      stderr: 'ignore',
      env: { PATH: process.env.PATH ?? '', HOME: dir },
    },
  );
  let said = '';
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    said += decoder.decode(chunk);
    if (/http:\/\/127\.0\.0\.1:\d+\S*\s/.test(said)) break;
  }
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
  if (url === undefined) throw new Error(`No address in: ${said}`);
  const anonymous = createClient(url);
  const setup = /#\/setup\?token=([\w-]+)/.exec(said)?.[1];
  const { token } =
    setup === undefined
      ? expectStatus(await anonymous.post('/api/auth/login', ADMIN), 200, 'signing in')
      : expectStatus(
          await anonymous.post('/api/auth/setup', { token: setup, ...ADMIN }),
          201,
          'setting up',
        );
  return {
    pid: child.pid,
    admin: createClient(url, token),
    anonymous,
    async kill9() {
      child.kill('SIGKILL');
      await child.exited;
    },
  };
}

const send = (client: Client, archive: Buffer) =>
  client.request('POST', '/api/admin/functions/deploy', new Uint8Array(archive), GZIP);

/** A version whose two functions say the same, with files enough for every step to take a while. */
const version = (text: string) =>
  makeArchive({
    'functions/a.ts': answering(text),
    'functions/b.ts': answering(text),
    ...Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`functions/lib/${index}.txt`, text.repeat(50)]),
    ),
  });

test('kill -9 at any moment of a deploy leaves one whole version, listed, and nothing else', async () => {
  const dir = makeProject();
  try {
    let server = await serve(dir);
    expect((await send(server.admin, await version('v0'))).status).toBe(201);
    // The shortest that was seen: one that met a busy machine would let all the others come to their end.
    let usualMs = Number.POSITIVE_INFINITY;
    const timed = async (archive: Buffer) => {
      const begin = performance.now();
      const answer = await send(server.admin, archive);
      usualMs = Math.min(usualMs, performance.now() - begin);
      return answer;
    };
    for (let n = 0; n < 3; n++) expect((await timed(await version('v0'))).status).toBe(201);
    let current = 'v0';
    const survivors = new Set<boolean>();
    const ROUNDS = 10;
    for (let round = 1; round <= ROUNDS; round++) {
      const text = `v${round}`;
      const archive = await version(text);
      const sending = send(server.admin, archive).catch(() => undefined);
      // From before the first step to a little after the last.
      await Bun.sleep((usualMs * 1.4 * (round - 1)) / ROUNDS);
      await server.kill9();
      const answer = await sending;
      server = await serve(dir);
      const results = await Promise.all(
        ['a', 'b'].map(
          async (name) => (await server.anonymous.post(`/api/functions/${name}`, {})).body.result,
        ),
      );
      expect(results[0]).toBe(results[1]);
      expect([current, text]).toContain(results[0]);
      // What was answered is there.
      if (answer?.status === 201) expect(results[0]).toBe(text);
      survivors.add(results[0] === text);
      current = results[0];
      const { items } = (await server.admin.get('/api/admin/functions/deployments')).body;
      const listed = items.map(({ id }: { id: string }) => id).sort();
      await until(() => readdirSync(join(dir, 'deployments')).length === listed.length);
      expect(readdirSync(join(dir, 'deployments')).sort()).toEqual(listed);
    }
    await server.kill9();
    // Else the moments were all too early or all too late.
    expect(survivors.has(false)).toBe(true);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test.skipIf(process.platform !== 'linux')(
  'an archive goes to the disk as it comes: a gzip bomb and 120 MB of noise leave the memory of the server alone',
  async () => {
    const dir = makeProject();
    try {
      const server = await serve(dir);
      await send(server.admin, await version('v'));
      const before = readResidentMb(server.pid);
      let highest = 0;
      const watch = setInterval(() => {
        highest = Math.max(highest, readResidentMb(server.pid));
      }, 5);
      const noise = Buffer.alloc(60 * 1024 * 1024);
      for (let at = 0; at < noise.length; at += 65_536)
        crypto.getRandomValues(noise.subarray(at, at + 65_536));
      const big = await makeArchive({
        'functions/a.ts': answering('big'),
        'functions/b.bin': noise,
        'functions/c.bin': noise,
      });
      expect((await send(server.admin, big)).status).toBe(201);
      const zeros = Buffer.alloc(60 * 1024 * 1024);
      const files = Object.fromEntries(
        Array.from({ length: 8 }, (_, index) => [`functions/${index}.bin`, zeros]),
      );
      const bomb = await makeArchive(files);
      const answer = await send(server.admin, bomb);
      clearInterval(watch);
      expect({ status: answer.status, code: answer.body.code }).toEqual({
        status: 413,
        code: 'too_large',
      });
      expect(highest - before).toBeLessThan((2 * noise.length) / 1024 / 1024);
      await server.kill9();
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
);
