import type { SignedInActor } from '../../core/actor.ts';
import { invalidInput } from '../../core/errors.ts';
import type { AccountProof, UserStore } from '../users/store.ts';
import type { AttemptKind, LoginLimit } from './login-limit.ts';
import type { Passwords } from './passwords.ts';
import { badToken } from './sessions.ts';

export interface PasswordProofDeps {
  readonly users: Pick<UserStore, 'findAccountOf'>;
  readonly passwords: Pick<Passwords, 'verify'>;
  readonly attempts: LoginLimit;
}

/** The password of one's own account, as a body holds it. */
export interface Shown {
  readonly kind: AttemptKind;
  readonly password: string;
  /** Where it stands in the body. */
  readonly key: string;
  readonly address: string;
}

/** How often it starts over because the hash was renewed while the password was verified. */
const MAX_ATTEMPTS = 2;

export function createWithProof({ users, passwords, attempts }: PasswordProofDeps) {
  /** Does it with a proof that the password is right; what answers `stale` is done anew. */
  return async function withProof<Outcome>(
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
  };
}
