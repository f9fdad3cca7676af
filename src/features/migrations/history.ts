import { AppError } from '../../core/errors.ts';
import { checksumOf } from './files.ts';
import type { Migration } from './schema.ts';
import type { AppliedMigration } from './store.ts';

/** The files beside what the database has seen of them. */
export interface History {
  /** In order, from the first. */
  readonly applied: readonly Migration[];
  readonly pending: readonly Migration[];
  /** Revisions that were applied and have no file any more. */
  readonly missing: readonly string[];
  /** Revisions whose file was edited after it was applied. */
  readonly edited: readonly string[];
  /** When each was applied, by revision. */
  readonly appliedAt: ReadonlyMap<string, string>;
}

export function compareHistory(
  files: readonly Migration[],
  seen: readonly AppliedMigration[],
): History {
  const byRevision = new Map(files.map((file) => [file.revision, file]));
  const missing = seen.map(({ revision }) => revision).filter((one) => !byRevision.has(one));
  const applied = seen.flatMap(({ revision }) => byRevision.get(revision) ?? []);
  const revisions = new Set(applied.map(({ revision }) => revision));
  const pending = files.filter(({ revision }) => !revisions.has(revision));
  const [first] = pending;
  const later = first && applied.find((file) => files.indexOf(file) > files.indexOf(first));
  if (first && later)
    throw new AppError(
      'conflict',
      `${first.revision} comes before ${later.revision}, which this database has seen already. Let it come after the last one: set its "after" to ${applied.at(-1)?.revision}, and that of ${later.revision} to what it was.`,
    );
  return {
    applied,
    pending,
    missing,
    edited: seen.flatMap(({ revision, checksum }) => {
      const file = byRevision.get(revision);
      return file && checksumOf(file) !== checksum ? [revision] : [];
    }),
    appliedAt: new Map(seen.map(({ revision, applied_at }) => [revision, applied_at])),
  };
}
