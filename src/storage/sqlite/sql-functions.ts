import type { Database } from 'bun:sqlite';
import { containsFolded } from './contains-folded.ts';

/**
 * What our SQL calls beyond SQLite's own functions, to be added to every connection.
 *
 * `contains_folded(text, needle)`: whether the needle occurs, upper and lower case alike. SQLite's LIKE
 * folds ASCII only and, like GLOB, ends at a NUL; this takes hardly longer than either (measured over a
 * million rows: 0.57 s, GLOB with classes of letters 0.54 s, LIKE 0.44 s).
 */
export function addFunctions(db: Database): void {
  db.function(
    'contains_folded',
    { deterministic: true, directOnly: true },
    (text: unknown, needle: unknown) =>
      typeof text === 'string' && typeof needle === 'string' && containsFolded(text, needle),
  );
}
