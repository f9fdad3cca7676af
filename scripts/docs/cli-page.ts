import { allCommands, type CommandNode, toCommandNode } from '../../src/cli/command-tree.ts';
import { main } from '../../src/cli/main.ts';
import { appOpener } from '../../src/cli/open-app.ts';
import type { CliIo } from '../../src/cli/output.ts';
import { createProgram } from '../../src/cli/program.ts';

const MADE = '<!-- Made by scripts/generate-docs.ts from src/cli: change it there. -->';

const OVERVIEW = `# Commands

${MADE}

\`tinybase COMMAND --help\` shows options and examples; so does [the reference](reference/cli.md), for all of
them. \`tinybase man\` prints the same as a manual page.
`;

const REFERENCE = `# Reference of the command line

${MADE}

The help of every command, as the program prints it.

| exit code | |
| --- | --- |
| 0 | it worked |
| 1 | it failed; standard error says why |
| 2 | the command or the configuration was wrong |
| 130 | it was stopped, as by Ctrl-C: nothing is left half made |

Errors, questions and progress go to standard error. Output is plain when it is piped or when \`NO_COLOR\` is
set, and coloured there too with \`FORCE_COLOR=1\`. With \`--json\` nothing but JSON goes to standard output.
Nobody is asked unless standard input and output are a terminal; the error then names the flag that answers.
`;

/** docs/cli.md: what there is. */
export async function renderCliOverview(): Promise<string> {
  const commands = (await readCommands()).filter(
    ({ words, commands: below }) => words.length > 0 && below.length === 0,
  );
  const rows = commands.map(
    (command) =>
      `| [\`${toUsage(command)}\`](reference/cli.md#${toAnchor(command)}) | ${escapeCell(command.description)} |`,
  );
  return [OVERVIEW, '| command | |', '| --- | --- |', ...rows, ''].join('\n');
}

/** docs/reference/cli.md: the help of every command, as the program prints it. */
export async function renderCliPage(): Promise<string> {
  const parts = [REFERENCE];
  for (const { words } of await readCommands()) parts.push(await renderHelp(words));
  return `${parts.join('\n')}`;
}

/** All but `help`, which shows what stands here. */
async function readCommands(): Promise<CommandNode[]> {
  const io = createPageIo([]);
  const readTree = () => Promise.reject(new Error('No command is run here'));
  const program = await createProgram({ io, opener: appOpener, readTree }, 'all');
  return allCommands(toCommandNode(program)).filter(({ words }) => words[0] !== 'help');
}

function toUsage({ words, args }: CommandNode): string {
  const shown = args.map(({ name, isRequired, isVariadic }) => {
    const word = `${name.toUpperCase()}${isVariadic ? '…' : ''}`;
    return isRequired ? word : `[${word}]`;
  });
  return ['tinybase', ...words, ...shown].join(' ');
}

function toAnchor({ words }: CommandNode): string {
  return ['tinybase', ...words].join('-');
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}

async function renderHelp(path: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const code = await main([...path, '--help'], createPageIo(lines));
  if (code !== 0) throw new Error(`tinybase ${path.join(' ')} --help answered ${code}`);
  return [`## ${['tinybase', ...path].join(' ')}`, '', '```text', ...lines, '```', ''].join('\n');
}

/** Takes what is printed; help needs nothing else. */
function createPageIo(lines: string[]): CliIo {
  return {
    env: {},
    cwd: '/',
    isTerminal: false,
    hasColour: false,
    hasErrColour: false,
    columns: undefined,
    out: (text) => void lines.push(text),
    err: (text) => void lines.push(text),
    write: async () => true,
    input: () => new Response('').body ?? new ReadableStream(),
    status: () => {},
    ask: () => Promise.reject(new Error('Help asks nothing')),
    onStop: () => () => {},
    onCrash: () => () => {},
    exitNow: () => {},
  };
}
