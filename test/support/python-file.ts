import { Database } from 'bun:sqlite';

/** Tables as SQLModel makes them of the predecessor's models (seeds/001, section 4, and its later versions). */
const TABLES = `
CREATE TABLE user (
  id CHAR(32) NOT NULL, email VARCHAR(255) NOT NULL, password_hash VARCHAR(255) NOT NULL,
  is_admin BOOLEAN NOT NULL, created_at DATETIME NOT NULL, updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_user_email ON user (email);
CREATE TABLE auth_token (
  id CHAR(32) NOT NULL, user_id CHAR(32), token VARCHAR(255) NOT NULL, created_at DATETIME NOT NULL,
  expires_at DATETIME, scope VARCHAR(50), PRIMARY KEY (id), FOREIGN KEY(user_id) REFERENCES user (id)
);
CREATE TABLE application_token (
  id CHAR(32) NOT NULL, name VARCHAR(200) NOT NULL, token VARCHAR(255) NOT NULL,
  created_at DATETIME NOT NULL, is_active BOOLEAN NOT NULL, PRIMARY KEY (id)
);
CREATE TABLE collection (
  id CHAR(32) NOT NULL, name VARCHAR(100) NOT NULL, label VARCHAR(200) NOT NULL, schema JSON,
  options JSON, created_at DATETIME NOT NULL, updated_at DATETIME NOT NULL, PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_collection_name ON collection (name);
CREATE TABLE record (
  id CHAR(32) NOT NULL, collection_id CHAR(32) NOT NULL, owner_id CHAR(32), data JSON,
  created_at DATETIME, updated_at DATETIME, PRIMARY KEY (id),
  FOREIGN KEY(collection_id) REFERENCES collection (id), FOREIGN KEY(owner_id) REFERENCES user (id)
);
CREATE INDEX ix_record_collection_id ON record (collection_id);
CREATE TABLE function_call (
  id CHAR(32) NOT NULL, function_name VARCHAR(100) NOT NULL, status VARCHAR(9) NOT NULL,
  trigger_type VARCHAR(8) NOT NULL, trigger_id CHAR(32), requested_by_user_id CHAR(32),
  started_at DATETIME, finished_at DATETIME, duration_ms INTEGER, error_message VARCHAR,
  error_type VARCHAR(200), created_at DATETIME NOT NULL, PRIMARY KEY (id)
);
CREATE TABLE function_schedule (
  id CHAR(32) NOT NULL, name VARCHAR(200) NOT NULL, function_name VARCHAR(100) NOT NULL,
  schedule JSON, input_data JSON, is_active BOOLEAN NOT NULL, last_run_at DATETIME,
  next_run_at DATETIME, created_by_user_id CHAR(32), created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL, PRIMARY KEY (id)
);
CREATE TABLE instance_settings (
  id INTEGER NOT NULL, instance_name VARCHAR(100) NOT NULL, allow_public_registration BOOLEAN NOT NULL,
  auth_portal_enabled BOOLEAN NOT NULL, server_timezone VARCHAR(50) NOT NULL,
  storage_enabled BOOLEAN NOT NULL, updated_at DATETIME NOT NULL, PRIMARY KEY (id)
);
CREATE TABLE extension (
  id CHAR(32) NOT NULL, name VARCHAR(100) NOT NULL, version VARCHAR(50) NOT NULL,
  repo_url VARCHAR(500) NOT NULL, PRIMARY KEY (id)
);
CREATE TABLE metrics (id CHAR(32) NOT NULL, metric_type VARCHAR(50) NOT NULL, data JSON, PRIMARY KEY (id));
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
`;

/** As SQLAlchemy writes a time. */
export const PYTHON_TIME = '2024-05-06 07:08:09.123456';
/** The same time here. */
export const OUR_TIME = '2024-05-06T07:08:09.123Z';

/** An id as the predecessor stores it; `4` is the version of what it made. */
export function pythonId(n: number): string {
  return `${n.toString(16).padStart(12, '0')}40008${n.toString(16).padStart(15, '0')}`;
}
/** The same id here. */
export function ourId(n: number): string {
  return pythonId(n).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

type Cell = string | number | null;
type Given = Readonly<Record<string, unknown>>;

/** A database file of the predecessor, filled row by row. */
export function openPythonFile(path: string) {
  const db = new Database(path);
  // Nobody minds when a test's file is lost.
  db.run('PRAGMA synchronous = OFF');
  db.run(TABLES);
  const cellOf = (value: unknown): Cell => {
    if (typeof value === 'boolean') return value ? 1 : 0;
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as Cell);
  };
  function insert(table: string, row: Given): string {
    const id = row.id ?? crypto.randomUUID().replaceAll('-', '');
    const whole = { ...row, id };
    const names = Object.keys(whole);
    db.query(`INSERT INTO ${table} (${names.join()}) VALUES (${names.map(() => '?').join()})`).run(
      ...Object.values(whole).map(cellOf),
    );
    return String(id);
  }
  const times = { created_at: PYTHON_TIME, updated_at: PYTHON_TIME };
  return {
    db,
    insert,
    user: (email: string, password_hash: string, more: Given = {}) =>
      insert('user', { email, password_hash, is_admin: 0, ...times, ...more }),
    collection: (name: string, fields: unknown, more: Given = {}) =>
      insert('collection', {
        name,
        label: name,
        schema: { fields },
        options: {},
        ...times,
        ...more,
      }),
    record: (collection_id: string, data: unknown, more: Given = {}) =>
      insert('record', { collection_id, owner_id: null, data, ...times, ...more }),
    schedule: (name: string, schedule: unknown, more: Given = {}) =>
      insert('function_schedule', {
        name,
        function_name: 'nightly',
        schedule,
        input_data: {},
        is_active: 1,
        ...times,
        ...more,
      }),
    settings: (more: Given) =>
      insert('instance_settings', {
        id: 1,
        instance_name: 'TinyBase',
        allow_public_registration: 1,
        auth_portal_enabled: 0,
        server_timezone: 'UTC',
        storage_enabled: 0,
        updated_at: PYTHON_TIME,
        ...more,
      }),
    close: () => db.close(),
  };
}
export type PythonFile = ReturnType<typeof openPythonFile>;
