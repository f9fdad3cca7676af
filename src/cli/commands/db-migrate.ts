import { addExamples, type DefineCommand } from '../define-command.ts';
import { formatReport, STOPPED_MIGRATION } from '../migration-report.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { withStoppableServices } from '../with-app.ts';

interface MigrateOptions extends ProjectOptions {
  readonly message?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

export const defineDbMigrate: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command
      .option('-m, --message <text>', 'what it is about; becomes part of the name of the file')
      .option('--dry-run', 'only show what the migration would hold')
      .option('--json', 'print JSON'),
  );
  command.action(async (options: MigrateOptions) => {
    const { config, dir } = openProject(io, options);
    await withStoppableServices(
      opener,
      { config, dir, logger: createQuietLogger(io), ifMissing: 'refused' },
      { io, outcome: STOPPED_MIGRATION },
      async (app) => {
        const written = await app.services.migrations.write({
          message: options.message ?? '',
          isDryRun: options.dryRun ?? false,
        });
        if (options.json) {
          io.out(JSON.stringify(written ?? null, null, 2));
          return;
        }
        if (!written) {
          io.out('Nothing was changed in the collections since the last migration.');
          return;
        }
        io.out(formatReport('+', written));
        if (written.file === null) io.out('Nothing was written.');
        else io.out(`Written to ${written.file}. Look it over, and commit it with your code.`);
      },
    );
  });
  addExamples(command, [
    ['tinybase db migrate -m "posts have a body"', 'write migrations/…_posts_have_a_body.json'],
    ['tinybase db migrate --dry-run', 'only show what was changed'],
  ]);
};
