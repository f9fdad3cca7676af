import { Database } from 'bun:sqlite';
import { openConnection } from '../../src/storage/sqlite/connection.ts';
import { temporaryFolder } from '../features/records/data-app.ts';

/** A connection to a file with a table `t`, and another program that looks into it. */
export function openQueue(folder = temporaryFolder()) {
  const path = folder.file('tinybase.db');
  const groups: number[] = [];
  const connection = openConnection({ path, onCommit: (size) => groups.push(size) });
  const { db } = connection;
  db.run('CREATE TABLE t (n INTEGER UNIQUE)');
  const other = new Database(path);
  other.run('PRAGMA busy_timeout = 0');
  const add = (n: number) => void db.query('INSERT INTO t (n) VALUES (?)').run(n);
  const read = (from: Database) =>
    from
      .query<{ n: number }, []>('SELECT n FROM t ORDER BY rowid')
      .all()
      .map(({ n }) => n);
  let isOpen = true;
  return {
    path,
    connection,
    other,
    groups,
    add,
    /** What another program finds on disk. */
    seen: () => read(other),
    close() {
      if (isOpen) connection.close();
      isOpen = false;
    },
    [Symbol.dispose]() {
      other.close();
      this.close();
      folder[Symbol.dispose]();
    },
  };
}
