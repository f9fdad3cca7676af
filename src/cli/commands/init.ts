import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CONFIG_FILE, type Config, databasePath } from '../../core/config.ts';
import { renderConfigToml } from '../../core/config-toml.ts';
import { AppError } from '../../core/errors.ts';
import { findEmailFault } from '../../lib/email.ts';
import { findPasswordFault, requireEmail } from '../ask-password.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { prepareFunctionsFolder } from '../functions-folder.ts';
import { writeNewFile } from '../new-files.ts';
import type { CliServices } from '../open-app.ts';
import { type CliIo, createPaint, showPath } from '../output.ts';
import { createQuietLogger, makeFolder, openProject } from '../settings.ts';
import { GITIGNORE } from '../template-files.js';
import { withServices } from '../with-app.ts';

interface InitOptions {
  readonly adminEmail?: string;
  readonly adminPassword?: string;
  readonly yes?: true;
  readonly envFile?: string;
}

interface Credentials {
  readonly email: string;
  readonly password: string;
}

export const defineInit: DefineCommand = (command, { io, opener }) => {
  command
    .argument('[dir]', 'folder to prepare', '.')
    .option('--admin-email <email>', 'the first admin (or TINYBASE_ADMIN_EMAIL)')
    .option('--admin-password <password>', 'and the password (or TINYBASE_ADMIN_PASSWORD)')
    .option('-y, --yes', 'ask nothing')
    .option('--env-file <file>', 'read variables from this file; the environment wins over it')
    .action(async (given: string, options: InitOptions) => {
      const { config, dir } = openProject(io, { ...options, dir: given });
      // Before anything is written: a mistake leaves nothing behind.
      const admin = readCredentials(options, io, config);
      makeFolder(dir);
      const files = new FileReport(io);
      files.add(join(dir, CONFIG_FILE), renderConfigToml(), 0o600);
      const functions = prepareFunctionsFolder(resolve(dir, config.functions.path), {
        withExample: true,
      });
      for (const path of functions.made) files.say('made', path);
      for (const path of functions.left) files.say('left', path);
      files.add(join(dir, '.gitignore'), GITIGNORE);

      const database = databasePath(config, dir);
      const wasThere = database === ':memory:' || existsSync(database);
      await withServices(
        opener,
        { config, dir, logger: createQuietLogger(io), ifMissing: 'made' },
        async (app) => {
          if (database !== ':memory:') files.say(wasThere ? 'left' : 'made', database);
          await addFirstAdmin(app, admin, options, config, io);
        },
      );
      const place = showPath(io.cwd, dir);
      io.out(`\nNext: tinybase serve${place === '.' ? '' : ` --dir ${place}`}`);
    });
  addExamples(command, [
    ['tinybase init', 'prepare the current folder'],
    ['tinybase init shop --admin-email ann@example.com', 'asks for the password'],
    ['tinybase init --yes', 'ask nothing; serve prints a link to make the first admin'],
  ]);
};

/** Says of each file whether it was made or left as it was. */
class FileReport {
  readonly #io: CliIo;

  constructor(io: CliIo) {
    this.#io = io;
  }

  add(path: string, text: string, mode?: number): void {
    this.say(writeNewFile(path, text, mode) ? 'made' : 'left', path);
  }

  say(what: 'made' | 'left', path: string): void {
    const { dim, green } = createPaint(this.#io.hasColour);
    const word = what === 'made' ? green('made') : dim('left');
    const note = what === 'left' ? dim(' (was there)') : '';
    this.#io.out(`${word}  ${showPath(this.#io.cwd, path)}${note}`);
  }
}

/** From flags, then from the environment; a password that is missing may still be asked for. */
function readCredentials(
  options: InitOptions,
  io: CliIo,
  config: Config,
): Partial<Credentials> | undefined {
  const email = options.adminEmail ?? (io.env.TINYBASE_ADMIN_EMAIL || undefined);
  const password = options.adminPassword ?? (io.env.TINYBASE_ADMIN_PASSWORD || undefined);
  if (email !== undefined) requireEmail(findEmailFault(email));
  if (password !== undefined) {
    const fault = findPasswordFault(password, config.auth.password_min_length);
    if (fault !== undefined) throw new AppError('invalid_input', fault);
    if (email === undefined)
      throw new AppError(
        'invalid_input',
        'There is a password for the admin and no e-mail address: give --admin-email too.',
      );
  } else if (email !== undefined && (options.yes || !io.isTerminal)) {
    throw new AppError(
      'invalid_input',
      'There is an e-mail address for the admin and no password: give --admin-password or TINYBASE_ADMIN_PASSWORD.',
    );
  }
  return email === undefined
    ? undefined
    : { email, ...(password === undefined ? {} : { password }) };
}

async function addFirstAdmin(
  app: CliServices,
  given: Partial<Credentials> | undefined,
  options: InitOptions,
  config: Config,
  io: CliIo,
): Promise<void> {
  const { users } = app.services;
  if (await users.hasAdmin()) {
    io.out('The database has an admin; none was added.');
    return;
  }
  const mayAsk = io.isTerminal && !options.yes;
  const email =
    given?.email ??
    (mayAsk
      ? await io.ask({
          message: 'E-mail address of the first admin (empty: later, in the browser)',
          findFault: (answer) => (answer === '' ? undefined : findEmailFault(answer)),
        })
      : '');
  if (email === '') {
    io.out('No admin yet: tinybase serve prints a link to make the first.');
    return;
  }
  const password =
    given?.password ??
    (await io.ask({
      message: `Password for ${email}`,
      isSecret: true,
      findFault: (answer) => findPasswordFault(answer, config.auth.password_min_length),
    }));
  const admin = await users.addAdmin(email, password);
  io.out(`${admin.email} is an admin now.`);
}
