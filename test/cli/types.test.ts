import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import { appOpener } from '../../src/cli/open-app.ts';
import { findTypeFaults } from '../support/type-check.ts';
import { createFakeOpener } from './fake-app.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

/** The command with the real app, worker processes and all. */
async function run(cwd: string, ...argv: string[]) {
  const io = createFakeIo({ cwd });
  const code = await main(argv, io, appOpener);
  return { code, out: io.stdout.join('\n'), err: io.stderr.join('\n') };
}

const ADD = `import { register, t } from "tinybase";
register({ name: "add_numbers", description: "Adds */ two", input: t.Object({ x: t.Integer(), y: t.Integer() }),
  output: t.Object({ sum: t.Integer() }) }, async (ctx, payload) => ({ sum: payload.x + payload.y }));
`;

describe('types', () => {
  test('in an empty folder: a client without collections and functions, and no folder is made', async () => {
    const dir = makeFolder();
    const { code, out, err } = await run(dir, 'types');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(findTypeFaults({ 'api.ts': out })).toEqual([]);
    expect(existsSync(join(dir, 'functions'))).toBe(false);
  });

  test('prints the functions of the project, and brings the types of its functions up to date', async () => {
    const dir = makeFolder();
    await run(dir, 'functions', 'new', 'send_invoice');
    writeFileSync(join(dir, 'functions', 'add_numbers.ts'), ADD);
    const { code, out, err } = await run(dir, 'types');
    expect(code).toBe(0);
    expect(err).toBe('Wrote functions/tinybase.d.ts.');
    const folder = join(dir, 'functions');
    const files = Object.fromEntries(
      readdirSync(folder)
        .filter((name) => name.endsWith('.ts'))
        .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
    );
    // Everything that is in the folder now, and code that knows the other functions.
    const uses = `import { register } from 'tinybase';
      register({ name: 'uses' }, async (ctx) => (await ctx.functions.call('add_numbers', { x: 1, y: 2 })).sum);
      // @ts-expect-error y is missing
      register({ name: 'fails' }, (ctx) => ctx.functions.call('add_numbers', { x: 1 }));`;
    const { 'add_numbers.ts': _loose, ...strict } = files;
    expect(findTypeFaults({ ...strict, 'uses.ts': uses })).toEqual([]);
    const front = `import { createClient } from './api.ts';
      const client = createClient('http://localhost:8000');
      const sum: number = (await client.functions.add_numbers({ x: 1, y: 2 })).sum;
      const text: string = (await client.functions.send_invoice({ name: 'Ann' })).message;
      // @ts-expect-error there is no such function
      await client.functions.none();
      console.log(sum, text);`;
    expect(
      findTypeFaults({ 'api.ts': out, 'front.ts': front }, { lib: ['ES2022', 'DOM'] }),
    ).toEqual([]);
    const again = await run(dir, 'types');
    expect(again.err).toBe('');
  }, 600_000);

  test('--out writes a file and says so, over what was there', async () => {
    const dir = makeFolder();
    writeFileSync(join(dir, 'api.ts'), 'old');
    const { code, out, err } = await run(dir, 'types', '--out', 'api.ts');
    expect({ code, out, err }).toEqual({ code: 0, out: '', err: 'Wrote api.ts.' });
    expect(readFileSync(join(dir, 'api.ts'), 'utf8')).toContain('export function createClient');
  });

  test('a file that cannot be written is one sentence', async () => {
    const { code, err } = await run(makeFolder(), 'types', '--out', 'none/api.ts');
    expect(code).toBe(1);
    expect(err).toMatch(/none\/api\.ts cannot be written: there is no folder .*none\.$/);
  });

  test('a function that does not load is named: its types are missing', async () => {
    const dir = makeFolder();
    await run(dir, 'functions', 'new', 'fine');
    writeFileSync(join(dir, 'functions', 'broken.ts'), 'import "not-there";');
    const { code, out, err } = await run(dir, 'types');
    expect(code).toBe(0);
    expect(out).toContain('FineInput');
    expect(err).toContain('Warning: functions/broken.ts does not load');
  }, 600_000);

  test('the help shows how it is used', async () => {
    const io = createFakeIo({ cwd: makeFolder() });
    expect(await main(['types', '--help'], io, createFakeOpener())).toBe(0);
    expect(io.text()).toContain('tinybase types --out src/tinybase.ts');
    expect(io.text()).toContain('functions/tinybase.d.ts');
  });
});
