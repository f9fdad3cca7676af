import type { Actor } from '../../core/actor.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, type Fault, invalidInput } from '../../core/errors.ts';
import type { OpenApiPart } from '../../core/open-api-part.ts';
import { renameTarget } from './change-steps.ts';
import { compileSchema } from './compile.ts';
import { parseSchema, type Rename, type SchemaContext } from './definition.ts';
import type { LiveCollection } from './live-collection.ts';
import { describeObstacles } from './obstacles.ts';
import { describeCollections } from './openapi.ts';
import { parseOptions } from './options.ts';
import {
  type Access,
  type Collection,
  type CreateCollectionBody,
  NAME_PATTERN,
  type NamedField,
  type UpdateCollectionBody,
} from './schema.ts';
import type { ChangeOutcome, CollectionChange, CollectionPlan, CollectionStore } from './store.ts';

export { compileField } from './compile.ts';
export type { LiveCollection } from './live-collection.ts';

export interface CollectionDeps {
  readonly store: CollectionStore;
  readonly clock: Clock;
  readonly newId: () => string;
}

export type CollectionService = ReturnType<typeof createCollectionService>;

const NAME = new RegExp(NAME_PATTERN);
const TAKEN_NAMES = new Set(['users']);
const TAKEN_PREFIX = 'tb_';
/** Any signed-in user: whom signing in would make of an anonymous caller. */
const SOMEBODY = { kind: 'user' } as const;

export function createCollectionService({ store, clock, newId }: CollectionDeps) {
  let byName = new Map<string, LiveCollection>();
  let byId = new Map<string, LiveCollection>();
  /** Grows with every change, for whoever caches what is made from the collections. */
  let version = 0;
  /** Changes run one after another, each planned on what the one before left. */
  let queue: Promise<unknown> = Promise.resolve();

  function refresh(): void {
    const live = store.all().map((collection): LiveCollection => {
      const known = byId.get(collection.id);
      return known && known.collection.updated_at === collection.updated_at
        ? known
        : { collection, compiled: compileSchema(collection.schema.fields, clock) };
    });
    byName = new Map(live.map((entry) => [entry.collection.name, entry]));
    byId = new Map(live.map((entry) => [entry.collection.id, entry]));
    version++;
  }

  /** What a definition may refer to: every collection, this one by the name that it will have. */
  function contextFor(ownName: string, oldName?: string): SchemaContext {
    return {
      clock,
      hasCollection: (target) =>
        target === ownName || TAKEN_NAMES.has(target) || (target !== oldName && byName.has(target)),
    };
  }

  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = queue.then(task);
    queue = turn.catch(() => undefined);
    return turn;
  }

  function visible(actor: Actor, name: string): LiveCollection {
    const live = byName.get(name);
    if (live && isVisible(actor, live.collection)) return live;
    throw live && actor.kind === 'anonymous' && isVisible(SOMEBODY, live.collection)
      ? signInFirst()
      : notFound(name);
  }

  function nextTimestamp(after?: string): string {
    const now = clock.now();
    // Two changes within a millisecond must still be told apart.
    return toTimestamp(after === undefined ? now : Math.max(now, Date.parse(after) + 1));
  }

  /** Checks an update and puts down what it means; nothing is changed yet. */
  function prepare(
    name: string,
    body: UpdateCollectionBody,
    how: Pick<CollectionChange, 'force' | 'isDryRun'>,
  ): CollectionChange {
    const live = byName.get(name);
    if (!live) throw notFound(name);
    const before = live.collection;
    const faults: Fault[] = [];
    const newName = body.name ?? name;
    if (newName !== name) checkName(newName, faults);
    const faultsBefore = faults.length;
    const parsed =
      body.schema === undefined
        ? { schema: underName(before, newName), renames: [] }
        : parseSchema(body.schema, ['body', 'schema'], faults, contextFor(newName, name));
    checkRenames(parsed.renames, live, parsed.schema.fields, faults);
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
      updated_at: nextTimestamp(before.updated_at),
    };
    const renames = new Map(
      parsed.renames.filter((rename) => rename.name !== rename.was).map((r) => [r.name, r.was]),
    );
    return { before, after, renames, ...how };
  }

  /** The plan of what was done, or the reason why nothing was. */
  function settle(
    { before, after, force }: CollectionChange,
    outcome: ChangeOutcome,
  ): CollectionPlan {
    switch (outcome.kind) {
      case 'done':
      case 'planned':
        return outcome.plan;
      case 'name_taken':
        throw nameTaken(after.name);
      case 'stale':
        refresh();
        throw new AppError(
          'conflict',
          `${before.name} was changed by somebody else meanwhile. Load it again and repeat the change.`,
        );
      case 'refused':
        throw new AppError('conflict', describeObstacles(outcome, force));
      default:
        return outcome satisfies never;
    }
  }

  refresh();
  store.onChange(refresh);

  return {
    refresh,
    version: () => version,
    all: (): readonly LiveCollection[] => [...byName.values()],
    find: (name: string): LiveCollection | undefined => byName.get(name),
    findById: (id: string): LiveCollection | undefined => byId.get(id),
    /** The collection, or 404 (401 for those who have not signed in) when the caller may not know of it. */
    visible,

    list(actor: Actor): readonly Collection[] {
      return [...byName.values()]
        .map((live) => live.collection)
        .filter((collection) => isVisible(actor, collection))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },

    /** What an OpenAPI document says of the collections that this caller may see. */
    openApi: (actor: Actor, takenNames: Iterable<string>): OpenApiPart =>
      describeCollections(
        [...byName.values()].filter((live) => isVisible(actor, live.collection)),
        takenNames,
      ),

    get: (actor: Actor, name: string): Collection => visible(actor, name).collection,

    create: (body: CreateCollectionBody): Promise<Collection> =>
      inTurn(async () => {
        const faults: Fault[] = [];
        checkName(body.name, faults);
        const before = faults.length;
        const { schema, renames } = parseSchema(
          body.schema,
          ['body', 'schema'],
          faults,
          contextFor(body.name),
        );
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
        const now = nextTimestamp();
        const collection: Collection = {
          id: newId(),
          name: body.name,
          label: body.label ?? body.name,
          schema,
          options,
          created_at: now,
          updated_at: now,
        };
        if (!(await store.insert(collection))) throw nameTaken(body.name);
        return collection;
      }),

    update: (name: string, body: UpdateCollectionBody, force: boolean): Promise<Collection> =>
      inTurn(async () => {
        const change = prepare(name, body, { force, isDryRun: false });
        settle(change, await store.update(change));
        return change.after;
      }),

    /** What the same update would do; writes nothing. */
    async plan(name: string, body: UpdateCollectionBody, force: boolean): Promise<CollectionPlan> {
      const change = prepare(name, body, { force, isDryRun: true });
      return settle(change, await store.update(change));
    },

    delete: (name: string, confirm: string | undefined): Promise<void> =>
      inTurn(async () => {
        const live = byName.get(name);
        if (!live) throw notFound(name);
        const outcome = await store.delete(live.collection.id, confirm === name);
        switch (outcome.kind) {
          case 'deleted':
            return;
          case 'missing':
            throw notFound(name);
          case 'not_empty':
            throw new AppError(
              'conflict',
              `${name} holds ${outcome.count} records, which would be deleted too. Repeat with ?confirm=${name} if you mean it.`,
            );
          case 'referenced':
            throw new AppError(
              'conflict',
              `${name} cannot be deleted: ${outcome.by.map(({ collection, field }) => `${collection}.${field}`).join(', ')} ${outcome.by.length === 1 ? 'refers' : 'refer'} to it. Drop that first.`,
            );
          default:
            outcome satisfies never;
        }
      }),
  };
}

