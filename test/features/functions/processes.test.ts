import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { createFolder, until } from './function-app.ts';

setDefaultTimeout(60_000);

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
});
