/** A row as the file has it: nothing of it is checked. What a table lacks is null. */
export type PythonRow = Readonly<Record<string, unknown>>;

/** Tables that are read as a whole; records are read by their collection. */
export type PythonTable =
  | 'user'
  | 'collection'
  | 'function_schedule'
  | 'function_call'
  | 'instance_settings'
  | 'extension';

/** Tables that are only counted: what they hold cannot be moved. */
export type CountedTable = 'auth_token' | 'application_token' | 'password_reset_token';

/** The database file of the Python predecessor, read only. */
export interface PythonDatabase {
  /** In the order of the file, but calls from the oldest; texts beyond a megabyte come as their length. */
  rows(table: PythonTable): Iterable<PythonRow>;
  /** The records of a collection, the oldest first. */
  records(collectionId: string): Iterable<PythonRow>;
  countRecords(collectionId: string): number;
  /** A record of this collection has this id, in one of the spellings that the predecessor used. */
  hasRecord(collectionId: string, id: string): boolean;
  /** Records whose collection is not there. */
  countOrphans(): number;
  /** Zero where there is no such table. */
  count(table: PythonTable | CountedTable): number;
  /** Tables that nothing is known of. */
  otherTables(): readonly string[];
  close(): void;
}

/** What the import needs from a database. */
export interface PythonDatabases {
  /** Throws a sentence for a file that is none of the predecessor. */
  open(path: string): PythonDatabase;
}

/** Stands in the place of a text that is too long to be read. */
export interface TooLong {
  readonly bytes: number;
}
