import type { CompositeIndex } from '../../../api/types.ts';
import { isSame } from '../../../components/fields/values.ts';
import { nameOf } from './definition.ts';
import { type DraftField, keptOf, newKey } from './draft.ts';

/** An index over several fields; these by the keys of their rows, so that it follows a rename. */
export interface DraftIndex {
  readonly key: string;
  readonly rows: readonly string[];
  readonly isUnique: boolean;
}

export const MOST_IN_INDEX = 8;

export function toIndexDraft(
  indexes: readonly CompositeIndex[],
  rows: readonly DraftField[],
): DraftIndex[] {
  const keys = new Map(rows.map((row) => [row.was ?? nameOf(row.field), row.key]));
  return indexes.map(({ fields, unique }) => ({
    key: newKey(),
    rows: fields.flatMap((name) => keys.get(name) ?? []),
    isUnique: unique,
  }));
}

/** What is sent: by the names that the fields have now. */
export function toIndexes(
  draft: readonly DraftIndex[],
  rows: readonly DraftField[],
): CompositeIndex[] {
  const names = new Map(keptOf(rows).map((row) => [row.key, nameOf(row.field)]));
  return draft.map(({ rows: keys, isUnique }) => ({
    fields: keys.flatMap((key) => names.get(key) ?? []),
    unique: isUnique,
  }));
}

/** Whether somebody changed them; a renamed field takes its indexes along by itself. */
export function areIndexesChanged(
  draft: readonly DraftIndex[],
  rows: readonly DraftField[],
  base: readonly CompositeIndex[],
): boolean {
  const names = new Map(rows.map((row) => [row.key, row.was ?? nameOf(row.field)]));
  const now = draft.map(({ rows: keys, isUnique }) => ({
    fields: keys.map((key) => names.get(key) ?? ''),
    unique: isUnique,
  }));
  return !isSame(now, base);
}

/** Why an index cannot be saved; undefined when it can. */
export function indexFault(
  index: DraftIndex,
  draft: readonly DraftIndex[],
  rows: readonly DraftField[],
): string | undefined {
  const kept = new Set(keptOf(rows).map((row) => row.key));
  const gone = index.rows.find((key) => !kept.has(key));
  if (gone !== undefined) {
    const name = nameOf(rows.find((row) => row.key === gone)?.field ?? {});
    return `${name || 'A field of it'} is removed. Take it out of the index, or keep the field.`;
  }
  if (index.rows.length < 2) return 'At least 2 fields. A single one is indexed at the field.';
  const isDouble = draft.some(
    (other) => other !== index && other.rows.join() === index.rows.join(),
  );
  return isDouble ? 'There is another index over the same fields.' : undefined;
}
