import { findEmailFault } from '../../lib/email.ts';
import { readPassword, requireEmail } from '../ask-password.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { withServices } from '../with-app.ts';

export const defineAdminAdd: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command
      .argument('<email>', 'e-mail address of the admin')
      .argument('[password]', 'password; asked for on a terminal when left out'),
  );
  command.action(async (email: string, given: string | undefined, options: ProjectOptions) => {
    requireEmail(findEmailFault(email));
    const { config, dir } = openProject(io, options);
    const password = await readPassword(io, given, config.auth.password_min_length);
    await withServices(
      opener,
      { config, dir, logger: createQuietLogger(io), ifMissing: 'made' },
      async (app) => {
        const admin = await app.services.users.addAdmin(email, password);
        io.out(
          admin.wasPromoted
            ? `${admin.email} had an account and is an admin now; the new password counts.`
            : admin.wasCreated
              ? `${admin.email} is an admin now.`
              : `${admin.email} was an admin already; the new password counts.`,
        );
      },
    );
  });
  addExamples(command, [
    ['tinybase admin add ann@example.com', 'asks for the password'],
    ["tinybase admin add ann@example.com 'a long password'", 'for scripts; stays in the history'],
  ]);
};
