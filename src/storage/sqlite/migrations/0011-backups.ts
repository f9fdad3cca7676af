/** Backups that were made, wherever they lie. */
export const backups = `
CREATE TABLE backup (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed')),
  trigger_type TEXT NOT NULL CHECK (trigger_type IN ('manual', 'schedule')),
  location TEXT NOT NULL,
  size_bytes INTEGER,
  sha256 TEXT,
  error TEXT,
  created_at TEXT NOT NULL,
  finished_at TEXT,
  checked_at TEXT,
  check_result TEXT
) STRICT;
`;
