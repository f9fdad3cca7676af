export async function readSqliteVersion(): Promise<string> {
  const { Database } = await import('bun:sqlite');
  const db = new Database(':memory:');
  try {
    return (db.query('SELECT sqlite_version() AS version').get() as { version: string }).version;
  } finally {
    db.close();
  }
}