/** Anyone knows of the collections whose records they may list or read. */
function isVisible(actor: Pick<Actor, 'kind'>, { options }: Collection): boolean {
  if (actor.kind === 'admin' || actor.kind === 'system') return true;
  return mayTry(actor, options.access.list) || mayTry(actor, options.access.read);
}

function mayTry(actor: Pick<Actor, 'kind'>, level: Access): boolean {
  return level === 'public' || (level !== 'admin' && actor.kind !== 'anonymous');
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
  { compiled }: LiveCollection,
  after: readonly NamedField[],
  faults: Fault[],
): void {
  const renamed = new Set(renames.map(({ name }) => name));
  const stays = new Set(after.map(({ name }) => name).filter((name) => !renamed.has(name)));
  const seen = new Set<string>();
  for (const { index, was } of renames) {
    const loc = ['body', 'schema', 'fields', index, 'was'];
    const refuse = (msg: string) => faults.push({ loc, type: 'value_error', msg });
    if (!compiled.fieldByName.has(was)) refuse(`there is no field ${was} to rename`);
    else if (seen.has(was)) refuse(`${was} is renamed twice`);
    else if (stays.has(was)) refuse(`${was} is still there; a rename takes the old name away`);
    seen.add(was);
  }
}

/** References of a collection to itself follow its name. */
function underName({ name, schema }: Collection, newName: string): Collection['schema'] {
  return { fields: schema.fields.map((field) => renameTarget(field, name, newName)) };
}

const nameTaken = (name: string) =>
  new AppError('conflict', `A collection named ${name} exists already.`);
const notFound = (name: string) => new AppError('not_found', `There is no collection ${name}.`);
const signInFirst = () =>
  new AppError('unauthenticated', 'Sign in first: this collection is not open to everyone.');
