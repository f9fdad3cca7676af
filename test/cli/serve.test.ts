import { describe, expect, test } from 'bun:test';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import { until } from '../support/until.ts';
import { createFakeOpener, type FakeAppOptions } from './fake-app.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

function serve(argv: readonly string[], options: FakeAppOptions = {}, dir = makeFolder()) {
  const io = createFakeIo({ cwd: dir });
  const opener = createFakeOpener(options);
  const ended = main(['serve', ...argv], io, opener);
  return { dir, io, opener, ended };
}

describe('serve', () => {
  test('says where everything is and how to make the first admin', async () => {
    const { dir, io, ended } = serve(['--port', '9000']);
    await until(() => io.stdout.length > 0);
    const welcome = io.stdout.join('\n');
    expect(welcome).toContain('http://localhost:9000/api\n');
    expect(welcome).toContain('http://localhost:9000/docs\n');
    expect(welcome).toContain('http://localhost:9000/admin\n');
    expect(welcome).toContain(dir);
    expect(welcome).toContain('tinybase.db');
    expect(welcome).toMatch(/Functions +1\n/);
    expect(welcome).toContain('15 minutes, one use');
    expect(welcome).toContain('http://localhost:9000/admin/#/setup?token=abc123');
    io.signal();
    expect(await ended).toBe(0);
  });

  test('prints no set-up link when there is an admin', async () => {
    const { io, ended } = serve([], { admins: ['ann@example.com'] });
    await until(() => io.stdout.length > 0);
    expect(io.text()).not.toContain('setup');
    io.signal();
    await ended;
  });

  test('one signal stops it cleanly, a second one at once', async () => {
    const { io, opener, ended } = serve([]);
    await until(() => io.stdout.length > 0);
    io.signal();
    io.signal();
    expect(io.exits).toEqual([1]);
    expect(await ended).toBe(0);
    expect(opener.log).toEqual(['open 8000', 'listen 8000', 'stop 8000']);
  });

  test('a signal during the start ends it too', async () => {
    const { io, opener, ended } = serve([]);
    await until(() => opener.log.length > 0);
    io.signal();
    expect(await ended).toBe(0);
    expect(opener.log.at(-1)).toBe('stop 8000');
  });

  test('a taken port is said, exits with 1 and leaves nothing open', async () => {
    const { io, opener, ended } = serve([], { takenPort: 8000 });
    expect(await ended).toBe(1);
    expect(io.stderr).toEqual(['Port 8000 is taken.']);
    expect(opener.log).toEqual(['open 8000', 'stop 8000']);
  });

  test('makes the folder of --dir', async () => {
    const { dir, io, ended } = serve(['--dir', 'data/deep']);
    await until(() => io.stdout.length > 0);
    expect(existsSync(join(dir, 'data', 'deep'))).toBe(true);
    io.signal();
    await ended;
  });

  test('what --env-file holds reaches settings and functions', async () => {
    const dir = makeFolder();
    writeFileSync(join(dir, 'my.env'), 'TINYBASE_SERVER_PORT=9100\nSTRIPE_KEY="sk 1"\n');
    const { io, opener, ended } = serve(['--env-file', 'my.env'], {}, dir);
    await until(() => io.stdout.length > 0);
    expect(opener.log).toContain('listen 9100');
    expect(io.env.STRIPE_KEY).toBe('sk 1');
    io.signal();
    await ended;
  });
});

describe('serve --reload', () => {
  const write = (dir: string, text: string) => {
    // As editors save: a new file renamed over the old one.
    writeFileSync(join(dir, 'tinybase.toml.tmp'), text);
    renameSync(join(dir, 'tinybase.toml.tmp'), join(dir, 'tinybase.toml'));
  };

  test('restarts with the new configuration, keeps the running one when it is broken', async () => {
    const { dir, io, opener, ended } = serve(['--reload']);
    await until(() => io.stdout.length > 0);

    write(dir, '[server]\nport = 9001\nmetrics_token = "very-secret"\n');
    await until(() => io.text().includes('Serving again'));
    expect(opener.log).toEqual([
      'open 8000',
      'listen 8000',
      'stop 8000',
      'open 9001',
      'listen 9001',
    ]);
    expect(io.text()).toContain('server.port: 8000 → 9001');

    write(dir, '[server]\nport = "x"\n');
    await until(() => io.text().includes('is kept as it was'));
    expect(opener.log).toHaveLength(5);

    write(dir, '# the default again\n');
    await until(() => opener.log.includes('listen 8000') && opener.log.at(-1) === 'listen 8000');
    expect(io.text()).not.toContain('very-secret');
    io.signal();
    expect(await ended).toBe(0);
    expect(opener.log.at(-1)).toBe('stop 8000');
  });

  test('takes an edit that comes as soon as it says that it serves', async () => {
    const dir = makeFolder();
    const io = createFakeIo({ cwd: dir });
    const opener = createFakeOpener();
    const out = (text: string) => {
      io.out(text);
      if (io.stdout.length === 1) write(dir, '[server]\nport = 9002\n');
    };
    const ended = main(['serve', '--reload'], { ...io, out }, opener);
    await until(() => opener.log.at(-1) === 'listen 9002');
    io.signal();
    expect(await ended).toBe(0);
  });

  test('goes back when the new configuration does not start', async () => {
    const { dir, io, opener, ended } = serve(['--reload'], { takenPort: 9009 });
    await until(() => io.stdout.length > 0);
    write(dir, '[server]\nport = 9009\n');
    await until(() => opener.log.at(-1) === 'listen 8000' && opener.log.length > 3);
    expect(io.text()).toContain('Port 9009 is taken.');
    io.signal();
    expect(await ended).toBe(0);
  });
});
