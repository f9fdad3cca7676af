import { addExamples, type DefineCommand } from '../define-command.ts';
import { countMigrations, formatReport, STOPPED_MIGRATION } from '../migration-report.ts';
import { toVisible } from '../output.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { suggestingNames } from '../suggest-name.ts';
import { withStoppableServices } from '../with-app.ts';

interface UpgradeOptions extends ProjectOptions {
  readonly dryRun?: true;
  readonly json?: true;
}

export const defineDbUpgrade: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command
      .argument('[revision]', 'the last one to apply (default: all)')
      .option('--dry-run', 'change nothing, but say what would happen to the records')
      .option('--json', 'print JSON'),
  );
  command.action(async (to: string | undefined, options: UpgradeOptions) => {
    const project = openProject(io, options);
    const { config, dir } = project;
    const isDryRun = options.dryRun ?? false;
    await withStoppableServices(
      opener,
      { config, dir, logger: createQuietLogger(io), ifMissing: isDryRun ? 'imagined' : 'made' },
      { io, outcome: STOPPED_MIGRATION },
      async (app) => {
        // Each is told when it is done: those before a faulty one stay.
        const reports = await suggestingNames(
          { opener, project },
          [{ kind: 'revision', name: to }],
          () =>
            app.services.migrations.upgrade({ to, isDryRun }, (report) => {
              if (!options.json) io.out(formatReport('+', report));
            }),
        );
        if (options.json) io.out(JSON.stringify(reports, null, 2));
        else if (reports.length === 0)
          io.out(
            to === undefined
              ? 'The collections are up to date.'
              : `Nothing to apply: ${toVisible(to)} was applied before.`,
          );
        else if (isDryRun) {
          for (const report of reports) io.out(formatReport('+', report));
          io.out(`Nothing was changed. ${countMigrations(reports.length)} would be applied.`);
        } else io.out(`Applied ${countMigrations(reports.length)}.`);
      },
    );
  });
  addExamples(command, [
    ['tinybase db upgrade', 'bring the collections up to date'],
    ['tinybase db upgrade --dry-run', 'try it on the real records, and take it back'],
    ['tinybase db upgrade 20260102030405_add_body', 'up to this one'],
  ]);
};
