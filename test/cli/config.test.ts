import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import { SETTINGS } from '../../src/core/config-keys.ts';
import { createFakeOpener } from './fake-app.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

const TOML = '[server]\nport = 9001\nmetrics_token = "hush-metrics"\n[functions]\nenv = ["A"]\n';

async function config(argv: readonly string[], toml = TOML, env: Record<string, string> = {}) {
  const dir = makeFolder();
  writeFileSync(join(dir, 'tinybase.toml'), toml);
  const io = createFakeIo({ cwd: dir, env });
  const opener = createFakeOpener();
  const code = await main(['config', ...argv], io, opener);
  return { code, io, opener, out: io.stdout.join('\n') };
}

test('config prints every setting with the value that counts, and opens no database', async () => {
  const { code, out, opener } = await config([], TOML, { TINYBASE_SERVER_PORT: '9002' });
  expect(code).toBe(0);
  expect(opener.log).toEqual([]);
  for (const { key } of SETTINGS) expect(out).toContain(`\n${key} `);
  expect(out).toMatch(/\nserver\.port +9002/);
  expect(out).toMatch(/\nserver\.public_url +not set/);
  expect(out).toMatch(/\nfunctions\.env +\["A"\]/);
  expect(out).not.toContain('tinybase.toml');
});

test('config --show-origin tells the line, the variable or the default', async () => {
  const { out } = await config(['--show-origin'], TOML, { TINYBASE_DEBUG: 'yes' });
  expect(out).toMatch(/\nserver\.port +9001 +tinybase\.toml:2/);
  expect(out).toMatch(/\nserver\.debug +true +TINYBASE_DEBUG/);
  expect(out).toMatch(/\nserver\.host +0\.0\.0\.0 +default/);
});

test('config --json is one object by key', async () => {
  const { out } = await config(['--json']);
  const shown = JSON.parse(out);
  expect(Object.keys(shown)).toEqual(SETTINGS.map(({ key }) => key));
  expect(shown['server.port']).toEqual({
    value: 9001,
    origin: 'tinybase.toml:2',
    is_secret: false,
  });
});

test('a secret in a screenshot or a bug report: config shows none, in any form', async () => {
  for (const argv of [[], ['--show-origin'], ['--json']]) {
    const { io, out } = await config(argv);
    expect(out).toContain('server.metrics_token');
    expect(io.text()).not.toContain('hush');
  }
});

test('config with a mistake says where it is and exits with 2', async () => {
  const { code, io } = await config([], '[server]\nprot = 1\n');
  expect(code).toBe(2);
  expect(io.text()).toContain('server.prot (tinybase.toml:2): unknown key');
});

test('a password in an address with a mistake is not in the message that refuses it', async () => {
  for (const address of [
    'https://me:hush/hush@shop.example.com',
    'ftp://hush@x',
    'https://x?key=hush',
  ]) {
    const { code, io } = await config([], `[environments.shop]\nurl = "${address}"\n`);
    expect(code).toBe(2);
    expect(io.text()).toContain('environments.shop.url (tinybase.toml:2)');
    expect(io.text()).not.toContain('hush');
  }
});
