import { COMMANDS } from '../../src/cli/commands/index.ts';
import { main } from '../../src/cli/main.ts';
import type { CliIo } from '../../src/cli/output.ts';

const INTRODUCTION = `# Commands

<!-- Made by scripts/generate-docs.ts from src/cli: change it there. -->

Exit codes: 0 when it worked, 1 when it failed, 2 when the command or the configuration was wrong. Errors
go to standard error. Output is plain when it is piped or when \`NO_COLOR\` is set.
`;

/** docs/cli.md: the help of every command, as the program prints it. */
export async function renderCliPage(): Promise<string> {
  const parts = [INTRODUCTION, await renderHelp([])];
  for (const { path } of COMMANDS) parts.push(await renderHelp(path));
  return `${parts.join('\n')}`;
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
    out: (text) => void lines.push(text),
    err: (text) => void lines.push(text),
    write: async () => true,
    input: () => new Response('').body ?? new ReadableStream(),
    status: () => {},
    ask: () => Promise.reject(new Error('Help asks nothing')),
    onStop: () => () => {},
    exitNow: () => {},
  };
}
