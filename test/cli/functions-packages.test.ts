import { describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import type { CliPackages } from '../../src/cli/open-app.ts';
import { AppError } from '../../src/core/errors.ts';
import { createFakeOpener } from './fake-app.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

async function run(cwd: string, argv: readonly string[], packages: Partial<CliPackages> = {}) {
  const io = createFakeIo({ cwd });
  const code = await main(argv, io, createFakeOpener({ packages }));
  return { code, out: io.stdout.join('\n'), err: io.stderr.join('\n') };
}

/** Remembers what was asked of it. */
function remember() {
  const asked: unknown[] = [];
  const packages: Partial<CliPackages> = {
    async add(folder, specs, { onLine, isDev }) {
      asked.push({ folder, specs, isDev });
      onLine('+ zod@4.0.0');
    },
    async install(folder, { isFrozen }) {
      asked.push({ folder, isFrozen });
      return 'installed';
    },
  };
  return { asked, packages };
}

describe('functions add', () => {
  test('works in an empty folder: the files of functions are made', async () => {
    const dir = makeFolder();
    const { asked, packages } = remember();
    const { code, out } = await run(dir, ['functions', 'add', 'zod', 'ms@2'], packages);
    expect(code).toBe(0);
    expect(asked).toEqual([
      { folder: join(dir, 'functions'), specs: ['zod', 'ms@2'], isDev: false },
    ]);
    expect(existsSync(join(dir, 'functions', 'package.json'))).toBe(true);
    expect(out).toContain('made  functions/package.json');
    expect(out).toContain('+ zod@4.0.0');
  });

  test('--dev adds a development package', async () => {
    const { asked, packages } = remember();
    await run(makeFolder(), ['functions', 'add', '--dev', '@types/ms'], packages);
    expect(asked).toMatchObject([{ isDev: true }]);
  });

  test('a path is one from where the command was typed', async () => {
    const dir = makeFolder();
    const { asked, packages } = remember();
    await run(dir, ['functions', 'add', './x.tgz', '../y', 'functions/z'], packages);
    expect(asked).toMatchObject([{ specs: ['file:../x.tgz', 'file:../../y', 'functions/z'] }]);
  });

  test('without a name it is told what is missing', async () => {
    const { code, err } = await run(makeFolder(), ['functions', 'add']);
    expect(code).toBe(2);
    expect(err).toContain('package');
  });

  test('a failure is told on standard error, with exit code 1', async () => {
    const add = () => Promise.reject(new AppError('conflict', 'There is no package helo.'));
    const { code, err } = await run(makeFolder(), ['functions', 'add', 'helo'], { add });
    expect(code).toBe(1);
    expect(err).toBe('There is no package helo.');
  });
});

describe('functions install', () => {
  test('says that there is nothing to do', async () => {
    const { code, out } = await run(makeFolder(), ['functions', 'install']);
    expect(code).toBe(0);
    expect(out).toBe('Nothing to install: functions/package.json names no packages.');
  });

  test('takes the folder of functions.path, and --frozen', async () => {
    const dir = makeFolder();
    writeFileSync(join(dir, 'tinybase.toml'), '[functions]\npath = "./code"\n');
    const { asked, packages } = remember();
    const { code, out } = await run(dir, ['functions', 'install', '--frozen'], packages);
    expect(code).toBe(0);
    expect(asked).toEqual([{ folder: join(dir, 'code'), isFrozen: true }]);
    expect(out).toBe('The packages of code/package.json are installed.');
  });

  test('tells a running server, which watches package.json', async () => {
    const dir = makeFolder();
    const file = join(dir, 'functions', 'package.json');
    mkdirSync(join(dir, 'functions'));
    writeFileSync(file, '{}');
    utimesSync(file, 1_000, 1_000);
    await run(dir, ['functions', 'install'], remember().packages);
    expect(statSync(file).mtimeMs).toBeGreaterThan(1_000_000);
  });
});
