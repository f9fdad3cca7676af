import { toCanonicalJson } from '../../lib/json-value.ts';
import type { AccessRules, Collection, CompositeIndex, NamedField } from '../collections/schema.ts';
import { OPERATIONS } from '../collections/schema.ts';
import type { ChangeStep, MigrationStep } from './schema.ts';
import { createWorld, toComparable, type World, type WorldDeps } from './steps.ts';

/** What is the same under another name: old name by new name. */
export interface Renames {
  readonly collections: ReadonlyMap<string, string>;
  /** By the collection's new name. */
  readonly fields: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

const MAX_NAME_LENGTH = 63;

/** The steps that make the second of the first. Values without a place in the second are deleted. */
export function diffCollections(
  from: readonly Collection[],
  to: readonly Collection[],
  renames: Renames,
  deps: WorldDeps,
): readonly MigrationStep[] {
  const steps: MigrationStep[] = [];
  const world = createWorld(from, deps);
  const add = (step: MigrationStep) => {
    world.take(step);
    steps.push(step);
  };
  renameCollections(world, renames.collections, add);
  for (const collection of inOrderOfReferences(to.filter(({ name }) => !world.find(name))))
    add(toCreation(world, collection));
  for (const target of to) {
    const before = world.find(target.name);
    if (!before) continue;
    const fieldRenames = renames.fields.get(target.name) ?? new Map<string, string>();
    for (const step of diffCollection(before, target, fieldRenames)) add(step);
  }
  const wanted = new Set(to.map(({ name }) => name));
  dropCollections(world, wanted, add);
  requireSame(world, to);
  return steps;
}

type Add = (step: MigrationStep) => void;

/** A name that somebody else still has is made free first. */
function renameCollections(world: World, renames: Renames['collections'], add: Add): void {
  const moved = new Map<string, string>();
  for (const [name, was] of renames) {
    const current = moved.get(was) ?? was;
    if (current === name || !world.find(current)) continue;
    if (world.find(name)) {
      const aside = findFreeName(world, name);
      add({ step: 'change_collection', name, rename_to: aside });
      moved.set(name, aside);
    }
    add({ step: 'change_collection', name: current, rename_to: name });
  }
}

function findFreeName(world: World, name: string): string {
  for (let n = 1; ; n++) {
    const ending = `_old${n === 1 ? '' : n}`;
    const free = name.slice(0, MAX_NAME_LENGTH - ending.length) + ending;
    if (!world.find(free)) return free;
  }
}

/** What others refer to comes first; of a circle, anything. */
function inOrderOfReferences(collections: readonly Collection[]): readonly Collection[] {
  const left = [...collections];
  const ordered: Collection[] = [];
  while (left.length > 0) {
    const isFree = (one: Collection) =>
      left.every((other) => other === one || !refersTo(one, other.name));
    const index = Math.max(0, left.findIndex(isFree));
    ordered.push(...left.splice(index, 1));
  }
  return ordered;
}

function refersTo({ schema }: Collection, name: string): boolean {
  return schema.fields.some((field) => field.type === 'reference' && field.collection === name);
}

/** Without references to what is not there yet, and without indexes over them; those are added later. */
function toCreation(world: World, collection: Collection): MigrationStep {
  const { name, label, schema, options } = collection;
  const isThere = (field: NamedField) =>
    field.type !== 'reference' ||
    field.collection === name ||
    field.collection === 'users' ||
    (field.collection !== undefined && world.find(field.collection) !== undefined);
  const fields = schema.fields.filter(isThere);
  const indexes = fields.length === schema.fields.length ? options.indexes : undefined;
  return {
    step: 'create_collection',
    name,
    label,
    fields,
    access: options.access,
    ...(indexes && { indexes }),
  };
}

function diffCollection(
  before: Collection,
  after: Collection,
  renames: ReadonlyMap<string, string>,
): readonly ChangeStep[] {
  const { name } = after;
  const old = new Map(before.schema.fields.map((field) => [field.name, field]));
  const wanted = new Map(after.schema.fields.map((field) => [field.name, field]));
  const renamed = [...renames].filter(([to, from]) => old.has(from) && wanted.has(to));
  const wasOf = new Map(renamed);
  const taken = new Set(wasOf.values());
  const oldOf = (field: NamedField) =>
    old.get(wasOf.get(field.name) ?? (taken.has(field.name) ? '' : field.name));
  const kept = after.schema.fields.filter((field) => oldOf(field));
  const keptNames = new Set(kept.map((field) => oldOf(field)?.name));
  const dropped = before.schema.fields.map((field) => field.name).filter((f) => !keptNames.has(f));
  const added = after.schema.fields.filter((field) => !oldOf(field));
  const changed = kept.filter((field) => !isSame({ ...oldOf(field), name: field.name }, field));
  const newNames = new Map(renamed.map(([to, from]) => [from, to]));
  const isNameFreed = dropped.some((field) => wanted.has(field));
  const isNameRefilled = added.some((field) => taken.has(field.name));
  // Deleting what is dropped must not delete what does not fit a changed field as well.
  if (isNameFreed && (changed.length > 0 || isNameRefilled)) {
    const first = withoutFields(before, dropped);
    return [first, ...diffCollection(dropFields(before, first), after, renames)];
  }
  // A field that takes the old name of another one comes when that one has its new name.
  if (isNameRefilled)
    return [
      ...toSteps(name, { rename_fields: renamed.map(([to, from]) => ({ from, to })) }),
      ...diffCollection(renameFields(before, newNames), after, new Map()),
    ];
  const rest = {
    ...(before.label !== after.label && { label: after.label }),
    ...(renamed.length > 0 && {
      rename_fields: renamed.map(([to, from]) => ({ from, to })),
    }),
    ...(changed.length > 0 && { change_fields: changed }),
    ...(added.length > 0 && { add_fields: added }),
    ...diffAccess(before.options.access, after.options.access),
    ...diffIndexes(before.options.indexes ?? [], after.options.indexes ?? [], newNames),
  };
  const left = before.schema.fields
    .map((field) => field.name)
    .filter((field) => keptNames.has(field))
    .map((field) => newNames.get(field) ?? field);
  const order = after.schema.fields.map((field) => field.name);
  const comes = [...left, ...added.map((field) => field.name)];
  const reordered = comes.join() === order.join() ? {} : { field_order: order };
  if (dropped.length === 0) return toSteps(name, { ...rest, ...reordered });
  const drop = { drop_fields: dropped, delete_values: true };
  return changed.length === 0
    ? toSteps(name, { ...rest, ...drop, ...reordered })
    : [...toSteps(name, rest), ...toSteps(name, { ...drop, ...reordered })];
}

function dropFields(
  { schema, options, ...rest }: Collection,
  { drop_fields = [], indexes }: ChangeStep,
): Collection {
  const fields = schema.fields.filter((field) => !drop_fields.includes(field.name));
  return { ...rest, schema: { fields }, options: { ...options, ...(indexes && { indexes }) } };
}

function renameFields(
  { schema, options, ...rest }: Collection,
  newNames: ReadonlyMap<string, string>,
): Collection {
  const renamed = (name: string) => newNames.get(name) ?? name;
  const fields = schema.fields.map((field) => ({ ...field, name: renamed(field.name) }));
  const { indexes } = options;
  const following = indexes?.map((index) => ({ ...index, fields: index.fields.map(renamed) }));
  return {
    ...rest,
    schema: { fields },
    options: { ...options, ...(following && { indexes: following }) },
  };
}

function toSteps(name: string, parts: Omit<ChangeStep, 'step' | 'name'>): readonly ChangeStep[] {
  return Object.keys(parts).length === 0 ? [] : [{ step: 'change_collection', name, ...parts }];
}

function diffAccess(before: AccessRules, after: AccessRules): Pick<ChangeStep, 'access'> {
  const changed = OPERATIONS.filter((operation) => before[operation] !== after[operation]);
  if (changed.length === 0) return {};
  return { access: Object.fromEntries(changed.map((operation) => [operation, after[operation]])) };
}

function diffIndexes(
  before: readonly CompositeIndex[],
  after: readonly CompositeIndex[],
  newNames: ReadonlyMap<string, string>,
): Pick<ChangeStep, 'indexes'> {
  const following = before.map(({ fields, unique }) => ({
    fields: fields.map((field) => newNames.get(field) ?? field),
    unique,
  }));
  return isSame(following, after) ? {} : { indexes: after };
}

/** What nobody refers to goes first; a circle of references is opened by dropping the fields. */
function dropCollections(world: World, wanted: ReadonlySet<string>, add: Add): void {
  for (;;) {
    const left = world.all().filter(({ name }) => !wanted.has(name));
    if (left.length === 0) return;
    const others = (name: string) => world.all().filter((other) => other.name !== name);
    const free = left.find(({ name }) => others(name).every((other) => !refersTo(other, name)));
    if (free) {
      add({ step: 'drop_collection', name: free.name, delete_records: true });
      continue;
    }
    const [first] = left;
    for (const other of first ? others(first.name) : []) {
      const fields = other.schema.fields
        .filter((field) => field.type === 'reference' && field.collection === first?.name)
        .map((field) => field.name);
      if (fields.length > 0) add(withoutFields(other, fields));
    }
  }
}

function withoutFields({ name, options }: Collection, fields: readonly string[]): ChangeStep {
  const indexes = options.indexes?.filter((index) => !index.fields.some((f) => fields.includes(f)));
  return {
    step: 'change_collection',
    name,
    drop_fields: [...fields],
    ...(indexes && { indexes }),
    delete_values: true,
  };
}

/** The steps were just tried in mind: whatever is left over is a fault of this file. */
function requireSame(world: World, to: readonly Collection[]): void {
  const reached = world.all().map(toComparable).sort().join('\n');
  if (reached !== to.map(toComparable).sort().join('\n'))
    throw new Error('the steps of a migration do not lead to the collections as they are');
}

function isSame(a: unknown, b: unknown): boolean {
  return (
    toCanonicalJson(JSON.parse(JSON.stringify(a))) ===
    toCanonicalJson(JSON.parse(JSON.stringify(b)))
  );
}
