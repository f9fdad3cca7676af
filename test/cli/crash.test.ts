import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRoot } from '../../scripts/support/paths.ts';
import { main } from '../../src/cli/main.ts';
import { createFakeOpener } from './fake-app.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'tinybase-crashing-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `serve` over an app that does nothing but break, with the real signals, streams and exits. */
function program(breaks: string): string {
  const at = (path: string) => JSON.stringify(inRoot(path));
  return `
import { main } from ${at('src/cli/main.ts')};
import { createProcessIo } from ${at('src/cli/output.ts')};
import { createFakeOpener } from ${at('test/cli/fake-app.ts')};
const opener = createFakeOpener({ admins: ['ann@example.com'] });
const io = createProcessIo();
const whenServing = setInterval(() => {
  if (!opener.log.some((line) => line.startsWith('listen'))) return;
  clearInterval(whenServing);
  setTimeout(() => { ${breaks} }, 100);
}, 5);
setTimeout(() => process.exit(99), 200_000);
await main(['serve', '--dir', process.argv[2]], io, opener);
`;
}

async function crash(breaks: string) {
  const dir = mkdtempSync(join(folder, 'data-'));
  const file = join(folder, `${crypto.randomUUID()}.ts`);
  writeFileSync(file, program(breaks));
  const child = Bun.spawn([process.execPath, '--no-env-file', file, dir], {
    env: { PATH: process.env.PATH ?? '', PLANTED: 'planted-env-value', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stderr] = await Promise.all([child.stderr.text(), child.stdout.text(), child.exited]);
  const reports = readdirSync(join(dir, 'crash-reports')).map((name) =>
    readFileSync(join(dir, 'crash-reports', name), 'utf8'),
  );
  return { dir, stderr, reports, code: child.exitCode, signal: child.signalCode };
}

describe('a server that breaks', () => {
  test('by an uncaught exception: a report, its place on standard error, exit code 1', async () => {
    const { dir, stderr, reports, code } = await crash(
      "throw new TypeError('planted-env-value of planted@example.com')",
    );
    expect(code).toBe(1);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain('uncaught exception in the server');
    expect(reports[0]).toMatch(/TypeError\n +at /);
    expect(reports[0]).not.toContain('planted');
    expect(stderr).toContain(join(dir, 'crash-reports'));
  });

  test('by a rejection that nobody handles: the same', async () => {
    const { reports, code } = await crash("void Promise.reject(new Error('planted'))");
    expect(code).toBe(1);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain('unhandled rejection in the server');
  });

  test('by a fatal signal: a report, and its supervisor sees that very signal', async () => {
    const { reports, signal } = await crash("process.kill(process.pid, 'SIGQUIT')");
    expect(signal).toBe('SIGQUIT');
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain('SIGQUIT sent to the server');
  });

  test('while it reports, of the same fault again: one report', async () => {
    const { reports, code } = await crash(
      "setTimeout(() => { throw new Error('two'); }, 0); throw new Error('one')",
    );
    expect(code).toBe(1);
    expect(reports).toHaveLength(1);
  });
});

describe('a start', () => {
  async function start(dir: string, options: Parameters<typeof createFakeOpener>[0]) {
    const io = createFakeIo({ cwd: dir });
    const ended = main(['serve'], io, createFakeOpener(options));
    while (io.stdout.length === 0) await Bun.sleep(1);
    await Bun.sleep(50);
    io.signal();
    await ended;
    return io.text();
  }

  test('says once where the report of the crash before it is', async () => {
    const { dir } = await crash("throw new Error('x')");
    expect(await start(dir, {})).toMatch(
      /crashed before this start \(uncaught exception in the server\): .*crash-reports/,
    );
    expect(await start(dir, {})).not.toContain('crashed');
  });

  test('after another version says what changed; otherwise nothing of the kind', async () => {
    expect(await start(makeFolder(), { previousVersion: '0.0.1' })).toContain(
      'it was 0.0.1 before',
    );
    expect(await start(makeFolder(), {})).not.toContain('before');
  });
});
