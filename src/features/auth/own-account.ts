import { type Actor, requireSignedIn, type SignedInActor } from '../../core/actor.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import { lastAdmin } from '../users/service.ts';
import type { AccountProof, UserStore } from '../users/store.ts';
import type { AttemptKind, LoginLimit } from './login-limit.ts';
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
}

/** What the owner of an account does to it, who shows the password once more: a session may be stolen. */
export interface OwnAccount {
  /** Ends all other sessions and open one-time links; API tokens stay. */
  changePassword(actor: Actor, body: ChangePasswordBody, address: string): Promise<void>;
  /** Deletes the account. Its records stay, without an owner. */
  deleteMe(actor: Actor, body: DeleteMeBody, address: string): Promise<void>;
}

interface Shown {
  readonly kind: AttemptKind;
  readonly password: string;
  /** Where it stands in the body. */
  readonly key: string;
  readonly address: string;
}

/** How often it starts over because the hash was renewed while the password was verified. */
const MAX_ATTEMPTS = 2;

export function createOwnAccount(deps: OwnAccountDeps): OwnAccount {
  const { users, tokens, sessions, passwords, attempts, clock } = deps;

  /** Does it with a proof that the password is right; what answers `stale` is done anew. */
  async function withProof<Outcome>(
    actor: SignedInActor,
    { kind, password, key, address }: Shown,
    act: (proof: AccountProof) => Promise<Outcome | 'stale'>,
  ): Promise<Outcome> {
    const tried = attempts.check(kind, address, actor.email);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const account = await users.findAccountOf(actor.id);
      if (!account) throw badToken();
      if (!(await passwords.verify(password, account.passwordHash))) break;
      const { passwordHash } = account;
      const outcome = await act({ sessionId: actor.tokenId, passwordHash });
      if (outcome === 'stale') continue;
      tried.succeed();
      return outcome;
    }
    throw invalidInput([
      { loc: ['body', key], msg: 'is not the current password', type: 'value_error' },
    ]);
  }

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
