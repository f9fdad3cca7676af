import { closeSync, openSync, readSync } from 'node:fs';
import { APPLICATION_ID } from './migrate.ts';

const MAGIC = 'SQLite format 3\0';
/** Offsets of https://sqlite.org/fileformat.html#the_database_header */
const USER_VERSION_OFFSET = 60;
const APPLICATION_ID_OFFSET = 68;
const HEADER_BYTES = 100;

/** What the first bytes of a file say about it. */
export type FileHeader =
  | { readonly kind: 'no_database' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'ours'; readonly schemaVersion: number };

/**
 * Reads the header without SQLite, so that a file of somebody else is not touched. Never of a database
 * that this process has open: POSIX drops all locks of a process on a file when it closes any
 * descriptor of it.
 */
export function readFileHeader(path: string): FileHeader {
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, 'r');
  try {
    const read = readSync(file, header, 0, HEADER_BYTES, 0);
    if (read < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC)
      return { kind: 'no_database' };
  } finally {
    closeSync(file);
  }
  if (header.readUInt32BE(APPLICATION_ID_OFFSET) !== APPLICATION_ID) return { kind: 'foreign' };
  return { kind: 'ours', schemaVersion: header.readUInt32BE(USER_VERSION_OFFSET) };
}
