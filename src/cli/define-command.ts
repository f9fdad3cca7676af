import type { Command } from 'commander';
import { type Example, textsOf } from './command-texts.ts';
import type { CommandNode } from './command-tree.ts';
import type { AppOpener } from './open-app.ts';
import type { CliIo } from './output.ts';

export interface CliContext {
  readonly io: CliIo;
  readonly opener: AppOpener;
  /** All commands as data; with a word, only those that begin with it are whole. */
  readTree(word?: string): Promise<CommandNode>;
}

/** Gives a command its arguments, options, help and action. */
export type DefineCommand = (command: Command, context: CliContext) => void;

/** Examples below the help, aligned. */
export function addExamples(command: Command, examples: readonly Example[]): void {
  textsOf(command).examples.push(...examples);
  const width = Math.max(...examples.map(([text]) => text.length));
  const lines = examples.map(([text, note]) => `  ${text.padEnd(width)}  ${note}`);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** Sentences below the help, broken into lines by whoever writes them. */
export function addNotes(command: Command, notes: string): void {
  textsOf(command).notes.push(notes);
  command.addHelpText('after', `\n${notes}`);
}
