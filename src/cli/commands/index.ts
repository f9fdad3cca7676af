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
    path: ['admin', 'add'],
    summary: 'Make an admin, or promote an account',
    load: async () => (await import('./admin-add.ts')).defineAdminAdd,
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
    path: ['version'],
    summary: 'Print the versions of TinyBase, Bun and SQLite',
    load: async () => (await import('./version.ts')).defineVersion,
  },
];

/** What the list of commands says about each first word that has commands below it. */
export const GROUPS: Readonly<Record<string, string>> = {
  functions: 'Write and list functions',
  admin: 'Admins of this project',
  records: 'Move records in and out of files',
};
