import type { Example } from '../command-texts.ts';
import type { DefineCommand } from '../define-command.ts';

export interface CommandEntry {
  /** One word, or a group and a word. */
  readonly path: readonly [string] | readonly [string, string];
  /** What the list of commands says about it. */
  readonly summary: string;
  /** Loaded only when the command is run or its own help is asked for. */
  load(): Promise<DefineCommand>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    path: ['serve'],
    summary: 'Start the server',
    load: async () => (await import('./serve.ts')).defineServe,
  },
  {
    path: ['init'],
    summary: 'Prepare a folder: configuration, functions, database, admin',
    load: async () => (await import('./init.ts')).defineInit,
  },
  {
    path: ['functions', 'new'],
    summary: 'Write a new function from a template',
    load: async () => (await import('./functions-new.ts')).defineFunctionsNew,
  },
  {
    path: ['functions', 'list'],
    summary: 'Show the functions, and files that do not load',
    load: async () => (await import('./functions-list.ts')).defineFunctionsList,
  },
  {
    path: ['functions', 'call'],
    summary: 'Call a function, here or on a server',
    load: async () => (await import('./functions-call.ts')).defineFunctionsCall,
  },
  {
    path: ['functions', 'add'],
    summary: 'Add npm packages that functions can import',
    load: async () => (await import('./functions-add.ts')).defineFunctionsAdd,
  },
  {
    path: ['functions', 'install'],
    summary: 'Install the npm packages of functions/package.json',
    load: async () => (await import('./functions-install.ts')).defineFunctionsInstall,
  },
  {
    path: ['functions', 'deploy'],
    summary: 'Send the functions to a server',
    load: async () => (await import('./functions-deploy.ts')).defineFunctionsDeploy,
  },
  {
    path: ['functions', 'deployments'],
    summary: 'Show the versions that a server keeps',
    load: async () => (await import('./functions-deployments.ts')).defineFunctionsDeployments,
  },
  {
    path: ['functions', 'activate'],
    summary: 'Go back to a version that a server keeps',
    load: async () => (await import('./functions-activate.ts')).defineFunctionsActivate,
  },
  {
    path: ['admin', 'add'],
    summary: 'Make an admin, or promote an account',
    load: async () => (await import('./admin-add.ts')).defineAdminAdd,
  },
  {
    path: ['admin', 'list'],
    summary: 'Show the admins',
    load: async () => (await import('./admin-list.ts')).defineAdminList,
  },
  {
    path: ['admin', 'reset-password'],
    summary: 'Set a new password for an account, or print a link for one',
    load: async () => (await import('./admin-reset-password.ts')).defineAdminResetPassword,
  },
  {
    path: ['admin', 'import-users'],
    summary: 'Make accounts from a file, or from the Python predecessor',
    load: async () => (await import('./admin-import-users.ts')).defineAdminImportUsers,
  },
  {
    path: ['records', 'import'],
    summary: 'Create records from a CSV or NDJSON file, or change them',
    load: async () => (await import('./records-import.ts')).defineRecordsImport,
  },
  {
    path: ['records', 'export'],
    summary: 'Write the records of a collection into a file',
    load: async () => (await import('./records-export.ts')).defineRecordsExport,
  },
  {
    path: ['db', 'backup'],
    summary: 'Copy the database into a file, also while a server runs',
    load: async () => (await import('./db-backup.ts')).defineDbBackup,
  },
  {
    path: ['db', 'restore'],
    summary: 'Put a backup in the place of the database',
    load: async () => (await import('./db-restore.ts')).defineDbRestore,
  },
  {
    path: ['db', 'check'],
    summary: 'Check the database and every record in it',
    load: async () => (await import('./db-check.ts')).defineDbCheck,
  },
  {
    path: ['db', 'import-python'],
    summary: 'Bring accounts, collections and records of the Python TinyBase',
    load: async () => (await import('./db-import-python.ts')).defineDbImportPython,
  },
  {
    path: ['db', 'migrate'],
    summary: 'Write what was changed in the collections into a migration',
    load: async () => (await import('./db-migrate.ts')).defineDbMigrate,
  },
  {
    path: ['db', 'upgrade'],
    summary: 'Apply migrations',
    load: async () => (await import('./db-upgrade.ts')).defineDbUpgrade,
  },
  {
    path: ['db', 'downgrade'],
    summary: 'Take migrations back',
    load: async () => (await import('./db-downgrade.ts')).defineDbDowngrade,
  },
  {
    path: ['db', 'history'],
    summary: 'Show the migrations',
    load: async () => (await import('./db-history.ts')).defineDbHistory,
  },
  {
    path: ['db', 'current'],
    summary: 'Show where this database stands among the migrations',
    load: async () => (await import('./db-current.ts')).defineDbCurrent,
  },
  {
    path: ['config'],
    summary: 'Show every setting and where it comes from',
    load: async () => (await import('./config.ts')).defineConfig,
  },
  {
    path: ['extensions', 'install'],
    summary: 'Install an extension, after showing what it is',
    load: async () => (await import('./extensions-install.ts')).defineExtensionsInstall,
  },
  {
    path: ['extensions', 'uninstall'],
    summary: 'Remove an extension with its settings',
    load: async () => (await import('./extensions-uninstall.ts')).defineExtensionsUninstall,
  },
  {
    path: ['extensions', 'list'],
    summary: 'Show the extensions',
    load: async () => (await import('./extensions-list.ts')).defineExtensionsList,
  },
  {
    path: ['extensions', 'enable'],
    summary: 'Let an extension run',
    load: async () => (await import('./extensions-enable.ts')).defineExtensionsEnable,
  },
  {
    path: ['extensions', 'disable'],
    summary: 'Stop an extension, and keep it',
    load: async () => (await import('./extensions-enable.ts')).defineExtensionsDisable,
  },
  {
    path: ['extensions', 'check-updates'],
    summary: 'Ask for newer versions',
    load: async () => (await import('./extensions-check-updates.ts')).defineExtensionsCheckUpdates,
  },
  {
    path: ['extensions', 'new'],
    summary: 'Write a new extension from a template',
    load: async () => (await import('./extensions-new.ts')).defineExtensionsNew,
  },
  {
    path: ['openapi'],
    summary: 'Print the OpenAPI document of this project',
    load: async () => (await import('./openapi.ts')).defineOpenApi,
  },
  {
    path: ['types'],
    summary: 'Print TypeScript types and a client of this project',
    load: async () => (await import('./types.ts')).defineTypes,
  },
  {
    path: ['doctor'],
    summary: 'Look for what is wrong with this project, and say what to do',
    load: async () => (await import('./doctor.ts')).defineDoctor,
  },
  {
    path: ['completion'],
    summary: 'Print what lets a shell complete commands',
    load: async () => (await import('./completion.ts')).defineCompletion,
  },
  {
    path: ['man'],
    summary: 'Print the manual page',
    load: async () => (await import('./man.ts')).defineMan,
  },
  {
    path: ['health'],
    summary: 'Ask a running server whether it answers',
    load: async () => (await import('./health.ts')).defineHealth,
  },
  {
    path: ['update'],
    summary: 'Bring a newer version of TinyBase, or go back to the one before',
    load: async () => (await import('./update.ts')).defineUpdate,
  },
  {
    path: ['version'],
    summary: 'Print the versions of TinyBase, Bun and SQLite',
    load: async () => (await import('./version.ts')).defineVersion,
  },
];

