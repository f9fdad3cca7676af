import { Database, type SQLQueryBindings } from 'bun:sqlite';

/** What the server's thread sends here. */
export type ToReader =
  | { readonly kind: 'open'; readonly path: string }
  | {
      readonly kind: 'read';
      readonly id: number;
      readonly sql: string;
      readonly args: readonly SQLQueryBindings[];
    };

/** What comes back: that it listens, once, then an answer for each read. */
export type FromReader =
  | { readonly isReady: true }
  | { readonly id: number; readonly rows: readonly unknown[] }
  | { readonly id: number; readonly code: string; readonly message: string };

/** How long SQLite may wait by itself here: nobody else stands behind this thread. */
const BUSY_MS = 5_000;

/** Runs in a thread of its own: reads with a connection that cannot write, one statement at a time. */
export function runReader(): void {
  const scope = globalThis as unknown as Worker;
  let db: Database | undefined;
  scope.onmessage = ({ data }: MessageEvent<ToReader>) => {
    if (data.kind === 'open') {
      db = new Database(data.path, { readonly: true });
      db.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
      db.run('PRAGMA temp_store = MEMORY');
      return;
    }
    scope.postMessage(read(db, data));
  };
  // What is sent to a thread before it listens is lost.
  scope.postMessage({ isReady: true } satisfies FromReader);
}

function read(
  db: Database | undefined,
  { id, sql, args }: Extract<ToReader, { kind: 'read' }>,
): FromReader {
  try {
    if (!db) throw new Error('no database was opened');
    const statement = db.prepare(sql);
    try {
      return { id, rows: statement.all(...args) };
    } finally {
      // An open statement would hold the table when it is dropped.
      statement.finalize();
    }
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string };
    return { id, code, message };
  }
}
