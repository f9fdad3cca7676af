import type { BackupStore, StoredBackup } from '../../features/backups/store.ts';
import type { Connection } from './connection.ts';

const SHOWN =
  'id, status, trigger_type, location, size_bytes, sha256, error, created_at, finished_at, checked_at, check_result';

export function createBackupStore({ db, write }: Connection): BackupStore {
  const insert = db.query<unknown, string[]>(
    "INSERT INTO backup (id, status, trigger_type, location, created_at) VALUES (?, 'running', ?, ?, ?)",
  );
  const finish = db.query<unknown, (string | number)[]>(
    "UPDATE backup SET status = 'done', size_bytes = ?, sha256 = ?, finished_at = ? WHERE id = ?",
  );
  const fail = db.query<unknown, string[]>(
    "UPDATE backup SET status = 'failed', error = ?, finished_at = ? WHERE id = ?",
  );
  const note = db.query<unknown, string[]>(
    'UPDATE backup SET checked_at = ?, check_result = ? WHERE id = ?',
  );
  const remove = db.query<unknown, [string]>('DELETE FROM backup WHERE id = ?');
  const byId = db.query<StoredBackup, [string]>(`SELECT ${SHOWN} FROM backup WHERE id = ?`);
  const page = db.query<StoredBackup, [number, number]>(
    `SELECT ${SHOWN} FROM backup ORDER BY seq DESC LIMIT ? OFFSET ?`,
  );
  const count = db.query<{ n: number }, []>('SELECT count(*) AS n FROM backup');
  const running = db.query<StoredBackup, []>(
    `SELECT ${SHOWN} FROM backup WHERE status = 'running' ORDER BY seq`,
  );
  const lastScheduled = db.query<StoredBackup, []>(
    `SELECT ${SHOWN} FROM backup WHERE trigger_type = 'schedule' ORDER BY seq DESC LIMIT 1`,
  );
  const outdated = db.query<StoredBackup, [number]>(
    `SELECT ${SHOWN} FROM backup WHERE trigger_type = 'schedule' AND status = 'done'
     ORDER BY seq DESC LIMIT -1 OFFSET ?`,
  );
  const pruneFailed = db.query<unknown, [number]>(
    `DELETE FROM backup WHERE seq IN (
       SELECT seq FROM backup WHERE trigger_type = 'schedule' AND status = 'failed'
       ORDER BY seq DESC LIMIT -1 OFFSET ?)`,
  );
  const once = <T>(job: () => T) => write(job, { isAtomic: true });

  return {
    begin: ({ id, trigger_type, location, created_at }) =>
      once(() => void insert.run(id, trigger_type, location, created_at)),
    finish: (id, { size_bytes, sha256, finished_at }) =>
      once(() => void finish.run(size_bytes, sha256, finished_at, id)),
    fail: (id, { error, finished_at }) => once(() => void fail.run(error, finished_at, id)),
    noteCheck: (id, { checked_at, check_result }) =>
      once(() => note.run(checked_at, check_result, id).changes > 0),
    remove: (id) => once(() => void remove.run(id)),
    find: (id) => byId.get(id) ?? undefined,
    list: ({ limit, offset }) => ({ items: page.all(limit, offset), total: count.get()?.n ?? 0 }),
    listRunning: () => running.all(),
    findLastScheduled: () => lastScheduled.get() ?? undefined,
    listOutdated: (keep) => outdated.all(keep),
    pruneFailed: (keep) => once(() => void pruneFailed.run(keep)),
  };
}
