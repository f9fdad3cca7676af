import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createAdmin, makeTemporaryFolder, runBinary, startBinary } from '../support/binary.ts';

test.skipIf(process.platform === 'win32')(
  'a fatal signal leaves a report without secrets; the next start says so once, and nothing is lost',
  async () => {
    const dir = makeTemporaryFolder();
    const env = {
      PLANTED: 'planted-in-the-environment',
      TINYBASE_SERVER_METRICS_TOKEN: 'planted-metrics-token',
    };
    const first = await startBinary({ dir, env });
    await createAdmin(first, { email: 'planted@example.com', password: 'planted-password' });
    process.kill(first.pid, 'SIGABRT');
    await first.exited;
    const folder = join(dir, 'crash-reports');
    const [name = ''] = readdirSync(folder);
    const report = readFileSync(join(folder, name), 'utf8');
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(report).toMatch(/^what +SIGABRT sent to the server$/m);
    expect(report).toContain(`Bun ${Bun.version}`);
    expect(report).not.toContain('planted');
    expect(first.stderr()).toContain(join(folder, name));

    const second = await startBinary({ dir, env });
    expect(second.setupToken).toBeUndefined();
    expect(await second.stop()).toBe(0);
    expect(second.stderr()).toContain(`crashed before this start (SIGABRT sent to the server)`);
    const third = await startBinary({ dir, env });
    expect(await third.stop()).toBe(0);
    expect(third.stderr()).not.toContain('crashed');
  },
);

test('the first start of another version says what changed, the ones before and after do not', async () => {
  const dir = makeTemporaryFolder();
  const start = async () => {
    const server = await startBinary({ dir });
    await server.stop();
    return server.stdout();
  };
  const setVersion = (version: string) => {
    using db = new Database(join(dir, 'tinybase.db'));
    db.run("UPDATE meta SET value = ? WHERE key = 'program_version'", [version]);
  };
  expect(await start()).not.toContain('serves this data now');
  setVersion('0.0.1');
  const upgraded = await start();
  expect(upgraded).toContain('serves this data now; it was 0.0.1 before. What changed:\n- ');
  expect(upgraded.split('What changed:')[1]?.trim().split('\n').length).toBeLessThanOrEqual(9);
  expect(await start()).not.toContain('serves this data now');
  setVersion('99.0.0');
  expect(await start()).toContain('served by TinyBase 99.0.0 before, which is newer than this');
  const { stdout, code } = await runBinary(['version', '--changes']);
  expect(code).toBe(0);
  expect(stdout).toBe(readFileSync(join(import.meta.dir, '../../CHANGELOG.md'), 'utf8'));
});
