import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createAdmin,
  createUser,
  findFreePort,
  makeTemporaryFolder,
  runBinary,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { runCurl } from '../support/curl.ts';
import { writeFiles } from '../support/fixtures.ts';
import { typeCheckFunctions, whenLoaded } from '../support/guide-functions.ts';
import { type Block, type Expected, readBlocks } from '../support/markdown-blocks.ts';
import { openPythonFile } from '../support/python-file.ts';
import { canReachRegistry, networkEnv } from '../support/registry.ts';
import { readCommands } from '../support/shell-words.ts';
import { compareJson, compareText } from '../support/shown-answer.ts';

setDefaultTimeout(600_000);

const GUIDE = join(import.meta.dir, '../../docs/guide');
/** What the examples say they are run with. */
const EMAIL = 'you@example.com';
const PASSWORD = 'correct horse battery';
/** How the pages call the server. */
const SHOWN_URL = 'http://localhost:8000';
const PREDECESSOR = 'old/tinybase.db';
/** Files that are there before the server starts; a page may say more of them later. */
const OF_THE_PROJECT = /^(functions\/.*\.ts|functions\.ts|tinybase\.toml|extensions\/.*)$/;

/** What asks, never ends, or is about the machine and not about the project. */
const BY_HAND =
  /^((\.\/)?tinybase (serve|admin add|health|update|doctor)|export |TINYBASE_DEBUG=true |(?!curl "\$URL)(sudo|docker|podman|systemctl|curl|sh|tar|sha256sum|npm|npx|install|useradd|cp|mv|chmod|mkdir|cd|git|gh|xattr|codesign) )/;

/** How a command ended and what it said. */
interface Outcome {
  readonly command: string;
  readonly text: string;
  readonly end: { readonly status: number } | { readonly exit: number };
}

const pages = readdirSync(GUIDE)
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, blocks: readBlocks(readFileSync(join(GUIDE, name), 'utf8')) }));
const hasRegistry =
  pages.some(({ blocks }) => blocks.some(({ needsRegistry }) => needsRegistry)) &&
  (await canReachRegistry());

for (const { name, blocks } of pages) {
  test(`every block of ${name} is marked with what a test does with it`, () => {
    const unmarked = blocks.filter((block) => block.kind === 'unmarked');
    expect(unmarked.map(({ line, mark }) => `${name}:${line} ${mark}`)).toEqual([]);
  });
  if (blocks.length > 0) describe(`the examples of ${name} do what it says`, () => runPage(blocks));
}

