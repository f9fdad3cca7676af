import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { toCanonicalJson } from '../../lib/json-value.ts';
import type { Collection, NamedField, UpdateCollectionBody } from '../collections/schema.ts';
import { followRename, prepareChange, prepareCreation } from '../collections/service.ts';
import type { ChangeStep, CreateStep, MigrationStep } from './schema.ts';
import type { PreparedStep } from './store.ts';

export interface WorldDeps {
  readonly clock: Clock;
  readonly newId: () => string;
}

/** Collections in mind: what they are after some steps, without a database. */
export interface World {
  all(): readonly Collection[];
  find(name: string): Collection | undefined;
  /** Does a step, and answers what it means for a database; throws an AppError when it cannot be done. */
  take(step: MigrationStep): PreparedStep;
}

export function createWorld(collections: readonly Collection[], deps: WorldDeps): World {
  const byName = new Map(collections.map((collection) => [collection.name, collection]));
  const context = { clock: deps.clock, hasCollection: (name: string) => byName.has(name) };

  function need(name: string): Collection {
    const collection = byName.get(name);
    if (!collection) throw new AppError('conflict', `There is no collection ${name}.`);
    return collection;
  }

  function refuseTaken(name: string): void {
    if (byName.has(name)) throw new AppError('conflict', `There is a collection ${name} already.`);
  }

  function create({ name, label, fields, access, indexes }: CreateStep): PreparedStep {
    refuseTaken(name);
    const body = {
      name,
      ...(label !== undefined && { label }),
      schema: { fields },
      options: { ...(access && { access }), ...(indexes && { indexes }) },
    };
    const collection = prepareCreation(body, deps.newId(), context);
    byName.set(name, collection);
    return { kind: 'create', collection };
  }

  function change(step: ChangeStep): PreparedStep {
    const before = need(step.name);
    if (step.rename_to !== undefined && step.rename_to !== step.name) refuseTaken(step.rename_to);
    const how = { force: step.delete_values ?? false, isDryRun: false };
    const prepared = prepareChange(before, toBody(before, step), how, context);
    const { after } = prepared;
    byName.delete(before.name);
    for (const other of [...byName.values()]) {
      const following = followRename(other, before, after);
      if (following) byName.set(following.name, following);
    }
    byName.set(after.name, after);
    return { kind: 'change', change: prepared };
  }

  return {
    all: () => [...byName.values()],
    find: (name) => byName.get(name),
    take(step) {
      switch (step.step) {
        case 'create_collection':
          return create(step);
        case 'change_collection':
          return change(step);
        case 'drop_collection': {
          const { id, name } = need(step.name);
          byName.delete(name);
          return { kind: 'drop', id, name, evenWithRecords: step.delete_records ?? false };
        }
        default:
          return step satisfies never;
      }
    },
  };
}

/** Collections in memory never change, so each is put down once. */
const comparable = new WeakMap<Collection, string>();

/** Equal for collections that are the same but for their ids and times. */
export function toComparable(collection: Collection): string {
  const known = comparable.get(collection);
  if (known !== undefined) return known;
  const { name, label, schema, options } = collection;
  // A definition is JSON; its interfaces only lack the index signature that would say so.
  const text = toCanonicalJson(JSON.parse(JSON.stringify({ name, label, schema, options })));
  comparable.set(collection, text);
  return text;
}

/** The step as a request would say it, with the whole list of fields. */
function toBody(before: Collection, step: ChangeStep): UpdateCollectionBody {
  const { rename_to, label, access, indexes } = step;
  return {
    ...(rename_to !== undefined && { name: rename_to }),
    ...(label !== undefined && { label }),
    ...(touchesFields(step) && { schema: { fields: changeFields(before, step) } }),
    options: { ...(access && { access }), ...(indexes && { indexes }) },
  };
}

function touchesFields(step: ChangeStep): boolean {
  const { rename_fields, drop_fields, change_fields, add_fields, field_order } = step;
  return [rename_fields, drop_fields, change_fields, add_fields, field_order].some(
    (part) => part !== undefined,
  );
}

type ChangedField = NamedField & { readonly was?: string };

function changeFields(before: Collection, step: ChangeStep): readonly ChangedField[] {
  const { rename_fields = [], drop_fields = [], change_fields = [], add_fields = [] } = step;
  const newNames = new Map(rename_fields.map(({ from, to }) => [from, to]));
  const changes = new Map(change_fields.map((field) => [field.name, field]));
  const dropped = new Set(drop_fields);
  requireFields(before, [...newNames.keys(), ...dropped]);
  requireOnce(before, [...rename_fields.map(({ from }) => from), ...drop_fields]);
  requireOnce(
    before,
    change_fields.map(({ name }) => name),
  );
  const kept = before.schema.fields
    .filter(({ name }) => !dropped.has(name))
    .map((field): ChangedField => {
      const name = newNames.get(field.name) ?? field.name;
      const definition = changes.get(name) ?? { ...underNewName(field, before, step), name };
      changes.delete(name);
      return name === field.name ? definition : { ...definition, was: field.name };
    });
  const [unknown] = changes.keys();
  if (unknown !== undefined) throw noField(before, unknown);
  return inOrder(before, [...kept, ...add_fields], step.field_order);
}

/** References of a collection to itself follow its name. */
function underNewName(field: NamedField, { name }: Collection, { rename_to }: ChangeStep) {
  return rename_to !== undefined && field.type === 'reference' && field.collection === name
    ? { ...field, collection: rename_to }
    : field;
}

function inOrder(
  collection: Collection,
  fields: readonly ChangedField[],
  order: readonly string[] | undefined,
): readonly ChangedField[] {
  if (order === undefined) return fields;
  const byName = new Map(fields.map((field) => [field.name, field]));
  const missing = fields.find(({ name }) => !order.includes(name));
  if (missing || new Set(order).size !== order.length || order.length !== fields.length)
    throw new AppError(
      'conflict',
      `field_order of ${collection.name} must name each of its fields once: ${fields.map(({ name }) => name).join(', ')}.`,
    );
  return order.flatMap((name) => byName.get(name) ?? []);
}

function requireFields(collection: Collection, names: readonly string[]): void {
  const known = new Set(collection.schema.fields.map(({ name }) => name));
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw noField(collection, unknown);
}

/** Else the last of them would win without a word. */
function requireOnce({ name }: Collection, names: readonly string[]): void {
  const twice = names.find((field, index) => names.indexOf(field) !== index);
  if (twice !== undefined)
    throw new AppError(
      'conflict',
      `A step may name ${name}.${twice} once: to rename, change or drop it.`,
    );
}

function noField({ name }: Collection, field: string): AppError {
  return new AppError('conflict', `${name} has no field ${field}.`);
}
