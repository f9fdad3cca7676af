/** The files of migrations/ that this database has seen, in order, and what was renamed since the last. */
export const collectionMigrations = `
CREATE TABLE collection_migration (
  seq INTEGER PRIMARY KEY,
  revision TEXT NOT NULL UNIQUE,
  checksum TEXT NOT NULL,
  applied_at TEXT NOT NULL
) STRICT;

CREATE TABLE collection_rename (
  seq INTEGER PRIMARY KEY,
  collection_id TEXT NOT NULL,
  was TEXT NOT NULL,
  name TEXT NOT NULL,
  fields TEXT NOT NULL
) STRICT;
`;
