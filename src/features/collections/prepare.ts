import { type Clock, toTimestamp } from '../../core/clock.ts';
import { type Fault, invalidInput } from '../../core/errors.ts';
import { renameTarget } from './change-steps.ts';
import { parseSchema, type Rename, type SchemaContext } from './definition.ts';
import { parseOptions } from './options.ts';
import {
  type Collection,
  type CreateCollectionBody,
  NAME_PATTERN,
  type NamedField,
  type UpdateCollectionBody,
} from './schema.ts';
import type { CollectionChange } from './store.ts';

/** What a definition is checked against: the collections that are there, in the database or in mind. */
export interface DefinitionContext {
  readonly hasCollection: (name: string) => boolean;
  readonly clock: Clock;
}

const NAME = new RegExp(NAME_PATTERN);
const TAKEN_NAMES = new Set(['users']);
const TAKEN_PREFIX = 'tb_';

/** Checks a new collection; throws `invalid_input` with every fault. */
export function prepareCreation(
  body: CreateCollectionBody,
  id: string,
  { clock, hasCollection }: DefinitionContext,
): Collection {
  const faults: Fault[] = [];
  checkName(body.name, faults);
  const before = faults.length;
  const context: SchemaContext = {
    clock,
    hasCollection: (target) =>
      target === body.name || TAKEN_NAMES.has(target) || hasCollection(target),
  };
  const { schema, renames } = parseSchema(body.schema, ['body', 'schema'], faults, context);
  const fields = faults.length > before ? undefined : schema.fields;
  if (renames.length > 0)
    faults.push({
      loc: ['body', 'schema'],
      msg: 'a new collection has nothing to rename: leave out was',
      type: 'value_error',
    });
  const options = parseOptions(body.options ?? {}, ['body', 'options'], faults, {
    fields,
    renames: [],
  });
  if (faults.length > 0) throw invalidInput(faults);
  const now = nextTimestamp(clock);
  return {
    id,
    name: body.name,
    label: body.label ?? body.name,
    schema,
    options,
    created_at: now,
    updated_at: now,
  };
}

/** Checks an update and puts down what it means; throws `invalid_input` with every fault. */
export function prepareChange(
  before: Collection,
  body: UpdateCollectionBody,
  how: Pick<CollectionChange, 'force' | 'isDryRun'>,
  { clock, hasCollection }: DefinitionContext,
): CollectionChange {
  const { name } = before;
  const faults: Fault[] = [];
  const newName = body.name ?? name;
  if (newName !== name) checkName(newName, faults);
  const faultsBefore = faults.length;
  const context: SchemaContext = {
    clock,
    // References to itself go by the name that it will have.
    hasCollection: (target) =>
      target === newName || TAKEN_NAMES.has(target) || (target !== name && hasCollection(target)),
  };
  const parsed =
    body.schema === undefined
      ? { schema: underName(before, newName), renames: [] }
      : parseSchema(body.schema, ['body', 'schema'], faults, context);
  checkRenames(parsed.renames, before, parsed.schema.fields, faults);
  const fields = faults.length > faultsBefore ? undefined : parsed.schema.fields;
  const options = parseOptions(body.options ?? {}, ['body', 'options'], faults, {
    current: before.options,
    fields,
    renames: parsed.renames,
  });
  if (faults.length > 0) throw invalidInput(faults);
  const after: Collection = {
    ...before,
    name: newName,
    label: body.label ?? before.label,
    schema: parsed.schema,
    options,
    updated_at: nextTimestamp(clock, before.updated_at),
  };
  const renames = new Map(
    parsed.renames.filter((rename) => rename.name !== rename.was).map((r) => [r.name, r.was]),
  );
  return { before, after, renames, ...how };
}

function nextTimestamp(clock: Clock, after?: string): string {
  const now = clock.now();
  // Two changes within a millisecond must still be told apart.
  return toTimestamp(after === undefined ? now : Math.max(now, Date.parse(after) + 1));
}

function checkName(name: string, faults: Fault[]): void {
  const loc = ['body', 'name'];
  if (!NAME.test(name))
    faults.push({
      loc,
      type: 'string_pattern_mismatch',
      msg: 'must be 1 to 63 characters of a-z, 0-9 and _, beginning with a letter',
    });
  else if (TAKEN_NAMES.has(name) || name.startsWith(TAKEN_PREFIX))
    faults.push({
      loc,
      type: 'taken',
      msg: `${name} is kept for TinyBase itself; choose another name`,
    });
}

function checkRenames(
  renames: readonly Rename[],
  { schema }: Collection,
  after: readonly NamedField[],
  faults: Fault[],
): void {
  const before = new Set(schema.fields.map(({ name }) => name));
  const renamed = new Set(renames.map(({ name }) => name));
  const stays = new Set(after.map(({ name }) => name).filter((name) => !renamed.has(name)));
  const seen = new Set<string>();
  for (const { index, was } of renames) {
    const loc = ['body', 'schema', 'fields', index, 'was'];
    const refuse = (msg: string) => faults.push({ loc, type: 'value_error', msg });
    if (!before.has(was)) refuse(`there is no field ${was} to rename`);
    else if (seen.has(was)) refuse(`${was} is renamed twice`);
    else if (stays.has(was)) refuse(`${was} is still there; a rename takes the old name away`);
    seen.add(was);
  }
}

/** References of a collection to itself follow its name. */
function underName({ name, schema }: Collection, newName: string): Collection['schema'] {
  return { fields: schema.fields.map((field) => renameTarget(field, name, newName)) };
}
