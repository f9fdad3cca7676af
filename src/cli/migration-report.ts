import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationReport, OpenOptions } from './open-app.ts';
import { toVisible } from './output.ts';

/** What can be relied on when Ctrl-C has ended a command. */
export const STOPPED_MIGRATION =
  'What was not done whole is taken back; tinybase db history shows which migrations count.';

/** A migration and what it does, below each other. */
export function formatReport(sign: string, { revision, lines }: MigrationReport): string {
  const shown = lines.length === 0 ? ['nothing to do: the collections are so already'] : lines;
  return [`${sign} ${toVisible(revision)}`, ...shown.map((line) => `    ${toVisible(line)}`)].join(
    '\n',
  );
}

/** `3 migrations`. */
export function countMigrations(count: number): string {
  return `${count} ${count === 1 ? 'migration' : 'migrations'}`;
}

/** For commands that only look: with the files of a checkout alone, all migrations are still to be applied. */
export function ifNothingApplied(dir: string): OpenOptions['ifMissing'] {
  return existsSync(join(dir, 'migrations')) ? 'imagined' : 'refused';
}
