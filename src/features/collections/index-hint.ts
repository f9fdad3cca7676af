import type { LiveCollection } from './live-collection.ts';

/** A kind of list that had to look at much of a big collection. */
interface SlowList {
  /** What an index would have to be over; with a dot what lies inside a field. */
  readonly fields: readonly string[];
  readonly kind: 'filter' | 'sort';
}

/** What to do so that the list becomes fast, as a sentence; undefined when it has the index that could be made. */
export function describeIndexHint(
  live: LiveCollection,
  { fields, kind }: SlowList,
): string | undefined {
  if (hasIndex(live, fields)) return undefined;
  const what = `${live.collection.name} is ${kind === 'filter' ? 'filtered' : 'sorted'} by ${fields.join(', ')} without an index`;
  const inside = fields.find((field) => field.includes('.'));
  if (inside !== undefined)
    return `${what}. No index can be made inside a field: make ${inside} a field of its own, with "index": true.`;
  return fields.length === 1
    ? `${what}. Add "index": true to the field.`
    : `${what}. Add {"fields": ${JSON.stringify(fields)}} to options.indexes.`;
}

/** SQLite may still have thought it faster to walk over the list in its order. */
function hasIndex({ collection, compiled }: LiveCollection, fields: readonly string[]): boolean {
  const [first = ''] = fields;
  const field = compiled.fieldByName.get(first);
  if (fields.length === 1 && (field?.index || field?.unique || field?.type === 'reference'))
    return true;
  const wanted = fields.join();
  return (collection.options.indexes ?? []).some((index) =>
    index.fields.join().concat(',').startsWith(`${wanted},`),
  );
}
