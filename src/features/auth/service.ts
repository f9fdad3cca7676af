import { type Actor, requireSignedIn } from '../../core/actor.ts';
import type { AuditTrail } from '../../core/audit.ts';
import { toTimestamp } from '../../core/clock.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import { normalizeEmail, toAccountEmail } from '../../lib/email.ts';
import type { MailService } from '../mail/service.ts';
import { emailTaken, toPlainUser } from '../users/service.ts';
import type { Account, UserStore } from '../users/store.ts';
import { createAccountMail } from './account-mail.ts';
import { createFailedSignIns, toSignedIn, userEntry } from './audit-entries.ts';
import { createAuthenticate } from './authenticate.ts';
import { findCredentialFaults } from './credentials.ts';
import { createOwnAccount, type OwnAccount } from './own-account.ts';
import { createOwnEmail, type OwnEmail } from './own-email.ts';
import { createPasswordReset, type PasswordResets } from './password-reset.ts';
import type { LoginBody, Me, RegisterAnswer, RegisterBody } from './schema.ts';
import { createSessionList, type SessionLists } from './session-list.ts';
import { badToken } from './sessions.ts';
import { createSetUp, type SetUp, type SetUpDeps } from './set-up.ts';
import { type SignIn, toSignIn } from './sign-in.ts';

export interface AuthServiceDeps extends SetUpDeps {
  readonly users: UserStore;
  /** Asked each time, as an admin may change it while the server runs. */
  readonly isRegistrationOpen: () => boolean;
  /** Where people reach this server, for links; never taken from a request. */
  readonly publicUrl: string | undefined;
  readonly mail: Pick<MailService, 'requireOn' | 'post' | 'linkTo'>;
  readonly audit: AuditTrail;
}

export interface AuthService extends SetUp, OwnAccount, OwnEmail, SessionLists, PasswordResets {
  /** For the guard. */
  authenticate(request: Request): Actor;
  /** `address` is the caller's: attempts are counted. */
  register(body: RegisterBody, address: string): Promise<RegisterAnswer>;
  /** `device` is what the session is listed as; see device-name.ts. */
  login(body: LoginBody, address: string, device?: string | null): Promise<SignIn>;
  /** A new token in the place of the one that was shown, which ends. */
  refresh(actor: Actor, device?: string | null): Promise<SignIn>;
  me(actor: Actor): Promise<Me>;
  logout(actor: Actor): Promise<void>;
}

/** How often a sign-in starts over because the password or the role changed under it. */
const MAX_ATTEMPTS = 2;

export function createAuthService(deps: AuthServiceDeps): AuthService {
  const { users, tokens, sessions, passwords, attempts, clock, issueSession, audit } = deps;
  const noteFailure = createFailedSignIns(deps);
  const accountMail = createAccountMail(deps);

  /** Undefined when the account changed while its password was verified. */
  async function startSession(
    { user, passwordHash }: Account,
    password: string,
    device: string | null,
    address: string,
  ) {
    const renewedHash = passwords.isOutdated(passwordHash)
      ? await passwords.hash(password)
      : undefined;
    const issued = await issueSession(user.id, device);
    const { session } = issued;
    const hasStarted = await tokens.startSession({
      userId: user.id,
      session,
      passwordHash,
      renewedHash,
    });
    if (!hasStarted) return undefined;
    if (user.is_admin)
      await audit.note(
        toSignedIn(user, session, address),
        userEntry('sign_in', user, { session_id: session.id, device }),
      );
    return toSignIn(issued, user);
  }

  return {
    authenticate: createAuthenticate(sessions),

    async register({ email, password }, address) {
      if (!deps.isRegistrationOpen())
        throw new AppError('forbidden', 'Registration is closed: only an admin makes accounts.');
      const faults = findCredentialFaults(passwords, email, password);
      if (faults.length > 0) throw invalidInput(faults);
      attempts.check('register', address);
      const passwordHash = await passwords.hash(password);
      const now = clock.now();
      const user = await users.create({
        id: Bun.randomUUIDv7('hex', now),
        email: toAccountEmail(email),
        passwordHash,
        createdAt: toTimestamp(now),
      });
      if (typeof user === 'string') throw emailTaken();
      const { id, is_admin, created_at } = user;
      deps.onRegister.emit({ id, email: user.email, is_admin });
      accountMail.sendVerification(id);
      return { id, email: user.email, is_admin, created_at };
    },

    async login({ email, password }, address, device = null) {
      const tried = attempts.check('login', address, email);
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const account = await users.findAccount(normalizeEmail(email));
        const usable = account?.user.is_active ? account : undefined;
        // The same work whoever asks: the time must not tell which addresses have an account.
        const isRight = await passwords.verify(password, usable?.passwordHash);
        if (!usable || !isRight) {
          if (account?.user.is_admin) noteFailure(account.user, address);
          break;
        }
        const signIn = await startSession(usable, password, device, address);
        if (!signIn) continue;
        tried.succeed();
        deps.onLogin.emit(signIn.user);
        return signIn;
      }
      throw new AppError('unauthenticated', 'The e-mail address or the password is wrong.');
    },

    async refresh(actor, device = null) {
      const { id, tokenId } = requireSignedIn(actor);
      const issued = await issueSession(id, device);
      const replaced = await tokens.replaceSession(tokenId, issued.session);
      if (!replaced) throw badToken();
      sessions.forget(replaced.endedHash);
      return toSignIn(issued, replaced.user);
    },

    async me(actor) {
      const user = await users.find(requireSignedIn(actor).id);
      if (!user) throw new AppError('unauthenticated', 'This account is gone.');
      return toPlainUser(user);
    },

    async logout(actor) {
      const { id, tokenId } = requireSignedIn(actor);
      const tokenHash = await tokens.endSession(id, tokenId);
      if (tokenHash !== undefined) sessions.forget(tokenHash);
    },

    ...createSetUp(deps),
    ...createOwnAccount(deps, accountMail),
    ...createOwnEmail(deps, accountMail),
    ...createSessionList(deps),
    ...createPasswordReset(deps, accountMail),
  };
}
