import type { Command } from 'commander';

export type Example = readonly [command: string, explanation: string];

interface CommandTexts {
  readonly examples: Example[];
  readonly notes: string[];
}

/** What stands below the help of each command; commander keeps it as text only. */
const texts = new WeakMap<Command, CommandTexts>();

export function textsOf(command: Command): CommandTexts {
  const known = texts.get(command) ?? { examples: [], notes: [] };
  texts.set(command, known);
  return known;
}
