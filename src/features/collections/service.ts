import type { Actor } from '../../core/actor.ts';
import type { AuditTrail } from '../../core/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { OpenApiPart } from '../../core/open-api-part.ts';
import { createEntry, deleteEntry, updateEntry } from './audit-entries.ts';
import { compileSchema } from './compile.ts';
import type { LiveCollection } from './live-collection.ts';
import { describeObstacles } from './obstacles.ts';
import { describeCollections } from './openapi.ts';
import { type DefinitionContext, prepareChange, prepareCreation } from './prepare.ts';
import type { Access, Collection, CreateCollectionBody, UpdateCollectionBody } from './schema.ts';
import type { ChangeOutcome, CollectionChange, CollectionPlan, CollectionStore } from './store.ts';

export { followRename } from './changes.ts';
export { compileField } from './compile.ts';
export type { LiveCollection } from './live-collection.ts';
export { describeObstacles } from './obstacles.ts';
export { prepareChange, prepareCreation } from './prepare.ts';

export interface CollectionDeps {
  readonly store: CollectionStore;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly audit: AuditTrail;
}

export type CollectionService = ReturnType<typeof createCollectionService>;

/** Any signed-in user: whom signing in would make of an anonymous caller. */
const SOMEBODY = { kind: 'user' } as const;

export function createCollectionService({ store, clock, newId, audit }: CollectionDeps) {
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

  const context: DefinitionContext = { clock, hasCollection: (name) => byName.has(name) };

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

  function prepare(
    name: string,
    body: UpdateCollectionBody,
    how: Pick<CollectionChange, 'force' | 'isDryRun'>,
  ): CollectionChange {
    const live = byName.get(name);
    if (!live) throw notFound(name);
    return prepareChange(live.collection, body, how, context);
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

    /** `id` is given where a collection comes from another instance. */
    create: (actor: Actor, body: CreateCollectionBody, id = newId()): Promise<Collection> =>
      inTurn(async () => {
        const collection = prepareCreation(body, id, context);
        if (!(await store.insert(collection))) throw nameTaken(body.name);
        await audit.note(actor, createEntry(collection));
        return collection;
      }),

    update: (
      actor: Actor,
      name: string,
      body: UpdateCollectionBody,
      force: boolean,
    ): Promise<Collection> =>
      inTurn(async () => {
        const change = prepare(name, body, { force, isDryRun: false });
        const entry = updateEntry(change, settle(change, await store.update(change)));
        if (entry) await audit.note(actor, entry);
        return change.after;
      }),

    /** What the same update would do; writes nothing. */
    async plan(name: string, body: UpdateCollectionBody, force: boolean): Promise<CollectionPlan> {
      const change = prepare(name, body, { force, isDryRun: true });
      return settle(change, await store.update(change));
    },

    delete: (actor: Actor, name: string, confirm: string | undefined): Promise<void> =>
      inTurn(async () => {
        const live = byName.get(name);
        if (!live) throw notFound(name);
        const outcome = await store.delete(live.collection.id, confirm === name);
        switch (outcome.kind) {
          case 'deleted':
            return audit.note(actor, deleteEntry(live.collection, outcome.count));
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

const nameTaken = (name: string) =>
  new AppError('conflict', `A collection named ${name} exists already.`);
const notFound = (name: string) => new AppError('not_found', `There is no collection ${name}.`);
const signInFirst = () =>
  new AppError('unauthenticated', 'Sign in first: this collection is not open to everyone.');
