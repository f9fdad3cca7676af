/** The system tables of the first release. Records live in a table per collection (record-table.ts). */
export const first = `
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  is_admin INTEGER NOT NULL DEFAULT 0,
  is_active INTEGER NOT NULL DEFAULT 1,
  email_verified INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE auth_token (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  name TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('session', 'api')),
  token_hash TEXT NOT NULL UNIQUE,
  scopes TEXT,
  created_at TEXT NOT NULL,
  last_used_at TEXT,
  expires_at TEXT
) STRICT;
CREATE INDEX auth_token_user ON auth_token (user_id);
CREATE INDEX auth_token_expiry ON auth_token (expires_at);

CREATE TABLE one_time_token (
  token_hash TEXT PRIMARY KEY,
  purpose TEXT NOT NULL,
  user_id TEXT REFERENCES user (id) ON DELETE CASCADE,
  expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE collection (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  label TEXT NOT NULL,
  schema TEXT NOT NULL,
  options TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE function_call (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  function_name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'succeeded', 'failed')),
  trigger_type TEXT NOT NULL CHECK (trigger_type IN ('manual', 'schedule')),
  trigger_id TEXT,
  requested_by_user_id TEXT,
  started_at TEXT,
  finished_at TEXT,
  duration_ms INTEGER,
  error_message TEXT,
  error_type TEXT,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX function_call_name ON function_call (function_name, seq);
CREATE INDEX function_call_status ON function_call (status, seq);
CREATE INDEX function_call_started ON function_call (started_at);
`;
