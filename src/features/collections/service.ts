import type { Actor } from '../../core/actor.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, type Fault, invalidInput } from '../../core/errors.ts';
import type { OpenApiPart } from '../../core/open-api-part.ts';
import { planChange } from './changes.ts';
import { compileSchema } from './compile.ts';
import { parseSchema, type Rename } from './definition.ts';
import type { LiveCollection } from './live-collection.ts';
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
import type { CollectionStore, Offenders } from './store.ts';

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
        : { collection, compiled: compileSchema(collection.schema.fields) };
    });
    byName = new Map(live.map((entry) => [entry.collection.name, entry]));
    byId = new Map(live.map((entry) => [entry.collection.id, entry]));
    version++;
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
        const { schema, renames } = parseSchema(body.schema, ['body', 'schema'], faults);
        if (renames.length > 0)
          faults.push({
            loc: ['body', 'schema'],
            msg: 'a new collection has nothing to rename: leave out was',
            type: 'value_error',
          });
        const options = parseOptions(body.options ?? {}, ['body', 'options'], faults);
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
        const live = byName.get(name);
        if (!live) throw notFound(name);
        const before = live.collection;
        const faults: Fault[] = [];
        if (body.name !== undefined && body.name !== name) checkName(body.name, faults);
        const parsed =
          body.schema === undefined
            ? { schema: before.schema, renames: [] }
            : parseSchema(body.schema, ['body', 'schema'], faults);
        checkRenames(parsed.renames, live, parsed.schema.fields, faults);
        const options =
          body.options === undefined
            ? before.options
            : parseOptions(body.options, ['body', 'options'], faults, before.options.access);
        if (faults.length > 0) throw invalidInput(faults);
        const after: Collection = {
          ...before,
          name: body.name ?? name,
          label: body.label ?? before.label,
          schema: parsed.schema,
          options,
          updated_at: nextTimestamp(before.updated_at),
        };
        const compiled = compileSchema(after.schema.fields);
        const renames = new Map(parsed.renames.map((rename) => [rename.name, rename.was]));
        const plan = planChange({
          before: before.schema.fields,
          after: compiled,
          renames,
          force,
        });
        const outcome = await store.update({ before, after, ...plan });
        switch (outcome.kind) {
          case 'done':
            return after;
          case 'name_taken':
            throw nameTaken(after.name);
          case 'stale':
            refresh();
            throw new AppError(
              'conflict',
              `${name} was changed by somebody else meanwhile. Load it again and repeat the change.`,
            );
          case 'offenders':
            throw new AppError('conflict', describeOffenders(outcome.offenders, force));
          case 'doubles':
            throw new AppError(
              'conflict',
              `${outcome.field} cannot be unique: ${countRecords(outcome.offenders.count)} hold a value that others hold too: ${nameOffenders(outcome.offenders)}. Change those first.`,
            );
          default:
            return outcome satisfies never;
        }
      }),

    delete: (name: string, confirm: string | undefined): Promise<void> =>
      inTurn(async () => {
        const live = byName.get(name);
        if (!live) throw notFound(name);
        const outcome = await store.delete(live.collection.id, confirm === name);
        if (typeof outcome === 'object')
          throw new AppError(
            'conflict',
            `${name} holds ${outcome.count} records, which would be deleted too. Repeat with ?confirm=${name} if you mean it.`,
          );
        if (outcome === 'missing') throw notFound(name);
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

function describeOffenders(offenders: Offenders, force: boolean): string {
  const way = force
    ? 'Change those records first; force cannot help here.'
    : 'Change those records first, or repeat with ?force=true, which deletes the values that do not fit.';
  const { count } = offenders;
  return `${countRecords(count)} ${count === 1 ? 'does' : 'do'} not fit the new schema: ${nameOffenders(offenders)}. ${way}`;
}

function countRecords(count: number): string {
  return `${count} stored ${count === 1 ? 'record' : 'records'}`;
}

function nameOffenders({ count, first }: Offenders): string {
  const named = first.map(({ id, msg }) => `${id} (${msg})`).join(', ');
  return count > first.length ? `${named}, …` : named;
}

const nameTaken = (name: string) =>
  new AppError('conflict', `A collection named ${name} exists already.`);
const notFound = (name: string) => new AppError('not_found', `There is no collection ${name}.`);
const signInFirst = () =>
  new AppError('unauthenticated', 'Sign in first: this collection is not open to everyone.');
