import type { ExtensionError, SettingValues } from '../../features/extensions/schema.ts';
import type { ExtensionStore, StoredExtension } from '../../features/extensions/store.ts';
import type { Connection } from './connection.ts';

interface Row {
  readonly name: string;
  readonly is_enabled: number;
  /** JSON. */
  readonly source: string | null;
  /** JSON. */
  readonly settings: string;
  readonly installed_at: string;
  readonly updated_at: string;
}

const COLUMNS = 'name, is_enabled, source, settings, installed_at, updated_at';

export function createExtensionStore({ db, write }: Connection): ExtensionStore {
  const all = db.query<Row, []>(`SELECT ${COLUMNS} FROM extension ORDER BY name`);
  const byName = db.query<Row, [string]>(`SELECT ${COLUMNS} FROM extension WHERE name = ?`);
  const upsertSource = db.query<unknown, [string, string, string, string]>(
    `INSERT INTO extension (name, is_enabled, source, settings, installed_at, updated_at)
     VALUES (?, 1, ?, '{}', ?, ?)
     ON CONFLICT (name) DO UPDATE SET source = excluded.source, updated_at = excluded.updated_at`,
  );
  const upsertEnabled = db.query<unknown, [string, number, string, string]>(
    `INSERT INTO extension (name, is_enabled, settings, installed_at, updated_at)
     VALUES (?, ?, '{}', ?, ?)
     ON CONFLICT (name) DO UPDATE SET is_enabled = excluded.is_enabled, updated_at = excluded.updated_at`,
  );
  const upsertSettings = db.query<unknown, [string, string, string, string]>(
    `INSERT INTO extension (name, is_enabled, settings, installed_at, updated_at)
     VALUES (?, 1, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET settings = excluded.settings, updated_at = excluded.updated_at`,
  );
  const remove = db.query<unknown, [string]>('DELETE FROM extension WHERE name = ?');
  const removeErrors = db.query<unknown, [string]>(
    'DELETE FROM extension_error WHERE extension_name = ?',
  );
  const addError = db.query<unknown, (string | null)[]>(
    `INSERT INTO extension_error (extension_name, created_at, event, message, stack)
     VALUES (?, ?, ?, ?, ?)`,
  );
  const cutErrors = db.query<unknown, [string, string, number]>(
    `DELETE FROM extension_error WHERE extension_name = ? AND seq <= (
       SELECT seq FROM extension_error WHERE extension_name = ?
       ORDER BY seq DESC LIMIT 1 OFFSET ?)`,
  );
  const errorPage = db.query<ExtensionError, [string, number, number]>(
    `SELECT seq AS id, created_at, event, message, stack FROM extension_error
     WHERE extension_name = ? ORDER BY seq DESC LIMIT ? OFFSET ?`,
  );
  const countOf = db.query<{ n: number }, [string]>(
    'SELECT count(*) AS n FROM extension_error WHERE extension_name = ?',
  );
  const counts = db.query<{ name: string; n: number }, []>(
    'SELECT extension_name AS name, count(*) AS n FROM extension_error GROUP BY extension_name',
  );

  return {
    list: () => all.all().map(toStored),
    find(name) {
      const row = byName.get(name);
      return row === null ? undefined : toStored(row);
    },
    noteInstalled: (name, source, at) =>
      write(() => void upsertSource.run(name, JSON.stringify(source), at, at), { isAtomic: true }),
    setEnabled: (name, isEnabled, at) =>
      write(() => void upsertEnabled.run(name, isEnabled ? 1 : 0, at, at), { isAtomic: true }),
    changeSettings: (name, { set, unset }, maxChars, at) =>
      write(() => {
        const row = byName.get(name);
        const kept = Object.entries(row === null ? {} : parseSettings(row.settings)).filter(
          ([key]) => !unset.includes(key),
        );
        const settings = Object.fromEntries([...kept, ...Object.entries(set)]);
        const text = JSON.stringify(settings);
        if (text.length > maxChars) return undefined;
        upsertSettings.run(name, text, at, at);
        return settings;
      }),
    remove: (name) =>
      write(() => {
        remove.run(name);
        removeErrors.run(name);
      }),
    addErrors: (errors, keep) =>
      write(() => {
        for (const { extension, created_at, event, message, stack } of errors)
          addError.run(extension, created_at, event, message, stack);
        for (const name of new Set(errors.map(({ extension }) => extension)))
          cutErrors.run(name, name, keep);
      }),
    listErrors: (name, { limit, offset }) => ({
      items: errorPage.all(name, limit, offset),
      total: countOf.get(name)?.n ?? 0,
    }),
    countErrors: () => new Map(counts.all().map(({ name, n }) => [name, n])),
  };
}

function toStored(row: Row): StoredExtension {
  return {
    name: row.name,
    isEnabled: row.is_enabled === 1,
    source: row.source === null ? null : JSON.parse(row.source),
    settings: parseSettings(row.settings),
    installedAt: row.installed_at,
    updatedAt: row.updated_at,
  };
}

function parseSettings(json: string): SettingValues {
  return JSON.parse(json);
}
