/** Installed extensions, what admins set for them, and what went wrong in them. */
export const extensions = `
CREATE TABLE extension (
  name TEXT PRIMARY KEY,
  is_enabled INTEGER NOT NULL,
  source TEXT,
  settings TEXT NOT NULL,
  installed_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE extension_error (
  seq INTEGER PRIMARY KEY,
  extension_name TEXT NOT NULL,
  created_at TEXT NOT NULL,
  event TEXT,
  message TEXT NOT NULL,
  stack TEXT
) STRICT;
CREATE INDEX extension_error_name ON extension_error (extension_name, seq);
`;