/** One server for a page: its examples build on each other. */
function runPage(all: readonly Block[]): void {
  const blocks = all.filter(({ needsRegistry }) => hasRegistry || !needsRegistry);
  const dir = makeTemporaryFolder('docs');
  const port = findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const toReal = (text: string) => text.replaceAll(SHOWN_URL, url);
  const variables = new Map(readExports(blocks.map(({ text }) => toReal(text))));
  const env = () => ({ ...networkEnv(), ...Object.fromEntries(variables) });
  let server: ServerProcess | undefined;
  let token = '';
  let last: Outcome | undefined;

  /** Waits for the server where it loads the file. */
  const write = async (name: string, change: () => unknown) => {
    if (name.startsWith('functions/')) await whenLoaded({ url, token, dir }, name, change);
    else await change();
  };

  beforeAll(async () => {
    for (const block of blocks)
      if (block.kind === 'file' && OF_THE_PROJECT.test(block.name) && !block.needsRegistry)
        if (!existsSync(join(dir, block.name)))
          writeFiles(dir, { [block.name]: toReal(block.text) });
    if (blocks.some(({ text }) => text.includes(PREDECESSOR))) writePredecessor(dir);
    server = await startBinary({ dir, port, env: env() });
    const admin = await createAdmin(server, { email: EMAIL, password: PASSWORD });
    token = admin.token ?? '';
    const ann = await createUser(url, 'ann@example.com');
    const bob = await createUser(url, 'bob@example.com');
    variables.set('URL', url);
    // Where a page shows how to get the token, that one is used.
    if (!blocks.some(({ kind, text }) => kind === 'answer' && text.includes('"$TOKEN"')))
      variables.set('TOKEN', token);
    variables.set('ANN', ann.token).set('ANN_ID', ann.id);
    variables.set('BOB', bob.token).set('BOB_ID', bob.id);
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  for (const [index, block] of blocks.entries()) {
    const next = blocks[index + 1];
    const name = `line ${block.line}: ${block.text.trim().split('\n')[0]}`;
    switch (block.kind) {
      case 'commands':
        test(name, async () => {
          const expected = next?.kind === 'answer' ? next.expected : block.expected;
          const commands = readCommands(block.text, variables);
          for (const [at, words] of commands.entries()) {
            const run = async () => {
              last = await runCommand(words, dir, env());
            };
            await write(newFunctionIn(words) ?? '', run);
            if (last) expectEnd(last, at === commands.length - 1 ? expected : undefined);
          }
        });
        break;
      case 'answer':
        test(name, () => {
          const text = last?.text ?? '';
          const differences =
            block.language === 'json'
              ? compareJson(JSON.parse(block.text), JSON.parse(text), variables, block.isExact)
              : compareText(toReal(block.text), text, variables);
          expect(differences, `${last?.command} said ${text.slice(0, 3_000)}`).toEqual([]);
        });
        break;
      case 'file':
        test(name, async () => {
          const text = toReal(block.text);
          const path = join(dir, block.name);
          if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
          await write(block.name, () => writeFiles(dir, { [block.name]: text }));
        });
        break;
      case 'program':
        test(name, async () => {
          last = await runProgram(toReal(block.text), dir, variables);
          expectEnd(last, undefined);
        });
        break;
      case 'by_hand':
        test(`${name} asks or does not end, so that a person types it`, () => {
          expect(block.text).toMatch(BY_HAND);
        });
        break;
      case 'elsewhere':
      case 'grammar':
      case 'unmarked':
        break;
      default:
        block satisfies never;
    }
  }

  const names = blocks.flatMap((block) => (block.kind === 'file' ? [block.name] : []));
  if (names.some((name) => /^functions\/.*\.ts$/.test(name)))
    test('its functions have no fault of types, as an editor checks them', async () => {
      expect(await typeCheckFunctions(dir)).toBe('');
    });

  const missing = all.filter((block) => !blocks.includes(block)).map(({ line }) => line);
  if (missing.length > 0)
    test.skip(`the examples with packages need a registry: lines ${missing.join(', ')}`, () => {});
}

/** The file that the page about it brings. */
function writePredecessor(dir: string): void {
  mkdirSync(join(dir, 'old'));
  const old = openPythonFile(join(dir, PREDECESSOR));
  const hash = '$2b$12$abcdefghijklmnopqrstuuy10rtBodQYgeE.ZEY.YBkNwKmnUJ3Qa';
  const owner_id = old.user('old@example.com', hash, { is_admin: 1 });
  old.user('ann@old.example', hash);
  const posts = old.collection('posts', [
    { name: 'title', type: 'string', required: true },
    { name: 'publishedAt', type: 'date' },
  ]);
  old.record(posts, { title: 'First', publishedAt: '2024-05-06T12:00:00' }, { owner_id });
  old.record(posts, { title: 'Second' }, { created_at: '2024-05-07 00:00:00.000000' });
  old.schedule('nightly', { method: 'cron', timezone: 'UTC', cron: '0 2 * * *' });
  old.insert('auth_token', { token: 'x', created_at: '2024-05-06 07:08:09.123456' });
  old.close();
}

/** What a person is told to export before the server starts. */
function readExports(texts: readonly string[]): readonly (readonly [string, string])[] {
  return texts.flatMap((text) =>
    [...text.matchAll(/^export ([A-Z][A-Z0-9_]*)=(.+)$/gm)].map(
      ([, name = '', value = '']) => [name, value] as const,
    ),
  );
}

/** The file that a command makes for the server to load. */
function newFunctionIn([program, group, action, name]: readonly string[]): string | undefined {
  const isNew = program === './tinybase' && group === 'functions' && action === 'new';
  return isNew ? `functions/${name}.ts` : undefined;
}

async function runCommand(
  words: readonly string[],
  dir: string,
  env: Record<string, string>,
): Promise<Outcome> {
  const [program, ...rest] = words;
  const command = words.join(' ');
  switch (program) {
    case 'curl': {
      const { status, text } = await runCurl(rest, dir);
      return { command, text, end: { status } };
    }
    case './tinybase': {
      const { code, stdout, stderr } = await runBinary(rest, { dir, env });
      return { command, text: `${stderr}${stdout}`, end: { exit: code } };
    }
    default:
      throw new Error(`the examples run curl and ./tinybase, and not ${program}`);
  }
}

/** A program of the reader's, with the same variables. */
async function runProgram(
  source: string,
  dir: string,
  variables: ReadonlyMap<string, string>,
): Promise<Outcome> {
  const file = join(dir, 'example.ts');
  writeFileSync(file, source);
  const child = Bun.spawn([process.execPath, file], {
    cwd: dir,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: dir,
      NO_COLOR: '1',
      ...Object.fromEntries(variables),
    },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { command: 'the program', text: `${stderr}${stdout}`, end: { exit: await child.exited } };
}

function expectEnd({ command, text, end }: Outcome, expected: Expected | undefined): void {
  const said = `${command}\nsaid ${text.slice(0, 3_000)}`;
  if ('exit' in end) expect(end.exit, said).toBe(expected?.exit ?? 0);
  else if (expected?.status !== undefined) expect(end.status, said).toBe(expected.status);
  else expect(Math.floor(end.status / 100), `${end.status}: ${said}`).toBe(2);
}
