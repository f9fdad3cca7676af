import { AppError } from '../../core/errors.ts';
import { findEmailFault } from '../../lib/email.ts';
import { readPassword, requireEmail } from '../ask-password.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import {
  addProjectOptions,
  createQuietLogger,
  openProject,
  type ProjectOptions,
} from '../settings.ts';
import { suggestingNames } from '../suggest-name.ts';
import { withServices } from '../with-app.ts';

interface ResetOptions extends ProjectOptions {
  readonly link?: true;
}

export const defineAdminResetPassword: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command
      .argument('<email>', 'e-mail address of the account')
      .argument('[password]', 'password; asked for on a terminal when left out')
      .option('--link', 'change nothing, print a one-time link for a new password (1 hour)'),
  );
  command.action(async (email: string, given: string | undefined, options: ResetOptions) => {
    requireEmail(findEmailFault(email));
    if (options.link && given !== undefined)
      throw new AppError('invalid_input', 'Give a password or --link, not both.');
    const project = openProject(io, options);
    const { config, dir } = project;
    const named = <T>(work: () => Promise<T>) =>
      suggestingNames({ opener, project }, [{ kind: 'account', name: email }], work);
    const password = options.link
      ? undefined
      : await readPassword(io, given, config.auth.password_min_length);
    await withServices(
      opener,
      { config, dir, logger: createQuietLogger(io), ifMissing: 'refused' },
      async (app) => {
        if (password === undefined) {
          const { token, url } = await named(() => app.services.auth.createResetLink(email));
          io.out(url ?? `http://localhost:${config.server.port}/admin/#/reset?token=${token}`);
          io.err('It counts for an hour, once, and ends older ones.');
          if (url === null) io.err('Set server.public_url if the server has another address.');
          return;
        }
        const account = await named(() => app.services.users.setPassword(email, password));
        io.out(`${account.email}: the new password counts, and all sessions have ended.`);
        if (!account.is_active) io.err('The account is disabled: it cannot sign in all the same.');
      },
    );
  });
  addExamples(command, [
    ['tinybase admin reset-password ann@example.com', 'asks for the password'],
    ['tinybase admin reset-password ann@example.com --link', 'prints a link for her to set it'],
    [
      "tinybase admin reset-password ann@example.com 'a long password'",
      'for scripts; stays in the history',
    ],
  ]);
};
