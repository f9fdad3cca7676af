/** Versions of the functions. A folder is noted in deployment_remains for as long as it belongs to none. */
export const deployments = `
CREATE TABLE deployment (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
  message TEXT,
  created_by_user_id TEXT,
  file_count INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  checksum TEXT NOT NULL,
  functions TEXT NOT NULL,
  files TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX deployment_active ON deployment (is_active) WHERE is_active = 1;

CREATE TABLE deployment_remains (
  id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
`;
