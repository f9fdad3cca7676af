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
    path: ['version'],
    summary: 'Print the versions of TinyBase, Bun and SQLite',
    load: async () => (await import('./version.ts')).defineVersion,
  },
];

/** What the list of commands says about each first word that has commands below it. */
export const GROUPS: Readonly<Record<string, string>> = {
  functions: 'Write, call, list and deploy functions, and their packages',
  admin: 'Admins of this project',
  records: 'Move records in and out of files',
};
