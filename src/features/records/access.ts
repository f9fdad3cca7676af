import { type Actor, isAdmin } from '../../core/actor.ts';
import { AppError } from '../../core/errors.ts';
import type { Access } from '../collections/schema.ts';
import type { Filter } from './store.ts';

const ALL: Filter = { op: 'all' };

/** The only access decision about records: the rows that this actor may touch, or why there are none. */
export function rowsFor(actor: Actor, rule: Access): Filter | AppError {
  if (isAdmin(actor) || rule === 'public') return ALL;
  if (actor.kind !== 'user')
    return new AppError('unauthenticated', 'Sign in first: this is not open to everyone.');
  switch (rule) {
    case 'auth':
      return ALL;
    case 'owner':
      return { op: 'owner', id: actor.id };
    case 'admin':
      return new AppError('forbidden', 'Only an admin may do this.');
    default:
      return rule satisfies never;
  }
}

/** The rows of both. Filters of one actor only ever name that actor as the owner. */
export function inBoth(one: Filter, other: Filter): Filter {
  return one.op === 'all' ? other : one;
}
