import { addExamples, type DefineCommand } from '../define-command.ts';
import type { ExtensionUpdateRow } from '../extension-types.ts';
import { type CliIo, createPaint, formatTable, toVisible } from '../output.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { whileRunning } from '../while-running.ts';
import { withServices } from '../with-app.ts';

interface CheckOptions extends ProjectOptions {
  readonly json?: true;
}

export const defineExtensionsCheckUpdates: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(command.option('--json', 'print JSON'));
  command.action(async (options: CheckOptions) => {
    const { config, dir } = openProject(io, options);
    await withServices(
      opener,
      { config, dir, logger: createQuietLogger(io), ifMissing: 'imagined' },
      async (app) => {
        const rows = await whileRunning(io, 'not all were asked', (signal) => {
          io.status('Asking');
          return app.services.extensions.checkUpdates(signal);
        });
        if (options.json) io.out(JSON.stringify(rows, null, 2));
        else print(rows, io);
      },
    );
  });
  addExamples(command, [
    ['tinybase extensions check-updates', 'asks where each was installed from'],
    ['tinybase extensions check-updates --json', 'for programs'],
  ]);
};

function print(rows: readonly ExtensionUpdateRow[], io: CliIo): void {
  const { bold, green } = createPaint(io.hasColour);
  if (rows.length === 0) {
    io.out('No extensions yet.');
    return;
  }
  const cells = rows.map((row) => [
    toVisible(row.name),
    row.version ?? '',
    row.status === 'update' ? green(row.latest) : '',
    describe(row),
  ]);
  io.out(formatTable([['NAME', 'VERSION', 'NEWER', ''].map(bold), ...cells]));
}

function describe(row: ExtensionUpdateRow): string {
  switch (row.status) {
    case 'update':
      return `tinybase extensions install ${toVisible(row.from)}`;
    case 'current':
      return 'up to date';
    case 'unknown':
      return `cannot be told: ${toVisible(row.reason)}`;
    default:
      return row satisfies never;
  }
}
