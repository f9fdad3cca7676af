import { addExamples, addNotes, type DefineCommand } from '../define-command.ts';
import { ifNothingApplied } from '../migration-report.ts';
import { createPaint, formatTable, toVisible } from '../output.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { withServices } from '../with-app.ts';

interface HistoryOptions extends ProjectOptions {
  readonly json?: true;
}

export const defineDbHistory: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(command.option('--json', 'print JSON'));
  command.action(async (options: HistoryOptions) => {
    const { config, dir } = openProject(io, options);
    await withServices(
      opener,
      { config, dir, logger: createQuietLogger(io), ifMissing: ifNothingApplied(dir) },
      async (app) => {
        const { applied, pending, missing, edited, appliedAt } = app.services.migrations.status();
        const rows = [
          ...applied.map(({ revision, message }) => ({
            revision,
            message,
            state: edited.includes(revision) ? 'edited' : 'applied',
          })),
          ...missing.map((revision) => ({ revision, message: '', state: 'missing' })),
          ...pending.map(({ revision, message }) => ({ revision, message, state: 'pending' })),
        ].map((row) => ({ ...row, applied_at: appliedAt.get(row.revision) ?? null }));
        if (options.json) io.out(JSON.stringify(rows, null, 2));
        else if (rows.length === 0) io.out('There are no migrations yet: tinybase db migrate');
        else {
          const { bold, yellow } = createPaint(io.hasColour);
          const lines = rows.map(({ revision, state, applied_at, message }) => [
            toVisible(revision),
            state === 'applied' ? state : yellow(state),
            applied_at ?? '',
            toVisible(message),
          ]);
          io.out(formatTable([['REVISION', 'STATE', 'APPLIED', 'MESSAGE'].map(bold), ...lines]));
        }
      },
    );
  });
  addNotes(
    command,
    'edited: the file is not what was applied. missing: it was applied, and the file is gone.',
  );
  addExamples(command, [['tinybase db history', 'which migrations this database has seen']]);
};