export interface CommandGroup {
  /** What the list of commands says about it. */
  readonly summary: string;
  readonly examples: readonly Example[];
}

/** The first words that have commands below them. */
export const GROUPS: Readonly<Record<string, CommandGroup>> = {
  functions: {
    summary: 'Write, call, list and deploy functions, and their packages',
    examples: [
      ['tinybase functions new send_invoice', 'write functions/send_invoice.ts'],
      [`tinybase functions call send_invoice '{"name": "Ann"}'`, 'try it here'],
      ['tinybase functions deploy', 'send all of them to a server'],
    ],
  },
  extensions: {
    summary: 'Install, write and manage extensions',
    examples: [
      ['tinybase extensions new hello', 'write one'],
      ['tinybase extensions install ../hello', 'install one, after a question'],
    ],
  },
  admin: {
    summary: 'Admins of this project',
    examples: [
      ['tinybase admin add ann@example.com', 'asks for the password'],
      ['tinybase admin list', 'who may do everything'],
    ],
  },
  records: {
    summary: 'Move records in and out of files',
    examples: [
      ['tinybase records import cities cities.csv', 'all rows, or none when one has a fault'],
      ['tinybase records export cities cities.csv', 'all records, oldest first'],
    ],
  },
  db: {
    summary: 'Migrations, backups and checks of the database',
    examples: [
      ['tinybase db backup monday.db', 'also while a server runs'],
      ['tinybase db migrate -m "posts have a body"', 'write what was changed into a migration'],
    ],
  },
};
