import { type AuditEntry, changesBetween } from '../../core/audit.ts';
import type { Collection } from './schema.ts';
import type { CollectionChange, CollectionPlan } from './store.ts';

const subjectOf = ({ id, name }: Collection) => ({ subject_id: id, subject_name: name });

export function createEntry(collection: Collection): AuditEntry {
  const { schema, options } = collection;
  const details = { fields: schema.fields.map(({ name }) => name), access: options.access };
  return { action: 'collection.create', ...subjectOf(collection), details };
}

/** In the words that an admin has read before: what the plan says. Undefined when nothing changed. */
export function updateEntry(
  { before, after, force }: CollectionChange,
  { changes, rewritten }: CollectionPlan,
): AuditEntry | undefined {
  if (changes.length === 0) return undefined;
  const was = termsOf(before);
  const now = termsOf(after);
  const keys = [...new Set([...Object.keys(was), ...Object.keys(now)])];
  const terms = changesBetween(toWhole(was, keys), toWhole(now, keys), keys);
  return {
    action: 'collection.update',
    ...subjectOf(after),
    details: {
      changes: changes.map(({ msg }) => msg),
      rewritten_records: rewritten,
      force,
      ...(terms && { was: terms.was, now: terms.now }),
    },
  };
}

export function deleteEntry(collection: Collection, records: number): AuditEntry {
  return { action: 'collection.delete', ...subjectOf(collection), details: { records } };
}

/** What the words do not spell out: who may do what. */
function termsOf({ name, options, schema }: Collection): Readonly<Record<string, unknown>> {
  return Object.fromEntries([
    ['name', name],
    ...Object.entries(options.access).map(([operation, level]) => [`access.${operation}`, level]),
    ...schema.fields.flatMap((field) => [
      [`${field.name}.read`, field.read],
      [`${field.name}.write`, field.write],
    ]),
  ]);
}

function toWhole(terms: Readonly<Record<string, unknown>>, keys: readonly string[]) {
  return Object.fromEntries(keys.map((key) => [key, terms[key] ?? null]));
}
