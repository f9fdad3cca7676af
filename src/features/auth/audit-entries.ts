import type { SignedInActor } from '../../core/actor.ts';
import type { AuditEntry, AuditTrail } from '../../core/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { createSlidingWindow } from '../../lib/sliding-window.ts';
import type { User } from '../users/schema.ts';
import type { NewSession } from './store.ts';

interface Account {
  readonly id: string;
  /** Null when it is gone by now. */
  readonly email: string | null;
}
type Verb = 'change_email' | 'change_password' | 'reset_link' | 'reset_password' | 'set_up';

/** Something done to an account, or to how it is signed in to. */
export function userEntry(
  verb: Verb | 'sign_in' | 'sign_in_failed',
  { id, email }: Account,
  details: AuditEntry['details'] = {},
): AuditEntry {
  return { action: `user.${verb}`, subject_id: id, subject_name: email, details };
}

/** Who an account is with the session that has just begun. */
export function toSignedIn(
  { id, email, is_admin }: Pick<User, 'id' | 'email' | 'is_admin'>,
  session: NewSession,
  address: string,
): SignedInActor {
  const caller = { ip: address };
  return { kind: is_admin ? 'admin' : 'user', id, email, tokenId: session.id, caller };
}

/** So many failures of an account are noted within this time: enough to see that somebody guesses. */
const MAX_NOTED = 5;
const NOTED_WITHIN_MS = 10 * 60_000;

/** Notes sign-ins of admins that failed, a few of many: strangers must not fill the disk with them. */
export function createFailedSignIns({
  audit,
  clock,
}: {
  readonly audit: AuditTrail;
  readonly clock: Clock;
}) {
  const noted = createSlidingWindow({ limit: MAX_NOTED, windowMs: NOTED_WITHIN_MS });
  /** Nobody waits for it: the time of the answer must not tell which addresses are admins'. */
  return (account: Account, address: string): void => {
    const now = clock.now();
    if (noted.waitMs(account.id, now) > 0) return;
    noted.add(account.id, now);
    const nobody = { kind: 'anonymous', caller: { ip: address } } as const;
    void audit.note(nobody, userEntry('sign_in_failed', account));
  };
}
