import { Database, type SQLQueryBindings } from 'bun:sqlite';
import { addFunctions } from './sql-functions.ts';
import { stepBack } from './step-back.ts';
import { listen } from './thread.ts';

/** What the server's thread sends here. */
export type ToReader =
  | { readonly kind: 'open'; readonly path: string }
  | {
      readonly kind: 'read';
      readonly sql: string;
      readonly args: readonly SQLQueryBindings[];
    };

/** What comes back: an answer for each read. */
export type FromReader =
  | { readonly rows: readonly unknown[] }
  | { readonly code: string; readonly message: string };

/** How long SQLite may wait by itself here: nobody else stands behind this thread. */
const BUSY_MS = 5_000;

/** Runs in a thread of its own: reads with a connection that cannot write, one statement at a time. */
export function runReader(): void {
  let db: Database | undefined;
  stepBack();
  const send = listen<ToReader, FromReader>((message) => {
    if (message.kind === 'open') {
      db = new Database(message.path, { readonly: true });
      db.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
      db.run('PRAGMA temp_store = MEMORY');
      addFunctions(db);
      return;
    }
    send(read(db, message));
  });
}

function read(
  db: Database | undefined,
  { sql, args }: Extract<ToReader, { kind: 'read' }>,
): FromReader {
  try {
    if (!db) throw new Error('no database was opened');
    const statement = db.prepare(sql);
    try {
      return { rows: statement.all(...args) };
    } finally {
      // An open statement would hold the table when it is dropped.
      statement.finalize();
    }
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string };
    return { code, message };
  }
}
