import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createAdmin,
  createUser,
  makeTemporaryFolder,
  runBinary,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { runCurl } from '../support/curl.ts';
import { writeFiles } from '../support/fixtures.ts';
import { type Block, type Expected, readBlocks } from '../support/markdown-blocks.ts';
import { readCommands } from '../support/shell-words.ts';
import { compareJson, compareText } from '../support/shown-answer.ts';

setDefaultTimeout(120_000);

const GUIDE = join(import.meta.dir, '../../docs/guide');
/** What the examples say they are run with. */
const EMAIL = 'you@example.com';
const PASSWORD = 'correct horse battery';

/** How a command ended and what it said. */
interface Outcome {
  readonly command: string;
  readonly text: string;
  readonly end: { readonly status: number } | { readonly exit: number };
}

for (const page of readdirSync(GUIDE).filter((name) => name.endsWith('.md'))) {
  const blocks = readBlocks(readFileSync(join(GUIDE, page), 'utf8'));
  test(`every block of ${page} is marked with what a test does with it`, () => {
    const unmarked = blocks.filter((block) => block.kind === 'unmarked');
    expect(unmarked.map(({ line, mark }) => `${page}:${line} ${mark}`)).toEqual([]);
  });
  if (blocks.length > 0) describe(`the examples of ${page} do what it says`, () => runPage(blocks));
}

/** One server for a page: its examples build on each other. */
function runPage(blocks: readonly Block[]): void {
  const dir = makeTemporaryFolder('docs');
  const variables = new Map<string, string>();
  let server: ServerProcess | undefined;
  let last: Outcome | undefined;

  beforeAll(async () => {
    for (const block of blocks)
      if (block.kind === 'file' && block.name.startsWith('functions/'))
        writeFiles(dir, { [block.name]: block.text });
    server = await startBinary({ dir });
    const admin = await createAdmin(server, { email: EMAIL, password: PASSWORD });
    const ann = await createUser(server.url, 'ann@example.com');
    const bob = await createUser(server.url, 'bob@example.com');
    variables.set('URL', server.url);
    // Where a page shows how to get the token, that one is used.
    if (!blocks.some(({ kind, text }) => kind === 'answer' && text.includes('"$TOKEN"')))
      variables.set('TOKEN', admin.token ?? '');
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
            last = await runCommand(words, dir);
            expectEnd(last, at === commands.length - 1 ? expected : undefined);
          }
        });
        break;
      case 'answer':
        test(name, () => {
          const text = last?.text ?? '';
          const differences =
            block.language === 'json'
              ? compareJson(JSON.parse(block.text), JSON.parse(text), variables, block.isExact)
              : compareText(block.text, text, variables);
          expect(differences, `${last?.command} said ${text.slice(0, 3_000)}`).toEqual([]);
        });
        break;
      case 'file':
        test(name, () => writeFiles(dir, { [block.name]: block.text }));
        break;
      case 'program':
        test(name, async () => {
          last = await runProgram(block.text, dir, variables);
          expectEnd(last, undefined);
        });
        break;
      case 'by_hand':
        test(`${name} asks or does not end, so that a person types it`, () => {
          expect(block.text).toMatch(/^(\.\/tinybase (serve|admin add)|export )/);
        });
        break;
      case 'grammar':
      case 'unmarked':
        break;
      default:
        block satisfies never;
    }
  }
}

async function runCommand(words: readonly string[], dir: string): Promise<Outcome> {
  const [program, ...rest] = words;
  const command = words.join(' ');
  switch (program) {
    case 'curl': {
      const { status, text } = await runCurl(rest, dir);
      return { command, text, end: { status } };
    }
    case './tinybase': {
      const { code, stdout, stderr } = await runBinary(rest, { dir });
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
