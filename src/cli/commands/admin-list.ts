import { addExamples, type DefineCommand } from '../define-command.ts';
import { createPaint, formatTable, toVisible } from '../output.ts';
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

export const defineAdminList: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(command.option('--json', 'print JSON'));
  command.action(async (options: ListOptions) => {
    const { config, dir } = openProject(io, options);
    await withServices(
      opener,
      { config, dir, logger: createQuietLogger(io), ifMissing: 'refused' },
      async (app) => {
        const admins = await app.services.users.listAdmins();
        if (options.json) {
          const shown = admins.map(({ id, email, is_active, created_at }) => ({
            id,
            email,
            is_active,
            created_at,
          }));
          io.out(JSON.stringify(shown, null, 2));
        } else if (admins.length === 0) io.out('There is no admin yet: tinybase admin add EMAIL');
        else {
          const { bold, yellow } = createPaint(io.hasColour);
          const rows = admins.map(({ id, email, is_active, created_at }) => [
            toVisible(email),
            created_at,
            id,
            is_active ? '' : yellow('disabled'),
          ]);
          io.out(formatTable([['EMAIL', 'MADE', 'ID', ''].map(bold), ...rows]));
        }
      },
    );
  });
  addExamples(command, [
    ['tinybase admin list', 'who may do everything'],
    ['tinybase admin list --json', 'for programs'],
  ]);
};
