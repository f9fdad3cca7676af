import { AppError } from '../../core/errors.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { describeSource } from '../extension-texts.ts';
import type { ExtensionRow } from '../extension-types.ts';
import { type CliIo, createPaint, formatTable, toVisible } from '../output.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { withServices } from '../with-app.ts';

interface ListOptions extends ProjectOptions {
  readonly json?: true;
}

export const defineExtensionsList: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(command.option('--json', 'print JSON'));
  command.action(async (options: ListOptions) => {
    const { config, dir } = openProject(io, options);
    await withServices(
      opener,
      { config, dir, logger: createQuietLogger(io), ifMissing: 'imagined' },
      async (app) => {
        const rows = await app.services.extensions.list();
        const isOn = config.extensions.enabled;
        if (options.json) io.out(JSON.stringify(rows.map(toJson), null, 2));
        else print(rows, isOn, io);
        const { length } = rows.filter(({ state }) => state === 'broken');
        if (length > 0)
          throw new AppError('conflict', `${length} ${length === 1 ? 'is' : 'are'} broken.`);
      },
    );
  });
  addExamples(command, [
    ['tinybase extensions list', 'as a table'],
    ['tinybase extensions list --json', 'for programs'],
  ]);
};

/** How it fares, only the server knows: this process runs none of them. */
function toJson(row: ExtensionRow) {
  const { name, version, description, author, license, is_enabled, source, error_count } = row;
  const { error, installed_at, updated_at } = row;
  return {
    name,
    version,
    description,
    author,
    license,
    is_enabled,
    error,
    source,
    error_count,
    installed_at,
    updated_at,
  };
}

function print(rows: readonly ExtensionRow[], isOn: boolean, io: CliIo): void {
  const { bold, red, yellow } = createPaint(io.hasColour);
  if (rows.length === 0) {
    io.out('No extensions yet. Install one with: tinybase extensions install URL|PATH');
    return;
  }
  const cells = rows.map((row) => [
    toVisible(row.name),
    row.version ?? '',
    row.state === 'broken' ? red('broken') : row.is_enabled ? 'enabled' : yellow('disabled'),
    row.error_count === 0 ? '' : String(row.error_count),
    row.source === null ? 'by hand' : toVisible(describeSource(row.source)),
    toVisible(row.description ?? ''),
  ]);
  const head = ['NAME', 'VERSION', 'STATE', 'ERRORS', 'FROM', 'DESCRIPTION'].map(bold);
  io.out(formatTable([head, ...cells]));
  if (!isOn) io.out(yellow('None of them runs: extensions.enabled is false.'));
  for (const { name, state, error } of rows)
    if (state === 'broken' && error !== null) {
      io.err(red(`\n${toVisible(name)} is broken:`));
      for (const line of error.split('\n')) io.err(`  ${toVisible(line)}`);
    }
}
