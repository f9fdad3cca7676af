import { Command } from 'commander';
import { COMMANDS, GROUPS } from './commands/index.ts';
import { addExamples, type CliContext } from './define-command.ts';
import { VERSION } from './version.ts';

const HELP_WIDTH = 100;

/**
 * The commands as commander knows them. Only those whose first word is `word` are loaded; the others
 * are a name and a summary, which is all that the list of commands shows.
 */
export async function createProgram(context: CliContext, word: string | 'all'): Promise<Command> {
  const { io } = context;
  const program = new Command('tinybase')
    .description('A complete backend in one file.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
      outputError: (text, write) => write(toSentence(text, isKnown(word) ? word : '')),
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      getOutHasColors: () => io.hasColour,
      getErrHasColors: () => false,
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
    if (word === first || word === 'all') (await entry.load())(command, context);
    else command.allowUnknownOption().allowExcessArguments();
  }
  return program;

  function findGroup(name: string): Command {
    let group = groups.get(name);
    if (!group) {
      const summary = GROUPS[name] ?? '';
      const below = COMMANDS.flatMap(({ path }) => (path[0] === name ? (path[1] ?? []) : []));
      group = program
        .command(name)
        .summary(`${summary} (${below.join(', ')})`)
        .description(`${summary}.`)
        .helpCommand(false);
      groups.set(name, group);
    }
    return group;
  }
}

function isKnown(word: string): boolean {
  return COMMANDS.some(({ path }) => path[0] === word);
}

/** Commander's "error: unknown option '--prot'\n(Did you mean --port?)" as a sentence. */
function toSentence(text: string, word: string): string {
  const plain = text.trim().replace(/^error: /, '');
  const [message = '', hint] = plain.split('\n');
  const end = /[.?!:]$/.test(message) ? '' : '.';
  const help =
    hint?.replace(/^\((.*)\)$/, '$1') ?? `See tinybase ${word} --help.`.replace('  ', ' ');
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${end} ${help}\n`;
}
