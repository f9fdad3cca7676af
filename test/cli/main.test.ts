import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../../scripts/support/paths.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { main } from '../../src/cli/main.ts';
import { createFakeOpener } from './fake-app.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

async function run(...argv: string[]) {
  const io = createFakeIo({ cwd: makeFolder() });
  const opener = createFakeOpener();
  const code = await main(argv, io, opener);
  return { code, io, opener, out: io.stdout.join('\n'), err: io.stderr.join('\n') };
}

describe('help', () => {
  test('every command is listed', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const { path } of COMMANDS) expect(out).toContain(path.at(-1) ?? '');
  });

  test('no words at all show the list of commands', async () => {
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(out).toContain('Commands:');
  });

  for (const { path } of COMMANDS) {
    test(`${path.join(' ')} has help with examples`, async () => {
      const { code, out, opener } = await run(...path, '--help');
      expect(code).toBe(0);
      expect(out).toContain(`Usage: tinybase ${path.join(' ')}`);
      expect(out).toContain('Examples:');
      expect(opener.log).toEqual([]);
    });
  }

  test('`help functions new` is the same as `functions new --help`', async () => {
    expect((await run('help', 'functions', 'new')).out).toBe(
      (await run('functions', 'new', '--help')).out,
    );
  });

  test('is as wide as the terminal, and never too wide to read', async () => {
    const widest = async (columns: number) => {
      const io = createFakeIo({ cwd: makeFolder(), columns });
      await main(['--help'], io, createFakeOpener());
      const [commands = ''] = io.text().split('Examples:');
      return Math.max(...commands.split('\n').map((line) => line.length));
    };
    for (const columns of [40, 70]) expect(await widest(columns)).toBeLessThanOrEqual(columns);
    expect(await widest(500)).toBe(await widest(100));
  });

  test('the list of commands loads neither the server nor a command', () => {
    const modules = Bun.spawnSync(
      [
        process.execPath,
        '-e',
        `const { main } = await import(${JSON.stringify(inRoot('src/cli/main.ts'))});
         const io = { env: {}, out() {}, err() {} };
         await main(['--help'], io);
         console.log(Object.keys(require.cache).join('\\n'));`,
      ],
      { stdout: 'pipe' },
    ).stdout.toString();
    expect(modules).toContain(join('cli', 'main.ts'));
    expect(modules).not.toMatch(/elysia|typebox|commands\/serve|src\/app/);
  });
});

describe('mistakes', () => {
  const mistakes: readonly [words: string, error: string][] = [
    ['srve', "Unknown command 'srve'. Did you mean serve?"],
    ['help functons', "Unknown command 'functons'. Did you mean functions?"],
    ['functons --help', "Unknown command 'functons'. Did you mean functions?"],
    ['functions nwe -h', "Unknown command 'nwe'. Did you mean new?"],
    ['zzz', "Unknown command 'zzz'. See tinybase --help."],
    ['functions nwe', "Unknown command 'nwe'. Did you mean new?"],
    ['serve --prot 3', "Unknown option '--prot'. Did you mean --port?"],
    ['serve --port', "Option '--port <port>' argument missing. See tinybase serve --help."],
    [
      'admin add a@b.c my swordfish word',
      "Too many arguments for 'add'. Expected 2 arguments but got 4. See tinybase admin add --help.",
    ],
    [
      'admin add a@b.c --pasword=swordfish',
      "Unknown option '--pasword'. See tinybase admin add --help.",
    ],
    ['serve --prot=3', "Unknown option '--prot'. Did you mean --port?"],
    ['functions new', "Missing required argument 'name'. See tinybase functions new --help."],
  ];
  for (const [words, error] of mistakes) {
    test(`tinybase ${words}`, async () => {
      const { code, out, err } = await run(...words.split(' '));
      expect({ code, out, err }).toEqual({ code: 2, out: '', err: error });
    });
  }

  test('a group without a command shows its help on standard error', async () => {
    const { code, out, err } = await run('functions');
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('Usage: tinybase functions');
  });

  test('a configuration that is wrong is told whole and exits with 2', async () => {
    const { code, err } = await run('serve', '--port', '99999', '--workers', 'many');
    expect(code).toBe(2);
    expect(err).toContain('server.port (--port): expected a whole number from 0 to 65535');
    expect(err).toContain('functions.workers (--workers)');
  });

  test('an error of ours that nobody foresaw exits with 1 and says so', async () => {
    const io = createFakeIo({ cwd: makeFolder() });
    const opener = { ...createFakeOpener(), createApp: () => Promise.reject(new Error('boom')) };
    expect(await main(['openapi'], io, opener)).toBe(1);
    expect(io.stderr.join('\n')).toContain('Something went wrong inside TinyBase: boom');
  });
});

describe('version', () => {
  const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));

  test('names TinyBase, Bun and SQLite', async () => {
    const { code, out } = await run('version');
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^TinyBase ${version}\nBun [\\d.]+\nSQLite 3\\.[\\d.]+$`));
  });

  test('--json is for programs', async () => {
    expect(JSON.parse((await run('version', '--json')).out)).toMatchObject({
      tinybase: version,
      bun: Bun.version,
    });
  });

  test('--version prints one number', async () => {
    expect((await run('--version')).out).toBe(version);
  });
});

describe('openapi', () => {
  test('prints the document', async () => {
    const { code, out, opener } = await run('openapi');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ openapi: '3.1.0' });
    expect(opener.log).toEqual(['open 8000', 'stop 8000']);
  });

  test('--out writes it to a file and keeps standard output empty', async () => {
    const { io, out } = await run('openapi', '--out', 'api.json');
    expect(out).toBe('');
    expect(JSON.parse(readFileSync(join(io.cwd, 'api.json'), 'utf8'))).toEqual({
      openapi: '3.1.0',
    });
  });
});
