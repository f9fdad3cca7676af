import { type Actor, isAdmin } from '../../core/actor.ts';
import { AppError } from '../../core/errors.ts';
import type { Access } from '../collections/schema.ts';
import type { Filter } from './store.ts';

const ALL: Filter = { op: 'all' };

/** The only access decision about records: an error, or the rows that this actor may touch. */
export function rowsFor(actor: Actor, rule: Access): Filter {
  if (isAdmin(actor)) return ALL;
  switch (rule) {
    case 'public':
      return ALL;
    case 'auth':
      signedIn(actor);
      return ALL;
    case 'owner':
      return { op: 'owner', id: signedIn(actor) };
    case 'admin':
      signedIn(actor);
      throw new AppError('forbidden', 'Only an admin may do this.');
    default:
      return rule satisfies never;
  }
}

function signedIn(actor: Actor): string {
  if (actor.kind === 'user') return actor.id;
  throw new AppError('unauthenticated', 'Sign in first: this is not open to everyone.');
}
