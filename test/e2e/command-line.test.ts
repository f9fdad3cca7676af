import { beforeAll, describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../scripts/support/command.ts';
import { BINARY } from '../../scripts/support/paths.ts';
import { makeTemporaryFolder, runBinary } from '../support/binary.ts';
import { openTerminal, typeInto } from '../support/terminal.ts';
import { until } from '../support/until.ts';

const PASSWORD = 'a long enough password';
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
type Typing = ReturnType<typeof typeInto>;

let dir = '';

beforeAll(async () => {
  dir = makeTemporaryFolder();
  const account = ['--admin-email', 'ann@example.com', '--admin-password', PASSWORD];
  const made = await runBinary(['init', '--yes', ...account], { dir });
  expect(made.code).toBe(0);
});

describe('completion in a real shell', () => {
  const shells = {
    bash: {
      command: ['bash', '--norc', '--noprofile', '-i'],
      load: 'source <(tinybase completion bash)',
    },
    zsh: {
      command: ['zsh', '-f', '-i'],
      load: 'bindkey -e; autoload -Uz compinit; compinit -u -D; source <(tinybase completion zsh)',
    },
    fish: {
      command: ['fish', '--no-config', '-i'],
      load: 'tinybase completion fish | source',
    },
  };
  const typed: readonly [line: string, completed: RegExp][] = [
    ['tinybase vers', /^tinybase version ?$/],
    ['tinybase functions ne', /^tinybase functions new ?$/],
    ['tinybase functions new x --auth pub', /--auth public ?$/],
    ['tinybase records import x --format=cs', /--format=csv ?$/],
    ['tinybase functions call add', /call add_numbers ?$/],
    ['tinybase admin reset-password an', /reset-password ann@example\.com ?$/],
    ['tinybase config --show', /--show-origin ?$/],
    ['tinybase db backup tinybase.tom', /backup tinybase\.toml ?$/],
    ['tinybase serve --dir func', /--dir functions\/? ?$/],
    ['tinybase version nonsense', /nonsense$/],
  ];
  for (const [shell, { command, load }] of Object.entries(shells)) {
    test.skipIf(Bun.which(shell) === null)(
      `${shell} completes commands, flags, choices, files, folders and names`,
      async () => {
        const bin = makeTemporaryFolder();
        symlinkSync(BINARY, join(bin, 'tinybase'));
        const path = [bin, process.env.PATH].join(':');
        await using terminal = openTerminal(command, { cwd: dir, env: { PATH: path } });
        // What is typed is on the screen as well: only what the shell makes of it holds the word whole.
        terminal.type(`${load}; echo re""ady\r`);
        await terminal.until('ready');
        for (const [index, [line, completed]] of typed.entries()) {
          // Completed, then put between marks and printed, whatever the shell shows meanwhile.
          terminal.type(`${line}\t\u0001printf "${index}<%s>\\n" "\u0005"\r`);
          const answer = new RegExp(`^\\r*${index}<(.*)>\\r?$`, 'm');
          await terminal.until(answer);
          expect(answer.exec(terminal.screen())?.[1]).toMatch(completed);
        }
      },
    );
  }
});

test.skipIf(Bun.which('mandoc') === null)(
  'the manual page is read without a complaint',
  async () => {
    const { stdout } = await runBinary(['man'], { dir });
    const page = join(makeTemporaryFolder(), 'tinybase.1');
    writeFileSync(page, stdout);
    // There is no date in it: the same release gives the same bytes.
    const lint = await runCommand(['mandoc', '-T', 'lint', '-W', 'warning', page]);
    const complaints = lint.output.split('\n').filter((line) => line && !/missing date/.test(line));
    expect(complaints).toEqual([]);
  },
);

describe('Ctrl-C', () => {
  test('at the question for a password: nothing is done, the terminal is as before', async () => {
    await using terminal = typeInto(['admin', 'add', 'bob@example.com'], { cwd: dir });
    await terminal.until('Password');
    terminal.type(`half a pass${CTRL_C}`);
    expect(await terminal.exited).toBe(130);
    expect(terminal.screen()).toContain('Cancelled');
    expect(terminal.screen()).not.toContain('half a pass');
    expect(terminal.isRestored()).toBe(true);
    expect((await runBinary(['admin', 'list'], { dir })).stdout).not.toContain('bob@example.com');
  });

  test('Ctrl-D and signals at the question say the same', async () => {
    const ways: readonly ((terminal: Typing) => void)[] = [
      ({ type }) => type(CTRL_D),
      ({ kill }) => kill('SIGINT'),
      ({ kill }) => kill('SIGTERM'),
    ];
    for (const giveUp of ways) {
      await using terminal = typeInto(['admin', 'add', 'bob@example.com'], { cwd: dir });
      await terminal.until('Password');
      giveUp(terminal);
      expect(await terminal.exited).toBe(130);
      expect(terminal.screen()).toContain('Cancelled: nothing more was done.');
      expect(terminal.isRestored()).toBe(true);
    }
  });

  test('at the question before a restore: the database stays', async () => {
    const backup = join(makeTemporaryFolder(), 'backup.db');
    expect((await runBinary(['db', 'backup', backup], { dir })).code).toBe(0);
    const before = readFileSync(join(dir, 'tinybase.db'));
    const ways: readonly ((terminal: Typing) => void)[] = [
      ({ type }) => type(CTRL_C),
      ({ kill }) => kill('SIGINT'),
    ];
    for (const giveUp of ways) {
      await using terminal = typeInto(['db', 'restore', backup], { cwd: dir });
      await terminal.until('(yes or no)');
      giveUp(terminal);
      expect(await terminal.exited).toBe(130);
      expect(terminal.isRestored()).toBe(true);
      expect(readFileSync(join(dir, 'tinybase.db')).equals(before)).toBe(true);
    }
  });

  test('while another server is waited for: nothing is installed, nothing is left', async () => {
    let asked = 0;
    const silent = Bun.serve({
      port: 0,
      fetch: () => {
        asked++;
        return new Promise<Response>(() => {});
      },
    });
    try {
      const before = readFileSync(join(dir, 'functions/package.json'), 'utf8');
      const address = `http://127.0.0.1:${silent.port}`;
      const source = makeTemporaryFolder('source');
      writeFileSync(
        join(source, 'extension.toml'),
        '[extension]\nname = "hello"\nversion = "1.0.0"\n[extension.dependencies]\nzod = "4.0.0"\n',
      );
      writeFileSync(join(source, 'main.ts'), "import 'tinybase/extensions';\n");
      const cases = [
        { args: ['functions', 'add', 'zod'], says: 'Stopped: nothing was added.' },
        {
          args: ['extensions', 'install', `${address}/hello.tar.gz`, '-y'],
          says: 'Stopped: nothing was installed.',
        },
        // Its package, once it has been fetched itself.
        {
          args: ['extensions', 'install', source, '-y'],
          says: 'Stopped: nothing was installed.',
        },
        { args: ['update', '--check'], says: 'Stopped: nothing was changed.' },
        { args: ['functions', 'deploy'], says: 'which version is active.' },
      ];
      const env = {
        BUN_CONFIG_REGISTRY: address,
        TINYBASE_DOWNLOAD_URL: address,
        TINYBASE_ENVIRONMENTS_P_URL: address,
        TINYBASE_ENVIRONMENTS_P_API_TOKEN: 'tb_token',
      };
      for (const { args, says } of cases) {
        const before = asked;
        await using terminal = typeInto(args, { cwd: dir, env });
        await until(() => asked > before, args.join(' '));
        // A busy machine: whatever else Ctrl-C ends has ended before the command hears of it.
        terminal.kill('SIGSTOP');
        terminal.type(CTRL_C);
        await Bun.sleep(300);
        terminal.kill('SIGCONT');
        expect(await terminal.exited).toBe(130);
        expect(terminal.screen()).toContain(says);
        expect(terminal.isRestored()).toBe(true);
      }
      expect(readFileSync(join(dir, 'functions/package.json'), 'utf8')).toBe(before);
      expect(readdirSync(join(dir, 'extensions/.tinybase'))).toEqual(['lock']);
    } finally {
      await silent.stop(true);
    }
  });

  test('while an import waits for more: nothing of it stays', async () => {
    const args = ['admin', 'import-users', '-', '--format', 'csv'];
    await using terminal = typeInto(args, { cwd: dir });
    terminal.type('email,password\rcarl@example.com,a long enough password\r');
    await terminal.until('carl@example.com');
    await terminal.until('Checked');
    terminal.type(CTRL_C);
    expect(await terminal.exited).toBe(130);
    expect(terminal.screen()).toContain('Stopped: nothing was imported.');
    expect((await runBinary(['admin', 'list'], { dir })).stdout).not.toContain('carl@example.com');
  });
});

test('what could not be written, on a disk that is full, is an error; a reader that went away is none', async () => {
  for (const args of [['man'], ['openapi'], ['--help']]) {
    const full = await runBinary(args, {
      dir,
      wrapper: ['sh', '-c', 'exec "$@" >/dev/full', 'sh'],
    });
    expect([full.code, full.stderr]).toEqual([1, expect.stringContaining('(ENOSPC)')]);
    const closed = await runBinary(args, {
      dir,
      wrapper: ['bash', '-c', 'set -o pipefail; "$@" | true', 'bash'],
    });
    expect(closed).toMatchObject({ code: 0, stderr: '' });
  }
});

describe('a terminal', () => {
  test('is asked, and what is typed as a password is not shown', async () => {
    await using terminal = typeInto(['admin', 'add', 'dora@example.com'], { cwd: dir });
    await terminal.until('Password');
    terminal.type('short\r');
    await terminal.until('at least 8 characters');
    terminal.type(' but long enough\r');
    expect(await terminal.exited).toBe(0);
    expect(terminal.screen()).toContain('dora@example.com is an admin now.');
    expect(terminal.screen()).not.toContain('short but');
    expect(terminal.isRestored()).toBe(true);
  });

  test('has colours unless it says no, a pipe has none unless it says yes', async () => {
    const isColoured = (text: string) => text.includes('\u001b[1m');
    const list = async (env: Record<string, string>) => {
      await using terminal = typeInto(['admin', 'list'], { cwd: dir, env });
      expect(await terminal.exited).toBe(0);
      await terminal.until('ann@example.com');
      return isColoured(terminal.raw());
    };
    expect([await list({}), await list({ NO_COLOR: '1' })]).toEqual([true, false]);
    const pipe = async (env: Record<string, string>) =>
      isColoured((await runBinary(['admin', 'list'], { dir, env })).stdout);
    expect([await pipe({}), await pipe({ NO_COLOR: '', FORCE_COLOR: '1' })]).toEqual([false, true]);
  });
});
