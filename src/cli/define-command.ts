import type { Command } from 'commander';
import type { AppOpener } from './open-app.ts';
import type { CliIo } from './output.ts';

export interface CliContext {
  readonly io: CliIo;
  readonly opener: AppOpener;
}

/** Gives a command its arguments, options, help and action. */
export type DefineCommand = (command: Command, context: CliContext) => void;

/** Examples below the help, aligned. */
export function addExamples(
  command: Command,
  examples: readonly (readonly [command: string, explanation: string])[],
): void {
  const width = Math.max(...examples.map(([text]) => text.length));
  const lines = examples.map(([text, note]) => `  ${text.padEnd(width)}  ${note}`);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}
