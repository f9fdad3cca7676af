import { tmpdir } from 'node:os';
import { SYSTEM } from '../../../src/core/actor.ts';
import type { AuditEntry } from '../../../src/core/audit.ts';
import {
  createUserImport,
  type UserFile,
  type UserImportOptions,
} from '../../../src/features/users/import/import-users.ts';
import { createUserImports } from '../../../src/storage/sqlite/user-imports.ts';
import { type AuthAppOptions, createAuthApp } from '../auth/auth-app.ts';

/** The app of auth, and accounts brought into it. */
export function createImportApp(options: AuthAppOptions = {}) {
  const app = createAuthApp(options);
  const { connection, writer } = app.data;
  const noted: AuditEntry[] = [];
  let hashed = 0;
  const importer = createUserImport({
    store: createUserImports({ connection, writer }),
    passwords: {
      findFault: app.passwords.findFault,
      hash(password) {
        hashed++;
        return app.passwords.hash(password);
      },
    },
    audit: { note: async (_, entry) => void noted.push(entry) },
    clock: app.clock,
    folder: tmpdir(),
  });
  const run = (file: UserFile, given?: UserImportOptions) =>
    importer.importUsers(SYSTEM, file, given);

  return {
    ...app,
    importer,
    noted,
    hashed: () => hashed,
    run,
    csv: (text: string, given?: UserImportOptions) => run(fileOf('csv', text), given),
    ndjson: (rows: readonly object[], given?: UserImportOptions) =>
      run(fileOf('ndjson', rows.map((row) => JSON.stringify(row)).join('\n')), given),
    database: (path: string, given?: UserImportOptions) =>
      run({ name: 'old.db', path, chunks: () => bytesOf('') }, given),
    emails: () =>
      app.db
        .query<{ email: string }, []>('SELECT email FROM user ORDER BY email')
        .all()
        .map(({ email }) => email),
    row: (email: string) =>
      app.db
        .query<Record<string, unknown>, [string]>('SELECT * FROM user WHERE email = ?')
        .get(email),
  };
}
export type ImportApp = ReturnType<typeof createImportApp>;

function fileOf(format: 'csv' | 'ndjson', text: string): UserFile {
  return { name: `people.${format}`, format, chunks: () => bytesOf(text) };
}

/** In small pieces, as a pipe may bring them. */
async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += 999) yield bytes.subarray(from, from + 999);
}
