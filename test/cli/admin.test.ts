import { describe, expect, test } from 'bun:test';
import { main } from '../../src/cli/main.ts';
import { createFakeOpener } from './fake-app.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

const ADMINS = ['ann@example.com', 'disabled@example.com'];

async function run(words: readonly string[], admins: readonly string[] = ADMINS, env = {}) {
  const io = createFakeIo({ cwd: makeFolder() });
  Object.assign(io.env, env);
  const opener = createFakeOpener({ admins });
  const code = await main(['admin', ...words], io, opener);
  return { code, log: opener.log, out: io.stdout.join('\n'), err: io.stderr.join('\n') };
}

describe('admin list', () => {
  test('shows who may do everything, and who is disabled', async () => {
    const { code, out, log } = await run(['list']);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'EMAIL                 MADE                      ID',
      'ann@example.com       2030-01-01T00:00:00.000Z  id of ann@example.com',
      'disabled@example.com  2030-01-01T00:00:00.000Z  id of disabled@example.com  disabled',
    ]);
    expect(log).toEqual(['open 8000', 'stop 8000']);
  });

  test('--json is for programs', async () => {
    expect(JSON.parse((await run(['list', '--json'])).out)).toEqual([
      expect.objectContaining({ email: 'ann@example.com', is_active: true }),
      expect.objectContaining({ email: 'disabled@example.com', is_active: false }),
    ]);
    expect((await run(['list', '--json'], [])).out).toBe('[]');
  });

  test('without any says how to make one', async () => {
    const { code, out } = await run(['list'], []);
    expect([code, out]).toEqual([0, 'There is no admin yet: tinybase admin add EMAIL']);
  });
});

describe('admin reset-password', () => {
  test('sets the password that is given', async () => {
    const { code, out, err, log } = await run(['reset-password', 'ann@example.com', 'a new one']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe('ann@example.com: the new password counts, and all sessions have ended.');
    expect(log).toContain('password ann@example.com a new one');
  });

  test('says so when the account is disabled', async () => {
    const { err } = await run(['reset-password', 'disabled@example.com', 'a new one']);
    expect(err).toBe('The account is disabled: it cannot sign in all the same.');
  });

  test('--link prints a link and changes nothing; the link alone is standard output', async () => {
    const words = ['reset-password', 'ann@example.com', '--link'];
    const { code, out, err, log } = await run(words);
    expect(code).toBe(0);
    expect(out).toBe('http://localhost:8000/admin/#/reset?token=reset-ann@example.com');
    expect(err).toContain('an hour');
    expect(log).toEqual(['open 8000', 'stop 8000']);
  });

  test('a password that is too short, an unknown account and both at once are refused', async () => {
    const short = await run(['reset-password', 'ann@example.com', 'short']);
    expect(short).toMatchObject({ code: 2, log: [] });
    const unknown = await run(['reset-password', 'eve@example.com', 'a new one']);
    expect(unknown.code).toBe(1);
    expect(unknown.err).toContain('There is no account eve@example.com.');
    expect(unknown.log.at(-1)).toBe('stop 8000');
    const both = await run(['reset-password', 'ann@example.com', 'a new one', '--link']);
    expect(both).toMatchObject({ code: 2, log: [] });
    expect((await run(['reset-password', 'nobody'])).code).toBe(2);
    const noTerminal = await run(['reset-password', 'ann@example.com']);
    expect(noTerminal.err).toContain('There is no terminal');
  });
});
