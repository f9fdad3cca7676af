import { afterAll, describe, expect, test } from 'bun:test';
import { inRoot } from '../../scripts/support/paths.ts';
import { main } from '../../src/cli/main.ts';
import { createFakeOpener } from './fake-app.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

const hung: Bun.Server<undefined>[] = [];
const serve = (fetch: () => Response | Promise<Response>, hostname = '127.0.0.1') => {
  const server = Bun.serve({ port: 0, hostname, fetch });
  hung.push(server);
  return server;
};
afterAll(() => Promise.all(hung.map((server) => server.stop(true))));

const healthy = serve(() => Response.json({ status: 'ok', version: '1.2.3' }));

async function health(argv: readonly string[], address?: string, isServed?: boolean) {
  const io = createFakeIo({ cwd: makeFolder() });
  const opener = createFakeOpener({
    server: {
      ...(address !== undefined && { address }),
      ...(isServed !== undefined && { isServed }),
    },
  });
  const code = await main(['health', ...argv], io, opener);
  return { code, out: io.stdout.join('\n'), err: io.stderr.join('\n') };
}

describe('health', () => {
  test('says in one line that a server answers', async () => {
    const { code, out } = await health(['--url', healthy.url.href]);
    expect(code).toBe(0);
    expect(out).toMatch(/^TinyBase 1\.2\.3 answers at http:\/\/127\.0\.0\.1:\d+ \([\d.]+ ms\)\.$/);
  });

  for (const host of ['0.0.0.0', '127.0.0.1', 'localhost'])
    test(`finds the server of the folder that listens on ${host}`, async () => {
      expect((await health([], `${host}:${healthy.port}`)).code).toBe(0);
    });

  test('asks no proxy: one that is dead makes no healthy server ill', async () => {
    const dead = 'http://127.0.0.1:9';
    const child = Bun.spawn(
      [process.execPath, inRoot('src', 'main.ts'), 'health', '--url', healthy.url.href],
      {
        cwd: makeFolder(),
        env: { HTTP_PROXY: dead, http_proxy: dead, HTTPS_PROXY: dead, ALL_PROXY: dead },
        stdout: 'pipe',
        stderr: 'pipe',
      },
    );
    const stdout = await new Response(child.stdout).text();
    expect(await child.exited).toBe(0);
    expect(stdout).toContain('TinyBase 1.2.3 answers');
  });

  test('finds one that listens on every address of IPv6', async () => {
    const server = serve(() => Response.json({ status: 'ok', version: '1' }), '::');
    expect((await health([], `:::${server.port}`)).code).toBe(0);
    expect((await health([], `[::]:${server.port}`)).code).toBe(0);
  });

  test('asks where the settings say when no server has left a note', async () => {
    const { out, err } = await health([], 'tinybase db downgrade');
    expect(out + err).toContain('http://127.0.0.1:8000');
  });

  test('attack: another server answers where the one of this folder was killed', async () => {
    const { code, out, err } = await health(['--json'], `127.0.0.1:${healthy.port}`, false);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ status: 'failed' });
    expect(err).toBe('No server serves /data/tinybase.db.');
  });

  test('attack: the password of an address stands in what programs write into logs', async () => {
    const url = new URL(healthy.url);
    Object.assign(url, { username: 'ann', password: 'secret123' });
    const { code, out, err } = await health(['--url', url.href, '--json']);
    expect([code, out + err]).toEqual([0, expect.not.stringContaining('secret123')]);
  });

  const FAILING = [
    ['nobody listens', () => 'http://127.0.0.1:1', 'nobody listens there'],
    ['it is no TinyBase', () => serve(() => new Response('hello')).url.href, 'something else'],
    ['it answers an error', () => serve(() => new Response('', { status: 503 })).url.href, '503'],
    ['it redirects', () => serve(() => Response.redirect(healthy.url.href)).url.href, '302'],
    ['it floods', () => serve(() => new Response('x'.repeat(5_000_000))).url.href, 'broke off'],
    [
      'it hangs',
      () => serve(() => new Promise<never>(() => {})).url.href,
      'no answer within 0.2 s',
    ],
  ] as const;
  for (const [what, address, reason] of FAILING)
    test(`exits 1 with one line when ${what}`, async () => {
      // A busy machine may take long for what comes at all.
      const timeout = what === 'it hangs' ? '0.2' : '60';
      const argv = ['--url', address(), '--timeout', timeout];
      const { code, out, err } = await health(argv);
      expect([code, out]).toEqual([1, '']);
      expect(err).toContain(reason);
      expect(err.split('\n')).toHaveLength(1);
      const { code: again, out: json } = await health([...argv, '--json']);
      expect(again).toBe(1);
      expect(JSON.parse(json)).toMatchObject({
        status: 'failed',
        reason: expect.stringContaining(reason),
      });
    });

  test('attack: what answers steers the terminal', async () => {
    const server = serve(() => Response.json({ status: 'ok', version: '1\u001b[2J' }));
    expect((await health(['--url', server.url.href])).out).not.toContain('\u001b');
  });

  test('attack: a proxy of the environment answers in the place of the server', async () => {
    const child = Bun.spawn(
      [
        process.execPath,
        '--no-env-file',
        '-e',
        `const { askHealth } = await import('${import.meta.dir}/../../src/cli/ask-health.ts');
         console.log((await askHealth(new URL('${healthy.url.href}health'), 5_000)).status);`,
      ],
      { env: { HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' } },
    );
    expect((await child.stdout.text()).trim()).toBe('ok');
  });

  for (const timeout of ['0', '-1', '61', 'x', ''])
    test(`--timeout ${JSON.stringify(timeout)} is wrong use`, async () => {
      expect((await health(['--timeout', timeout])).code).toBe(2);
    });

  test('an address that is none is wrong use', async () => {
    expect((await health(['--url', 'foo'])).code).toBe(2);
    expect((await health(['--url', 'file:///etc/passwd'])).code).toBe(2);
  });
});
