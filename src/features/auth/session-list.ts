import { type Actor, requireFullAdmin, requireSignedIn } from '../../core/actor.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { type PageWindow, toPage } from '../../lib/page.ts';
import type { UserStore } from '../users/store.ts';
import type { SessionPage } from './schema.ts';
import type { Sessions } from './sessions.ts';
import type { TokenStore } from './store.ts';

export interface SessionListDeps {
  readonly users: Pick<UserStore, 'find'>;
  readonly tokens: Pick<TokenStore, 'listSessions' | 'endSession'>;
  readonly sessions: Pick<Sessions, 'forget'>;
  readonly clock: Clock;
}

/** The devices on which an account is signed in, for its owner and for admins. */
export interface SessionLists {
  ownSessions(actor: Actor, window: PageWindow): Promise<SessionPage>;
  /** True when it was the session that was shown. */
  endOwnSession(actor: Actor, id: string): Promise<boolean>;
  sessionsOf(actor: Actor, userId: string, window: PageWindow): Promise<SessionPage>;
  endSessionOf(actor: Actor, userId: string, id: string): Promise<void>;
}

export function createSessionList({
  users,
  tokens,
  sessions,
  clock,
}: SessionListDeps): SessionLists {
  async function list(userId: string, window: PageWindow, shown?: string): Promise<SessionPage> {
    const at = toTimestamp(clock.now());
    const { items, total } = await tokens.listSessions(userId, at, window);
    const marked = items.map((session) => ({ ...session, is_current: session.id === shown }));
    return toPage({ items: marked, total }, window);
  }

  async function end(userId: string, id: string): Promise<void> {
    const tokenHash = await tokens.endSession(userId, id);
    if (tokenHash === undefined)
      throw new AppError('not_found', 'There is no session with this id.');
    sessions.forget(tokenHash);
  }

  async function requireUser(actor: Actor, userId: string): Promise<void> {
    requireFullAdmin(actor);
    if (!(await users.find(userId)))
      throw new AppError('not_found', 'There is no user with this id.');
  }

  return {
    async ownSessions(actor, window) {
      const { id, tokenId } = requireSignedIn(actor);
      return list(id, window, tokenId);
    },

    async endOwnSession(actor, id) {
      const me = requireSignedIn(actor);
      await end(me.id, id);
      return id === me.tokenId;
    },

    async sessionsOf(actor, userId, window) {
      await requireUser(actor, userId);
      return list(userId, window, 'tokenId' in actor ? actor.tokenId : undefined);
    },

    async endSessionOf(actor, userId, id) {
      await requireUser(actor, userId);
      await end(userId, id);
    },
  };
}
