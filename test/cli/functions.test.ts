import { describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../../scripts/support/paths.ts';
import { main } from '../../src/cli/main.ts';
import { createFakeOpener } from './fake-app.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

async function run(cwd: string, ...argv: string[]) {
  const io = createFakeIo({ cwd });
  const code = await main(argv, io, createFakeOpener());
  return { code, out: io.stdout.join('\n'), err: io.stderr.join('\n') };
}

describe('functions new', () => {
  test('writes a typed function and what an editor needs', async () => {
    const dir = makeFolder();
    const { code } = await run(
      dir,
      'functions',
      'new',
      'send_invoice',
      '-d',
      'Sends',
      '--auth',
      'admin',
    );
    expect(code).toBe(0);
    expect(readdirSync(join(dir, 'functions')).sort()).toEqual([
      'package.json',
      'send_invoice.ts',
      'tinybase.d.ts',
      'tsconfig.json',
    ]);
    const source = readFileSync(join(dir, 'functions', 'send_invoice.ts'), 'utf8');
    expect(source).toContain('const SendInvoiceInput');
    expect(source).toContain('const SendInvoiceOutput');
    expect(source).toContain("name: 'send_invoice'");
    expect(source).toContain("description: 'Sends'");
    expect(source).toContain("auth: 'admin'");
  });

  test('what it writes passes the strict type check of its own folder', async () => {
    const dir = makeFolder();
    await run(dir, 'functions', 'new', 'send_invoice', '-d', 'It\'s a "test"\\\n`$x`\u2028');
    await run(dir, 'functions', 'new', 'a');
    const check = Bun.spawnSync([
      process.execPath,
      inRoot('node_modules/typescript/bin/tsc'),
      '-p',
      join(dir, 'functions'),
    ]);
    expect(check.stdout.toString()).toBe('');
    expect(check.exitCode).toBe(0);
  }, 600_000);

  for (const name of ['Bad', '1st', 'a-b', '../x', '', 'a'.repeat(64), 'tinybase', '_x', 'ä']) {
    test(`refuses the name ${JSON.stringify(name.slice(0, 10))}`, async () => {
      const dir = makeFolder();
      const { code, err } = await run(dir, 'functions', 'new', '--', name);
      expect(code).toBe(2);
      expect(err).toContain('cannot name a function');
      expect(existsSync(join(dir, 'functions'))).toBe(false);
    });
  }

  test('says how to try it, in an empty folder as well, and in the file', async () => {
    const dir = makeFolder();
    const { out, err } = await run(dir, 'functions', 'new', 'hello');
    expect(err).toBe('');
    expect(out).toContain(`tinybase functions call hello '{"name": "Ann"}'`);
    const source = readFileSync(join(dir, 'functions', 'hello.ts'), 'utf8');
    expect(source).toStartWith(`// Try it: tinybase functions call hello '{"name": "Ann"}'\n`);
    expect(readdirSync(dir)).toEqual(['functions']);
  });

  for (const name of ['calls', 'metrics', 'deploy', 'deployments']) {
    test(`refuses ${name}, which would hide a path of the API`, async () => {
      const dir = makeFolder();
      const { code, err } = await run(dir, 'functions', 'new', name);
      expect(code).toBe(2);
      expect(err).toContain(
        `"${name}" cannot name a function: the API uses /api/functions/${name}`,
      );
      expect(existsSync(join(dir, 'functions'))).toBe(false);
    });
  }

  for (const file of ['taken.ts', 'taken.js', 'taken.mts']) {
    test(`leaves ${file} alone`, async () => {
      const dir = makeFolder();
      mkdirSync(join(dir, 'functions'));
      writeFileSync(join(dir, 'functions', file), 'mine');
      const { code, err } = await run(dir, 'functions', 'new', 'taken');
      expect(code).toBe(1);
      expect(err).toContain(`functions/${file} is there already`);
      expect(readdirSync(join(dir, 'functions'))).toEqual([file]);
      expect(readFileSync(join(dir, 'functions', file), 'utf8')).toBe('mine');
    });
  }

  test('writes into the folder of functions.path', async () => {
    const dir = makeFolder();
    writeFileSync(join(dir, 'tinybase.toml'), '[functions]\npath = "./code"\n');
    await run(dir, 'functions', 'new', 'hello');
    expect(existsSync(join(dir, 'code', 'hello.ts'))).toBe(true);
  });
});

describe('functions list', () => {
  test('shows what is registered as a table, and what did not load with its line', async () => {
    const io = createFakeIo({ cwd: makeFolder() });
    const opener = createFakeOpener({
      loadErrors: [
        { file: 'functions/bad.ts', line: 3, message: 'Expected ";"' },
        { file: 'functions/package.json', line: null, message: 'There is no package nope.' },
      ],
    });
    expect(await main(['functions', 'list'], io, opener)).toBe(1);
    expect(io.stdout.join('\n')).toBe(
      ['NAME  AUTH  FILE              DESCRIPTION', 'add   auth  functions/add.ts  Adds'].join(
        '\n',
      ),
    );
    expect(io.stderr.join('\n')).toBe(
      [
        '',
        'Does not load:',
        '  functions/bad.ts:3  Expected ";"',
        '  functions/package.json  There is no package nope.',
        '2 files do not load.',
      ].join('\n'),
    );
  });

  test('a description keeps to its line and cannot steer the terminal', async () => {
    const io = createFakeIo({ cwd: makeFolder() });
    const opener = createFakeOpener({ description: 'Adds\n\u001b]0;evil\u0007 \u202ex' });
    await main(['functions', 'list'], io, opener);
    expect(io.stdout.join('\n').split('\n').slice(1)).toEqual([
      'add   auth  functions/add.ts  Adds \\u{1b}]0;evil\\u{7} \\u{202e}x',
    ]);
  });

  test('--json is for programs', async () => {
    const { out } = await run(makeFolder(), 'functions', 'list', '--json');
    expect(JSON.parse(out)).toMatchObject({ functions: [{ name: 'add' }], load_errors: [] });
  });
});
