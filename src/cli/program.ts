import { Command } from 'commander';
import { COMMANDS, type CommandGroup, GROUPS } from './commands/index.ts';
import { addExamples, type CliContext } from './define-command.ts';
import { describeMistake } from './usage-mistake.ts';
import { VERSION } from './version.ts';

const MAX_HELP_WIDTH = 100;

/**
 * The commands as commander knows them. Only those whose first word is `word` are loaded; the others
 * are a name and a summary, which is all that the list of commands shows.
 */
export async function createProgram(context: CliContext, word: string | 'all'): Promise<Command> {
  const { io } = context;
  const helpWidth = Math.min(io.columns ?? MAX_HELP_WIDTH, MAX_HELP_WIDTH);
  const program = new Command('tinybase')
    .description('A complete backend in one file.')
    .exitOverride()
    // `update --version 1.4.2` is that command's own.
    .enablePositionalOptions()
    // Narrow columns beat lines that the terminal breaks anywhere.
    .configureHelp({ minWidthToWrap: 20 })
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
      outputError: (text, write) =>
        write(describeMistake(text, { path: [], takesPassword: false })),
      getOutHelpWidth: () => helpWidth,
      getErrHelpWidth: () => helpWidth,
      getOutHasColors: () => io.hasColour,
      getErrHasColors: () => io.hasErrColour,
    })
    .version(VERSION, '-V, --version', 'print the version of TinyBase')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show the help of a command');
  addExamples(program, [
    ['tinybase serve', 'start here; makes the database when there is none'],
    ['tinybase init shop', 'prepare the folder shop'],
    ['tinybase functions new send_invoice', 'write functions/send_invoice.ts'],
  ]);

  const groups = new Map<string, Command>();
  for (const entry of COMMANDS) {
    const [first, second] = entry.path;
    const parent = second === undefined ? program : findGroup(first);
    const command = parent.command(second ?? first).summary(entry.summary);
    command.description(`${entry.summary}.`);
    if (word === first || word === 'all') {
      (await entry.load())(command, context);
      tellMistakes(command, entry.path);
    } else command.allowUnknownOption().allowExcessArguments();
  }
  return program;

  function findGroup(name: string): Command {
    let group = groups.get(name);
    if (!group) {
      const { summary, examples } = groupOf(name);
      const below = COMMANDS.flatMap(({ path }) => (path[0] === name ? (path[1] ?? []) : []));
      group = program
        .command(name)
        .summary(`${summary} (${below.join(', ')})`)
        .description(`${summary}.`)
        .helpCommand(false);
      addExamples(group, examples);
      tellMistakes(group, [name]);
      groups.set(name, group);
    }
    return group;
  }
}

function groupOf(name: string): CommandGroup {
  const group = GROUPS[name];
  if (!group) throw new Error(`No such group of commands: ${name}`);
  return group;
}

/** What commander says about a command that was used wrongly. */
function tellMistakes(command: Command, path: readonly string[]): void {
  const takesPassword = command.registeredArguments.some((one) => one.name() === 'password');
  command.configureOutput({
    outputError: (text, write) => write(describeMistake(text, { path, takesPassword })),
  });
}
