import { addExamples, type DefineCommand } from '../define-command.ts';
import { VERSION } from '../version.ts';

export const defineVersion: DefineCommand = (command, { io }) => {
  command.option('--json', 'print JSON').action(async ({ json }: { json?: true }) => {
    const versions = { tinybase: VERSION, bun: Bun.version, sqlite: await readSqliteVersion() };
    io.out(
      json
        ? JSON.stringify(versions, null, 2)
        : `TinyBase ${versions.tinybase}\nBun ${versions.bun}\nSQLite ${versions.sqlite}`,
    );
  });
  addExamples(command, [['tinybase version', 'all three versions']]);
};

async function readSqliteVersion(): Promise<string> {
  const { Database } = await import('bun:sqlite');
  const db = new Database(':memory:');
  try {
    return (db.query('SELECT sqlite_version() AS version').get() as { version: string }).version;
  } finally {
    db.close();
  }
}
