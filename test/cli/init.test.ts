import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import { loadConfig } from '../../src/core/config.ts';
import { createFakeOpener, type FakeAppOptions } from './fake-app.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

interface InitOptions extends FakeAppOptions {
  readonly env?: Record<string, string>;
  readonly answers?: readonly string[];
  readonly cwd?: string;
}

async function init(argv: readonly string[], options: InitOptions = {}) {
  const io = createFakeIo({ ...options, cwd: options.cwd ?? makeFolder() });
  const opener = createFakeOpener(options);
  const code = await main(['init', ...argv], io, opener);
  return { code, io, opener, out: io.stdout.join('\n'), err: io.stderr.join('\n') };
}

const PASSWORD = 'a long password';

describe('init', () => {
  test('makes a project without an admin', async () => {
    const { code, io, out, opener } = await init(['--yes']);
    expect(code).toBe(0);
    expect(readdirSync(io.cwd).sort()).toEqual(['.gitignore', 'functions', 'tinybase.toml']);
    expect(readdirSync(join(io.cwd, 'functions')).sort()).toEqual([
      'add_numbers.ts',
      'package.json',
      'tinybase.d.ts',
      'tsconfig.json',
    ]);
    expect(opener.admins).toEqual([]);
    expect(opener.log.at(-1)).toBe('stop 8000');
    expect(out).toContain('made  tinybase.toml');
    expect(out).toContain('No admin yet');
    expect(out).toContain('Next: tinybase serve');
  });

  test('makes the folder it is given', async () => {
    const { code, io, out } = await init(['shop', '--yes']);
    expect(code).toBe(0);
    expect(existsSync(join(io.cwd, 'shop', 'tinybase.toml'))).toBe(true);
    expect(out).toContain('Next: tinybase serve --dir shop');
  });

  test('the toml it writes decides nothing and is for its owner only', async () => {
    const { io } = await init(['--yes']);
    const { origins, warnings } = loadConfig({ dir: io.cwd });
    expect([...origins.values()].filter(({ kind }) => kind !== 'default')).toEqual([]);
    expect(warnings).toEqual([]);
    expect(statSync(join(io.cwd, 'tinybase.toml')).mode & 0o777).toBe(0o600);
  });

  test('a second run overwrites nothing and says what it left', async () => {
    const { io } = await init(['--yes']);
    writeFileSync(join(io.cwd, 'tinybase.toml'), '# mine\n');
    writeFileSync(join(io.cwd, 'functions', 'add_numbers.ts'), '// mine\n');
    const { code, out } = await init(['--yes'], { cwd: io.cwd });
    expect(code).toBe(0);
    expect(out).toContain('left  tinybase.toml (was there)');
    expect(out).not.toContain('made  functions');
    expect(readFileSync(join(io.cwd, 'tinybase.toml'), 'utf8')).toBe('# mine\n');
    expect(readFileSync(join(io.cwd, 'functions', 'add_numbers.ts'), 'utf8')).toBe('// mine\n');
  });

  test('an example that was deleted does not come back beside other functions', async () => {
    const { io } = await init(['--yes']);
    const folder = join(io.cwd, 'functions');
    writeFileSync(join(folder, 'mine.ts'), '');
    await Bun.file(join(folder, 'add_numbers.ts')).delete();
    await init(['--yes'], { cwd: io.cwd });
    expect(existsSync(join(folder, 'add_numbers.ts'))).toBe(false);
  });
});

describe('the admin of init', () => {
  const flags = ['--admin-email', 'ann@example.com', '--admin-password', PASSWORD];
  const env = { TINYBASE_ADMIN_EMAIL: 'env@example.com', TINYBASE_ADMIN_PASSWORD: PASSWORD };

  test('comes from flags', async () => {
    expect((await init(flags)).opener.admins).toEqual(['ann@example.com']);
  });

  test('comes from the environment', async () => {
    expect((await init([], { env })).opener.admins).toEqual(['env@example.com']);
  });

  test('flags win over the environment', async () => {
    expect((await init(flags, { env })).opener.admins).toEqual(['ann@example.com']);
  });

  test('is asked for on a terminal, the password without showing it', async () => {
    const { opener, io } = await init([], { answers: ['bob@example.com', PASSWORD] });
    expect(opener.admins).toEqual(['bob@example.com']);
    expect(io.asked.map(({ isSecret }) => isSecret ?? false)).toEqual([false, true]);
  });

  test('may be left for later on a terminal', async () => {
    const { code, opener } = await init([], { answers: [''] });
    expect(code).toBe(0);
    expect(opener.admins).toEqual([]);
  });

  test('is not asked for with --yes', async () => {
    const { io } = await init(['--yes'], { answers: ['bob@example.com', PASSWORD] });
    expect(io.asked).toEqual([]);
  });

  test('is not added when the database has one', async () => {
    const { opener, out } = await init(flags, { admins: ['first@example.com'] });
    expect(opener.admins).toEqual(['first@example.com']);
    expect(out).toContain('has an admin');
  });

  const refused: readonly [name: string, argv: readonly string[], error: string][] = [
    ['a short password', ['--admin-email', 'a@b.co', '--admin-password', 'short'], 'at least 8'],
    ['a bad address', ['--admin-email', 'nope', '--admin-password', PASSWORD], 'e-mail address'],
    ['a password alone', ['--admin-password', PASSWORD], 'no e-mail address'],
    ['an address alone, without a terminal', ['--admin-email', 'a@b.co'], 'no password'],
  ];
  for (const [name, argv, error] of refused) {
    test(`${name} is refused before anything is written`, async () => {
      const { code, io, err } = await init(argv);
      expect(code).toBe(2);
      expect(err).toContain(error);
      expect(err).not.toContain(PASSWORD);
      expect(readdirSync(io.cwd)).toEqual([]);
    });
  }
});

describe('admin add', () => {
  async function add(argv: readonly string[], answers?: readonly string[]) {
    const io = createFakeIo({ cwd: makeFolder(), ...(answers ? { answers } : {}) });
    const opener = createFakeOpener();
    const code = await main(['admin', 'add', ...argv], io, opener);
    return { code, io, opener, err: io.stderr.join('\n') };
  }

  test('makes an admin with the password given', async () => {
    const { code, opener, io } = await add(['ann@example.com', PASSWORD]);
    expect(code).toBe(0);
    expect(opener.admins).toEqual(['ann@example.com']);
    expect(io.text()).not.toContain(PASSWORD);
  });

  test('asks for the password on a terminal', async () => {
    expect((await add(['ann@example.com'], [PASSWORD])).opener.admins).toEqual(['ann@example.com']);
  });

  test('without a terminal and without a password it is a usage error', async () => {
    const { code, err, opener } = await add(['ann@example.com']);
    expect(code).toBe(2);
    expect(err).toContain('no terminal');
    expect(opener.log).toEqual([]);
  });

  test('a password that is too short is refused', async () => {
    const { code, err } = await add(['ann@example.com', 'ab']);
    expect(code).toBe(2);
    expect(err).toBe('The password must have at least 8 characters.');
  });
});
