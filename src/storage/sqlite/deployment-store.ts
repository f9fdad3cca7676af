import type { Deployment } from '../../features/deployments/schema.ts';
import type { DeploymentStore, StoredDeployment } from '../../features/deployments/store.ts';
import type { Connection } from './connection.ts';

/** What a list shows: the hashes of thousands of files stay where they are. */
const SHOWN =
  'id, message, created_by_user_id, file_count, bytes, checksum, functions, created_at, is_active';

interface ShownRow extends Omit<Deployment, 'is_active' | 'functions'> {
  readonly is_active: number;
  /** JSON. */
  readonly functions: string;
}

interface StoredRow extends ShownRow {
  /** JSON. */
  readonly files: string;
}

export function createDeploymentStore({ db, write }: Connection): DeploymentStore {
  const note = db.query<unknown, [string]>(
    'INSERT INTO deployment_remains (id) VALUES (?) ON CONFLICT DO NOTHING',
  );
  const forget = db.query<unknown, [string]>('DELETE FROM deployment_remains WHERE id = ?');
  const remains = db.query<{ id: string }, []>('SELECT id FROM deployment_remains ORDER BY id');
  const insert = db.query<unknown, (string | number | null)[]>(
    `INSERT INTO deployment (id, is_active, message, created_by_user_id, file_count, bytes, checksum,
       functions, files, created_at) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const deactivate = db.query<unknown, []>(
    'UPDATE deployment SET is_active = 0 WHERE is_active = 1',
  );
  const activate = db.query<unknown, [string]>('UPDATE deployment SET is_active = 1 WHERE id = ?');
  const outdated = db.query<{ id: string }, [number]>(
    'SELECT id FROM deployment WHERE is_active = 0 ORDER BY seq DESC LIMIT -1 OFFSET ?',
  );
  const remove = db.query<unknown, [string]>('DELETE FROM deployment WHERE id = ?');
  const page = db.query<ShownRow, [number, number]>(
    `SELECT ${SHOWN} FROM deployment ORDER BY seq DESC LIMIT ? OFFSET ?`,
  );
  const count = db.query<{ n: number }, []>('SELECT count(*) AS n FROM deployment');
  const byId = db.query<StoredRow, [string]>(`SELECT ${SHOWN}, files FROM deployment WHERE id = ?`);
  const before = db.query<StoredRow, [string]>(
    `SELECT ${SHOWN}, files FROM deployment
     WHERE seq < (SELECT seq FROM deployment WHERE id = ?) ORDER BY seq DESC LIMIT 1`,
  );
  const active = db.query<StoredRow, []>(
    `SELECT ${SHOWN}, files FROM deployment WHERE is_active = 1`,
  );

  return {
    begin: (id) => write(() => void note.run(id), { isAtomic: true }),
    finish: (deployment, keep) =>
      write(() => {
        const { id, message, created_by_user_id, file_count, bytes, checksum } = deployment;
        deactivate.run();
        insert.run(
          id,
          message,
          created_by_user_id,
          file_count,
          bytes,
          checksum,
          JSON.stringify(deployment.functions),
          JSON.stringify(deployment.files),
          deployment.created_at,
        );
        forget.run(id);
        // The new one is the active one and counts as well.
        for (const old of outdated.all(keep - 1)) {
          note.run(old.id);
          remove.run(old.id);
        }
      }),
    activate: (id) =>
      write(() => {
        if (id !== null && byId.get(id) === null) return false;
        deactivate.run();
        if (id !== null) activate.run(id);
        return true;
      }),
    remains: () => remains.all().map(({ id }) => id),
    forget: (id) => write(() => void forget.run(id), { isAtomic: true }),
    list: ({ limit, offset }) => ({
      items: page.all(limit, offset).map(toShown),
      total: count.get()?.n ?? 0,
    }),
    find: (id) => toStored(byId.get(id)),
    findBefore: (id) => toStored(before.get(id)),
    findActive: () => toStored(active.get()),
  };
}

function toShown({ is_active, functions, ...row }: ShownRow): Deployment {
  const names = (JSON.parse(functions) as StoredDeployment['functions']).map(({ name }) => name);
  return { ...row, is_active: is_active === 1, functions: names };
}

function toStored(row: StoredRow | null): StoredDeployment | undefined {
  if (row === null) return undefined;
  const { is_active: _active, functions, files, ...rest } = row;
  return { ...rest, functions: JSON.parse(functions), files: JSON.parse(files) };
}
