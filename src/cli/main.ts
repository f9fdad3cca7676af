import { CommanderError } from 'commander';
import { AppError } from '../core/errors.ts';
import type { CliContext } from './define-command.ts';
import { EXIT_CODES, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from './exit-codes.ts';
import { type AppOpener, appOpener } from './open-app.ts';
import { type CliIo, createPaint, toVisible } from './output.ts';
import { createProgram } from './program.ts';

/** Runs one command and answers its exit code; never ends the process by itself. */
export async function main(
  argv: readonly string[],
  io: CliIo,
  opener: AppOpener = appOpener,
): Promise<number> {
  const context: CliContext = { io, opener };
  try {
    // `help functions new` asks the same as `functions new --help`, at any depth.
    const args = argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];
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

function reportError(error: unknown, io: CliIo): number {
  // Commander has said what is wrong, or shown the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  const { red } = createPaint(io.hasColour);
  if (error instanceof AppError) {
    // Messages quote what stood in a file or came from a server.
    io.err(red(error.message.split('\n').map(toVisible).join('\n')));
    return EXIT_CODES[error.code];
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  io.err(red(`Something went wrong inside TinyBase: ${message}`));
  if (io.env.TINYBASE_DEBUG && stack !== undefined) io.err(stack);
  else io.err('With TINYBASE_DEBUG=1 it says where.');
  return EXIT_FAILED;
}
