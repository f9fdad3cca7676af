/**
 * What admins set while the server runs: one JSON value per key. Whoever writes by hand is refused what
 * is no JSON, so that reading never fails.
 */
export const settings = `
CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (json_valid(value)),
  updated_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;
