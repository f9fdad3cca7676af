import type { Actor } from '../../core/actor.ts';
import { AppError } from '../../core/errors.ts';
import type { Operation } from '../collections/schema.ts';
import type { CollectionService, LiveCollection } from '../collections/service.ts';
import { inBoth, rowsFor } from './access.ts';
import { noCollection, noRecord } from './record-errors.ts';
import type { Filter, RecordStore, Scope } from './store.ts';

export interface GateDeps {
  readonly collections: Pick<CollectionService, 'find' | 'findById' | 'visible'>;
  readonly store: Pick<RecordStore, 'find'>;
}

/** A collection and the rows of it that a caller may touch. */
export interface Opened {
  readonly live: LiveCollection;
  readonly scope: Scope;
}

export type Gate = ReturnType<typeof createGate>;

/** Lets callers to the records of a collection by its access rules, or says why not. */
export function createGate({ collections, store }: GateDeps) {
  function get(name: string): LiveCollection {
    const live = collections.find(name);
    if (!live) throw noCollection(name);
    return live;
  }

  /** Why the caller may touch no row at all: 401 where signing in would help, 404 where they may not even know. */
  function refusal(
    actor: Actor,
    live: LiveCollection,
    operation: Operation,
    error: AppError,
  ): AppError {
    const { name, options } = live.collection;
    if (error.code === 'unauthenticated' && options.access[operation] !== 'admin') return error;
    collections.visible(actor, name);
    return error;
  }

  /** Why a record could not be touched: 403 when the caller may see it and not do this, else 404. */
  function denied(actor: Actor, live: LiveCollection, id: string, operation: Operation): AppError {
    const { name, options } = live.collection;
    const seen = rowsFor(actor, options.access.read);
    if (seen instanceof AppError || !store.find(scopeOf(live, seen), id)) return noRecord(name, id);
    const rows = rowsFor(actor, options.access[operation]);
    // What an earlier request of a refused batch had deleted is back by now, and was never forbidden.
    return !(rows instanceof AppError) && store.find(scopeOf(live, inBoth(rows, seen)), id)
      ? noRecord(name, id)
      : new AppError('forbidden', `You may not ${operation} this record of ${name}.`);
  }

  return {
    denied,

    /** The collection and the rows of it that the caller may touch. */
    open(actor: Actor, name: string, operation: 'list' | 'read' | 'create'): Opened {
      const live = get(name);
      const rows = rowsFor(actor, live.collection.options.access[operation]);
      if (rows instanceof AppError) throw refusal(actor, live, operation, rows);
      return { live, scope: scopeOf(live, rows) };
    },

    /** Like open, for one record that is to be changed: nobody changes what they may not see. */
    openRecord(actor: Actor, name: string, id: string, operation: 'update' | 'delete'): Opened {
      const live = get(name);
      const { access } = live.collection.options;
      const seen = rowsFor(actor, access.read);
      if (seen instanceof AppError) {
        const error = refusal(actor, live, 'read', seen);
        throw error.code === 'unauthenticated' ? error : noRecord(name, id);
      }
      const rows = rowsFor(actor, access[operation]);
      if (!(rows instanceof AppError)) return { live, scope: scopeOf(live, inBoth(rows, seen)) };
      throw rows.code === 'unauthenticated' ? rows : denied(actor, live, id, operation);
    },

    /** The collection as it is when a write is committed. */
    current(live: LiveCollection): LiveCollection {
      const now = collections.findById(live.collection.id);
      if (!now) throw noCollection(live.collection.name);
      return now;
    },

    /** Whether the caller may know that there is such a collection. */
    isKnown(actor: Actor, name: string): boolean {
      try {
        collections.visible(actor, name);
        return true;
      } catch (error) {
        if (error instanceof AppError) return false;
        throw error;
      }
    },
  };
}

export function scopeOf(live: LiveCollection, filter: Filter): Scope {
  return { collectionId: live.collection.id, filter };
}
