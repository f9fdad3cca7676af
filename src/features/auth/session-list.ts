import {
  type Actor,
  findShownToken,
  noApiTokens,
  onlyAdmins,
  requireFullAdmin,
  requireSignedIn,
} from '../../core/actor.ts';
import type { AuditTrail } from '../../core/audit.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { type PageWindow, toPage } from '../../lib/page.ts';
import type { User } from '../users/schema.ts';
import type { UserStore } from '../users/store.ts';
import type { SessionPage } from './schema.ts';
import type { Sessions } from './sessions.ts';
import type { SessionEndOutcome, TokenStore } from './store.ts';

export interface SessionListDeps {
  readonly users: Pick<UserStore, 'find'>;
  readonly tokens: Pick<TokenStore, 'listSessions' | 'endSession' | 'endSessionOf'>;
  readonly sessions: Pick<Sessions, 'forget'>;
  readonly clock: Clock;
  readonly audit: AuditTrail;
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
  audit,
}: SessionListDeps): SessionLists {
  async function list(userId: string, window: PageWindow, shown?: string): Promise<SessionPage> {
    const at = toTimestamp(clock.now());
    const { items, total } = await tokens.listSessions(userId, at, window);
    const marked = items.map((session) => ({ ...session, is_current: session.id === shown }));
    return toPage({ items: marked, total }, window);
  }

  async function end(userId: string, id: string): Promise<void> {
    const tokenHash = await tokens.endSession(userId, id);
    if (tokenHash === undefined) throw noSession();
    sessions.forget(tokenHash);
  }

  async function requireUser(actor: Actor, userId: string): Promise<User> {
    requireFullAdmin(actor);
    const user = await users.find(userId);
    if (!user) throw new AppError('not_found', 'There is no user with this id.');
    return user;
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
      const { email } = await requireUser(actor, userId);
      const outcome = await tokens.endSessionOf({ userId, id, by: findShownToken(actor) });
      if (outcome.kind !== 'ended') throw refuse(outcome.kind);
      sessions.forget(outcome.tokenHash);
      await audit.note(actor, {
        action: 'session.end',
        subject_id: id,
        subject_name: email,
        details: { user_id: userId },
      });
    },
  };
}

function noSession(): AppError {
  return new AppError('not_found', 'There is no session with this id.');
}

function refuse(reason: Exclude<SessionEndOutcome['kind'], 'ended'>): AppError {
  switch (reason) {
    case 'missing':
      return noSession();
    case 'not_admin':
      return onlyAdmins();
    case 'is_admin':
      return noApiTokens();
    default:
      return reason satisfies never;
  }
}
