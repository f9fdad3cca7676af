import { CommanderError } from 'commander';
import { AppError } from '../core/errors.ts';
import { COMMANDS } from './commands/index.ts';
import type { CliContext } from './define-command.ts';
import { EXIT_CODES, EXIT_FAILED, EXIT_OK, EXIT_STOPPED, EXIT_USAGE } from './exit-codes.ts';
import { type AppOpener, appOpener } from './open-app.ts';
import { type CliIo, createPaint, toVisible } from './output.ts';
import { createProgram } from './program.ts';
import { StoppedError } from './stopped-error.ts';

/** Asked by the completion of a shell with what was typed; no command of people. */
const COMPLETE = '__complete';

/** Runs one command and answers its exit code; never ends the process by itself. */
export async function main(
  argv: readonly string[],
  io: CliIo,
  opener: AppOpener = appOpener,
): Promise<number> {
  const context: CliContext = {
    io,
    opener,
    readTree: async (word = 'all') => {
      const { toCommandNode } = await import('./command-tree.ts');
      return toCommandNode(await createProgram(context, word));
    },
  };
  try {
    if (argv[0] === COMPLETE) {
      const { answerShell } = await import('./answer-shell.ts');
      await answerShell(context, argv.slice(1));
      return EXIT_OK;
    }
    // `help functions new` asks the same as `functions new --help`, at any depth.
    const args = keepHelp(argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv);
    const program = await createProgram(context, args.find((word) => !word.startsWith('-')) ?? '');
    if (args.length === 0) {
      program.outputHelp();
      return EXIT_OK;
    }
    await program.parseAsync(args, { from: 'user' });
    return EXIT_OK;
  } catch (error) {
    return reportError(error, io);
  }
}

/** The help of a command that there is not would be that of another one: the mistake is told instead. */
function keepHelp(args: readonly string[]): string[] {
  const [first = '-', second = '-'] = args;
  const isMissing =
    !first.startsWith('-') &&
    !COMMANDS.some(
      ({ path }) =>
        path[0] === first &&
        (path[1] === undefined || second.startsWith('-') || path[1] === second),
    );
  return isMissing ? args.filter((word) => word !== '--help' && word !== '-h') : [...args];
}

function reportError(error: unknown, io: CliIo): number {
  // Commander has said what is wrong, or shown the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  const { red } = createPaint(io.hasErrColour);
  if (error instanceof AppError) {
    // Messages quote what stood in a file or came from a server.
    io.err(red(error.message.split('\n').map(toVisible).join('\n')));
    return error instanceof StoppedError ? EXIT_STOPPED : EXIT_CODES[error.code];
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  io.err(red(`Something went wrong inside TinyBase: ${message}`));
  if (io.env.TINYBASE_DEBUG && stack !== undefined) io.err(stack);
  else io.err('With TINYBASE_DEBUG=1 it says where.');
  return EXIT_FAILED;
}
