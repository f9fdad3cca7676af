import { SQLiteError } from 'bun:sqlite';
import { AppError, type ErrorCode } from '../../core/errors.ts';

/** Codes of https://sqlite.org/rescode.html that mean something a caller can act on; all others are bugs. */
const KNOWN: Readonly<Record<string, readonly [code: ErrorCode, message: string]>> = {
  SQLITE_BUSY: ['unavailable', 'The database is busy with another program. Try again shortly.'],
  SQLITE_LOCKED: ['unavailable', 'The database is busy. Try again shortly.'],
  SQLITE_FULL: [
    'unavailable',
    'The disk is full: nothing was written. Free some space and try again.',
  ],
  SQLITE_READONLY: ['unavailable', 'The database file cannot be written: nothing was changed.'],
  SQLITE_IOERR: ['unavailable', 'The disk reported an error: nothing was written.'],
  SQLITE_CANTOPEN: ['unavailable', 'The database file cannot be opened.'],
  SQLITE_TOOBIG: ['too_large', 'A value is larger than the database can hold.'],
};

/** Turns what SQLite threw into an error for the caller; anything else passes through unchanged. */
export function toStorageError(error: unknown): unknown {
  return error instanceof SQLiteError ? translate(error.code ?? '', error) : error;
}

/** The same for what SQLite threw in another thread, which arrives as its code and words. */
export function toStorageFailure({ code, message }: { code: string; message: string }): unknown {
  return translate(code, new Error(message));
}

function translate(sqliteCode: string, error: Error): Error {
  // The collection's table was dropped by somebody else a moment ago.
  if (error.message.startsWith('no such table: r_'))
    return new AppError('not_found', 'The collection was deleted meanwhile.', { cause: error });
  // A thread, or another program, has just changed the collection; the next request knows it as it is.
  if (/^no such column: (?:\w+\.)?f_/.test(error.message))
    return new AppError('unavailable', 'The collection was changed at this moment. Try again.', {
      cause: error,
      retryAfterSeconds: 1,
    });
  const known = KNOWN[sqliteCode.split('_').slice(0, 2).join('_')];
  if (!known) return error;
  const [code, message] = known;
  return new AppError(code, message, { cause: error, retryAfterSeconds: 1 });
}

/** True when another connection holds the lock that this write needs. */
export function isBusy(error: unknown): boolean {
  return error instanceof SQLiteError && (error.code ?? '').startsWith('SQLITE_BUSY');
}

/** True when the disk is full or broken. */
export function isDiskFault(error: unknown): boolean {
  return error instanceof SQLiteError && /^SQLITE_(FULL|IOERR)/.test(error.code ?? '');
}

/** True when the statement broke a UNIQUE constraint or index. */
export function isUniqueViolation(error: unknown): error is SQLiteError {
  return (
    error instanceof SQLiteError &&
    (error.code === 'SQLITE_CONSTRAINT_UNIQUE' || error.code === 'SQLITE_CONSTRAINT_PRIMARYKEY')
  );
}

/** Runs a read so that what SQLite throws comes out as toStorageError says. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw toStorageError(error);
  }
}
