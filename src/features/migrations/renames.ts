import type { Collection } from '../collections/schema.ts';
import type { Renames } from './diff.ts';
import type { NotedRename } from './store.ts';

/**
 * What the collections that the migrations lead to are called now. A name that was taken and given back
 * again is no rename, nor one whose old name the migrations do not know.
 */
export function traceRenames(
  before: readonly Collection[],
  after: readonly Collection[],
  noted: readonly NotedRename[],
): Renames {
  const known = new Map(before.map((collection) => [collection.name, collection]));
  const collections = new Map<string, string>();
  const fields = new Map<string, ReadonlyMap<string, string>>();
  for (const { id, name, schema } of after) {
    const own = noted.filter((rename) => rename.collection_id === id);
    const was = own.reduceRight((current, rename) => {
      return rename.name === current ? rename.was : current;
    }, name);
    const base = known.get(was) ?? known.get(name);
    if (!base) continue;
    if (base.name !== name) collections.set(name, base.name);
    const baseFields = new Set(base.schema.fields.map((field) => field.name));
    const renamed = new Map<string, string>();
    for (const field of schema.fields) {
      const from = traceField(field.name, own);
      if (from !== null && from !== field.name && baseFields.delete(from))
        renamed.set(field.name, from);
    }
    if (renamed.size > 0) fields.set(name, renamed);
  }
  return { collections, fields };
}

/** The same from the end to the beginning. */
export function invertRenames({ collections, fields }: Renames): Renames {
  return {
    collections: new Map([...collections].map(([name, was]) => [was, name])),
    fields: new Map(
      [...fields].map(([name, renamed]) => [
        collections.get(name) ?? name,
        new Map([...renamed].map(([to, from]) => [from, to])),
      ]),
    ),
  };
}

/** Null for one that came later. */
function traceField(name: string, noted: readonly NotedRename[]): string | null {
  return noted.reduceRight<string | null>((current, { fields }) => {
    // A field may be called `constructor`, which every object has.
    if (current === null || !Object.hasOwn(fields, current)) return current;
    return fields[current] ?? null;
  }, name);
}
