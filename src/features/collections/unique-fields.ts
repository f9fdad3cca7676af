import { keepsValues, type Step } from './change-steps.ts';
import type { CollectionChange, UniqueFields } from './store.ts';

/** An index as the definition asks for it. */
export interface WantedIndex {
  readonly fields: readonly string[];
  readonly unique: boolean;
}

export interface IndexChange extends WantedIndex {
  readonly kind: 'add_index' | 'drop_index';
  /** It was there, or stays, with the other `unique`. */
  readonly isAltered: boolean;
}

/** The indexes that come and go, by the new names of fields where there are some. */
export function findIndexChanges({ before, after, renames }: CollectionChange): IndexChange[] {
  const newNames = new Map([...renames].map(([name, was]) => [was, name]));
  const was = indexesOf(before, (name) => newNames.get(name) ?? name);
  const is = indexesOf(after);
  const changes: IndexChange[] = [];
  for (const [key, index] of is) {
    const old = was.get(key);
    if (old?.unique === index.unique) continue;
    if (old?.unique) changes.push({ ...old, kind: 'drop_index', isAltered: true });
    else changes.push({ ...index, kind: 'add_index', isAltered: old !== undefined });
  }
  for (const [key, old] of was)
    if (!is.has(key)) changes.push({ ...old, kind: 'drop_index', isAltered: false });
  return changes;
}

/** What must be without doubles, as far as it is not known to be. */
export function findUniques(
  change: CollectionChange,
  stepByName: ReadonlyMap<string, Step>,
): UniqueFields[] {
  const fresh = new Set(
    findIndexChanges(change)
      .filter(({ kind, unique }) => kind === 'add_index' && unique)
      .map(({ fields }) => fields.join()),
  );
  return [...indexesOf(change.after).values()].flatMap(({ fields, unique }): UniqueFields[] => {
    const steps = fields.flatMap((name) => stepByName.get(name) ?? []);
    // A field that no record has a value for.
    if (!unique || steps.some(({ old, fill }) => !old && fill === undefined)) return [];
    if (!steps.every(keepsValues)) return [{ fields }];
    return fresh.has(fields.join())
      ? [{ fields, stored: steps.map(({ old, field }) => old?.name ?? field.name) }]
      : [];
  });
}

type Definition = Pick<CollectionChange['after'], 'schema' | 'options'>;

function indexesOf(
  { schema, options }: Definition,
  rename = (name: string) => name,
): Map<string, WantedIndex> {
  const ofFields = schema.fields
    .filter(({ unique, index, type }) => unique || index || type === 'reference')
    .map(({ name, unique = false }) => ({ fields: [rename(name)], unique }));
  const composite = (options.indexes ?? []).map(({ fields, unique }) => ({
    fields: fields.map(rename),
    unique,
  }));
  return new Map([...ofFields, ...composite].map((index) => [index.fields.join(), index]));
}
