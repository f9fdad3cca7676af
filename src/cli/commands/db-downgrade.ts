import { requireConsent } from '../consent.ts';
import { addExamples, addNotes, type DefineCommand } from '../define-command.ts';
import { countMigrations, formatReport, STOPPED_MIGRATION } from '../migration-report.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { suggestingNames } from '../suggest-name.ts';
import { withStoppableServices } from '../with-app.ts';

interface DowngradeOptions extends ProjectOptions {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

export const defineDbDowngrade: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command
      .argument('[revision]', 'the last one that stays, or base (default: take back the last one)')
      .option('--dry-run', 'change nothing, but say what would happen to the records')
      .option('-y, --yes', 'do not ask')
      .option('--json', 'print JSON'),
  );
  addNotes(command, 'What a migration added goes with all its values. Stop the server first.');
  command.action(async (to: string | undefined, options: DowngradeOptions) => {
    const project = openProject(io, options);
    const { config, dir } = project;
    await withStoppableServices(
      opener,
      { config, dir, logger: createQuietLogger(io), ifMissing: 'refused' },
      { io, outcome: STOPPED_MIGRATION },
      async (app) => {
        const { migrations } = app.services;
        const show = (text: string) => {
          if (!options.json) io.out(text);
        };
        const planned = await suggestingNames(
          { opener, project },
          [{ kind: 'revision', name: to }],
          () => migrations.downgrade({ to, isDryRun: true }),
        );
        if (planned.length === 0) {
          if (options.json) io.out('[]');
          else io.out('There is nothing to take back.');
          return;
        }
        for (const report of planned) show(formatReport('-', report));
        if (options.dryRun) {
          if (options.json) io.out(JSON.stringify(planned, null, 2));
          else
            io.out(`Nothing was changed. ${countMigrations(planned.length)} would be taken back.`);
          return;
        }
        await requireConsent(io, {
          isGiven: options.yes ?? false,
          question: `Take back ${countMigrations(planned.length)}?`,
        });
        const done = await migrations.downgrade({ to, isDryRun: false });
        if (options.json) io.out(JSON.stringify(done, null, 2));
        else io.out(`Took back ${countMigrations(done.length)}.`);
      },
    );
  });
  addExamples(command, [
    ['tinybase db downgrade', 'take back the last migration'],
    ['tinybase db downgrade base --dry-run', 'what taking back all of them would do'],
    ['tinybase db downgrade 20260102030405_add_body -y', 'all after this one, unasked'],
  ]);
};
