// Runs alone: it measures.
import { describe, expect, test } from 'bun:test';
import { chownSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { client, makeTemporaryFolder, startBinary } from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { publicFunction } from '../support/function-source.ts';
import { childrenOf, HAS_PROC, isRunning } from '../support/processes.ts';
import { until } from '../support/until.ts';

const NOBODY = 65534;
const SECRET = 'hunter2-in-the-environment';
/** Somebody without rights, as a server should be; who runs the tests as somebody else is that already. */
const AS_NOBODY = [
  'setpriv',
  `--reuid=${NOBODY}`,
  `--regid=${NOBODY}`,
  '--clear-groups',
  '--inh-caps=-all',
];
const isRoot = process.getuid?.() === 0;

function makeFolder(functions: Readonly<Record<string, string>>): string {
  const dir = makeTemporaryFolder();
  writeFiles(dir, functions);
  return dir;
}

describe.if(HAS_PROC)('orphans impossible', () => {
  const makeFiles = (options: string) => ({
    'tinybase.toml': '[functions]\nworkers = 2\n',
    'functions/spins.ts': publicFunction(
      `() => { appendFileSync('pids', process.pid + '\\n'); for (;;); }`,
      options,
    ),
    'functions/starts.ts': publicFunction(
      `async () => {
        const { pid } = Bun.spawn(['sleep', '600']);
        appendFileSync('pids', process.pid + '\\n' + pid + '\\n');
        await new Promise(() => {});
      }`,
      options,
    ),
  });
  const readPids = (dir: string) =>
    existsSync(join(dir, 'pids'))
      ? readFileSync(join(dir, 'pids'), 'utf8').trim().split('\n').map(Number)
      : [];

  for (const [signal, options] of [
    ['SIGKILL', 'timeout_seconds: 600'],
    // A clean stop waits for what runs.
    ['SIGTERM', 'timeout_seconds: 6'],
  ] as const)
    test(`${signal} to the server ends a worker that spins, an idle one, and what a function had started`, async () => {
      const dir = makeFolder(makeFiles(options));
      await using server = await startBinary({ dir });
      const anonymous = client(server.url);
      const calls = ['starts', 'spins'].map((name, n) =>
        Bun.sleep(n * 300).then(() =>
          anonymous.post(`/api/functions/${name}`, {}).catch(() => undefined),
        ),
      );
      await until(() => readPids(dir).length === 3, 'both have begun');
      const pids = [...new Set([...childrenOf(server.pid), ...readPids(dir)])];
      expect(pids.length).toBeGreaterThanOrEqual(3);
      expect(pids.every(isRunning)).toBe(true);
      if (signal === 'SIGKILL') await server.kill9();
      else expect(await server.stop()).toBe(0);
      await until(() => !pids.some(isRunning), 'all have ended');
      await Promise.all(calls);
    });
});

describe.if(HAS_PROC && (!isRoot || Bun.which('setpriv') !== null))(
  'a function as an unprivileged user',
  () => {
    test('is refused the environment, memory and files of the server under /proc/<ppid>, and sees only functions.env', async () => {
      const dir = makeFolder({
        'tinybase.toml': '[functions]\nenv = ["ALLOWED", "NOT_SET"]\n',
        'functions/spies.ts': publicFunction(`async () => {
          const { openSync, readFileSync, readSync, readdirSync } = await import('node:fs');
          const attempt = (what) => { try { return String(what()).slice(0, 200); } catch (error) { return error.code; } };
          const at = '/proc/' + process.ppid;
          const read = (name) => attempt(() => readFileSync(at + '/' + name, 'latin1'));
          return {
            uid: process.getuid(),
            cmdline: read('cmdline'),
            environ: read('environ'),
            maps: read('maps'),
            mem: attempt(() => readSync(openSync(at + '/mem', 'r'), Buffer.alloc(1), 0, 1, 4096)),
            mem_to_write: attempt(() => openSync(at + '/mem', 'r+')),
            fd: attempt(() => readdirSync(at + '/fd')),
            cwd: attempt(() => readdirSync(at + '/cwd')),
            own_environ: readFileSync('/proc/self/environ', 'latin1').split('\\0').filter(Boolean),
            process_env: { ...process.env },
            bun_env: { ...Bun.env },
            subprocess: (await new Response(Bun.spawn(['/usr/bin/env']).stdout).text()).trim().split('\\n'),
          };
        }`),
      });
      if (isRoot) chownSync(dir, NOBODY, NOBODY);
      await using server = await startBinary({
        dir,
        env: { ALLOWED: 'yes', SECRET, TINYBASE_SERVER_METRICS_TOKEN: SECRET },
        ...(isRoot ? { wrapper: AS_NOBODY } : {}),
      });
      const { body } = await client(server.url).post('/api/functions/spies', {});
      const seen = body.result;
      // The way that is tried leads to the server, and what is not secret can be read there.
      expect(seen.cmdline).toContain('serve');
      expect(seen.uid).toBe(isRoot ? NOBODY : process.getuid?.());
      for (const way of ['environ', 'maps', 'mem', 'mem_to_write', 'fd', 'cwd'])
        expect({ [way]: seen[way] }).toEqual({ [way]: 'EACCES' });

      expect(seen.process_env).toEqual({ ALLOWED: 'yes' });
      expect(seen.bun_env).toEqual({ ALLOWED: 'yes' });
      // What else there is are Bun's own switches for a child.
      const bunsOwn =
        /^(BUN_OPTIONS|BUN_FEATURE_FLAG_NO_ORPHANS|BUN_JSC_useTailCalls|NODE_CHANNEL_\w+)=/;
      for (const pairs of [seen.own_environ, seen.subprocess])
        expect(pairs.filter((pair: string) => !bunsOwn.test(pair))).toEqual(['ALLOWED=yes']);
      expect(JSON.stringify(seen)).not.toContain(SECRET);
    });
  },
);
