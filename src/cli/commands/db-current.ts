import { addExamples, type DefineCommand } from '../define-command.ts';
import { countMigrations, ifNothingApplied } from '../migration-report.ts';
import { toVisible } from '../output.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { withServices } from '../with-app.ts';

interface CurrentOptions extends ProjectOptions {
  readonly json?: true;
}

export const defineDbCurrent: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(command.option('--json', 'print JSON'));
  command.action(async (options: CurrentOptions) => {
    const { config, dir } = openProject(io, options);
    await withServices(
      opener,
      { config, dir, logger: createQuietLogger(io), ifMissing: ifNothingApplied(dir) },
      async (app) => {
        const { applied, pending, missing, drift } = app.services.migrations.status();
        const revision = applied.at(-1)?.revision ?? null;
        if (options.json) {
          io.out(
            JSON.stringify(
              {
                revision,
                pending: pending.map((one) => one.revision),
                missing,
                drift: drift ?? null,
              },
              null,
              2,
            ),
          );
          return;
        }
        io.out(revision === null ? 'No migration was applied yet.' : toVisible(revision));
        if (pending.length > 0)
          io.out(`${countMigrations(pending.length)} to apply: tinybase db upgrade`);
        if (missing.length > 0)
          io.out(`Applied, and without a file: ${missing.map(toVisible).join(', ')}`);
        if (drift === undefined || drift.length === 0) return;
        io.out('Changed since, without a migration (tinybase db migrate):');
        for (const line of drift) io.out(`    ${toVisible(line)}`);
      },
    );
  });
  addExamples(command, [
    ['tinybase db current', 'the last revision, what is pending, what was changed by hand'],
  ]);
};
