import { expect, test } from 'bun:test';
import { main } from '../../src/cli/main.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

const LISTING = [
  'functions list',
  'admin list',
  'extensions list',
  'extensions check-updates',
  'db history',
  'db current',
  'db check',
  'config --show-origin',
  'doctor',
  'version',
];

test('with --json, nothing but JSON goes to standard output', async () => {
  const cwd = makeFolder();
  expect(await main(['init', '--yes'], createFakeIo({ cwd }))).toBe(0);
  for (const command of LISTING) {
    const io = createFakeIo({ cwd, env: { TINYBASE_SERVER_PORT: '0' } });
    expect(await main([...command.split(' '), '--json'], io), command).toBe(0);
    expect(() => JSON.parse(io.stdout.join('\n')), command).not.toThrow();
  }
});
