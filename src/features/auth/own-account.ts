import { type Actor, requireSignedIn } from '../../core/actor.ts';
import type { AuditTrail } from '../../core/audit.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import { deleteEntry, lastAdmin } from '../users/service.ts';
import type { UserStore } from '../users/store.ts';
import type { AccountMail } from './account-mail.ts';
import { userEntry } from './audit-entries.ts';
import type { LoginLimit } from './login-limit.ts';
import { createWithProof, type Shown } from './password-proof.ts';
import type { Passwords } from './passwords.ts';
import type { ChangePasswordBody, DeleteMeBody } from './schema.ts';
import { badToken, type Sessions } from './sessions.ts';
import type { TokenStore } from './store.ts';

export interface OwnAccountDeps {
  readonly users: Pick<UserStore, 'findAccountOf' | 'delete'>;
  readonly tokens: Pick<TokenStore, 'changePassword'>;
  readonly sessions: Pick<Sessions, 'forgetUser'>;
  readonly passwords: Passwords;
  readonly attempts: LoginLimit;
  readonly clock: Clock;
  readonly audit: AuditTrail;
}

/** What the owner of an account does to it, who shows the password once more: a session may be stolen. */
export interface OwnAccount {
  /** Ends all other sessions and open one-time links; API tokens stay. */
  changePassword(actor: Actor, body: ChangePasswordBody, address: string): Promise<void>;
  /** Deletes the account. Its records stay, without an owner. */
  deleteMe(actor: Actor, body: DeleteMeBody, address: string): Promise<void>;
}

export function createOwnAccount(
  deps: OwnAccountDeps,
  accountMail: Pick<AccountMail, 'tell'>,
): OwnAccount {
  const { users, tokens, sessions, passwords, clock, audit } = deps;
  const withProof = createWithProof(deps);

  return {
    async changePassword(actor, { current_password, password }, address) {
      const me = requireSignedIn(actor);
      const fault = passwords.findFault(password);
      if (fault !== undefined)
        throw invalidInput([{ loc: ['body', 'password'], msg: fault, type: 'value_error' }]);
      const shown: Shown = {
        kind: 'change_password',
        password: current_password,
        key: 'current_password',
        address,
      };
      const outcome = await withProof(me, shown, async (proof) =>
        tokens.changePassword({
          userId: me.id,
          proof,
          passwordHash: await passwords.hash(password),
          at: toTimestamp(clock.now()),
        }),
      );
      if (outcome === 'no_session') throw badToken();
      sessions.forgetUser(me.id);
      accountMail.tell('password_changed', me.email);
      await audit.note(me, userEntry('change_password', me));
    },

    async deleteMe(actor, { password }, address) {
      const me = requireSignedIn(actor);
      const shown: Shown = { kind: 'delete_account', password, key: 'password', address };
      const outcome = await withProof(me, shown, async (proof) => {
        const at = toTimestamp(clock.now());
        const removed = await users.delete({ id: me.id, records: 'keep', at, proof });
        return removed.kind === 'stale' ? 'stale' : removed.kind;
      });
      switch (outcome) {
        case 'done':
          sessions.forgetUser(me.id);
          await audit.note(me, deleteEntry({ ...me, is_admin: me.kind === 'admin' }, 'keep'));
          return;
        case 'last_admin':
          throw lastAdmin();
        case 'referenced':
          // Which ones is not said: they may be of a collection that the caller must not know of.
          throw new AppError(
            'conflict',
            'This account cannot be deleted: records refer to it. Ask an admin to change those first.',
          );
        case 'no_session':
        case 'missing':
        case 'not_admin':
        case 'is_admin':
          throw badToken();
        default:
          return outcome satisfies never;
      }
    },
  };
}
