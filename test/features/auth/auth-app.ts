import { Elysia } from 'elysia';
import { SYSTEM } from '../../../src/core/actor.ts';
import { AppError } from '../../../src/core/errors.ts';
import { createHook } from '../../../src/core/hooks.ts';
import { accountRoutes } from '../../../src/features/auth/account-routes.ts';
import { apiTokenRoutes } from '../../../src/features/auth/api-token-routes.ts';
import { createApiTokens } from '../../../src/features/auth/api-tokens.ts';
import { emailRoutes } from '../../../src/features/auth/email-routes.ts';
import type { UserEvent } from '../../../src/features/auth/events.ts';
import { createIssueSession } from '../../../src/features/auth/issue-session.ts';
import { createJwt } from '../../../src/features/auth/jwt.ts';
import { createLoginLimit } from '../../../src/features/auth/login-limit.ts';
import { createPasswords, type PasswordEngine } from '../../../src/features/auth/passwords.ts';
import { authRoutes } from '../../../src/features/auth/routes.ts';
import { createAuthService } from '../../../src/features/auth/service.ts';
import { createSessions } from '../../../src/features/auth/sessions.ts';
import { userSessionRoutes } from '../../../src/features/auth/user-session-routes.ts';
import { createMailService } from '../../../src/features/mail/service.ts';
import { userRoutes } from '../../../src/features/users/routes.ts';
import { createUserService } from '../../../src/features/users/service.ts';
import { createGuard } from '../../../src/http/guard.ts';
import { createHashRecipes } from '../../../src/storage/sqlite/hash-recipes.ts';
import { createMetaStore } from '../../../src/storage/sqlite/meta-store.ts';
import { createTokenStore } from '../../../src/storage/sqlite/token-store.ts';
import { NO_AUDIT } from '../../support/no-audit.ts';
import {
  createOpenCollection,
  type LooseField,
  openDataApp,
  settableClock,
} from '../records/data-app.ts';

export const PASSWORD = 'correct horse';
/** argon2id as the product makes it, but cheap: these tests are about everything around it. */
export const quickEngine: PasswordEngine = {
  hash: async (password) =>
    `$argon2id$v=19$m=19456,t=2,p=1$quick$${Bun.SHA256.hash(password, 'hex')}`,
  verify: async (password, hash) =>
    typeof password === 'string' && hash.endsWith(`$quick$${Bun.SHA256.hash(password, 'hex')}`),
};

export interface AuthAppOptions {
  readonly engine?: PasswordEngine;
  readonly path?: string;
  readonly isRegistrationOpen?: boolean;
  readonly publicUrl?: string;
  /** Mail is off without. */
  readonly smtpUrl?: string;
  readonly mailFrom?: string;
  /** Session tokens are JWTs. */
  readonly isJwt?: boolean;
  readonly jwtSecrets?: readonly string[];
  /** The database of another app: a server that starts anew. */
  readonly data?: ReturnType<typeof openDataApp>;
  /** High enough that tests of other things never meet it. */
  readonly attemptsPerMinute?: number;
}

/** Everything of auth and users on a real database. The one place that says how the app is built. */
export function createAuthApp(options: AuthAppOptions = {}) {
  const { engine = quickEngine, path = ':memory:', isRegistrationOpen = true, isJwt } = options;
  const clock = settableClock();
  const { data = openDataApp({ path, clock }) } = options;
  const { connection, db, userStore: users } = data;
  const warnings: string[] = [];
  const events: string[] = [];
  const fail = (error: unknown) => {
    throw error;
  };
  const onLogin = createHook<UserEvent>(fail);
  const onRegister = createHook<UserEvent>(fail);
  onLogin.on(({ email }) => events.push(`login ${email}`));
  onRegister.on(({ email }) => events.push(`register ${email}`));

  const tokens = createTokenStore(connection);
  const meta = createMetaStore(connection);
  const kept = {
    find: () => meta.get('jwt_secret'),
    keep: (secret: string) => meta.keep('jwt_secret', secret),
  };
  const jwt = createJwt({ secrets: options.jwtSecrets ?? [], kept });
  const log = { warning: (message: string) => void warnings.push(message) };
  const sessions = createSessions({ tokens, jwt, clock, log });
  connection.onForeignWrite(() => sessions.forgetAll());
  const foreignRecipes = createHashRecipes(connection).all;
  const passwords = createPasswords({ minLength: 8, engine, cores: 8, foreignRecipes });
  const mail = createMailService({
    smtpUrl: options.smtpUrl,
    from: options.mailFrom ?? 'noreply@example.com',
    isDebug: false,
    publicUrl: options.publicUrl ?? 'https://api.example.com',
    logger: {
      info: (message) => void warnings.push(message),
      warning: (message) => void warnings.push(message),
      error: (message, fields) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
    },
    instanceName: () => 'Test',
    templates: () => ({}),
    retryDelaysMs: [],
    pauseMs: () => 0,
  });
  const auth = createAuthService({
    users,
    tokens,
    sessions,
    passwords,
    attempts: createLoginLimit({ perMinute: options.attemptsPerMinute ?? 10_000, clock }),
    clock,
    issueSession: createIssueSession({ clock, ttlHours: 24, jwt: isJwt ? jwt : undefined }),
    isRegistrationOpen: () => isRegistrationOpen,
    publicUrl: options.publicUrl,
    mail,
    audit: NO_AUDIT,
    onLogin,
    onRegister,
  });
  const apiTokens = createApiTokens({ tokens, sessions, clock, audit: NO_AUDIT });
  const { forgetUser } = sessions;
  const countRecords = async (id: string) => {
    const filter = { op: 'owner', id } as const;
    const all = data.collections.all().map(async ({ collection: { id: collectionId, name } }) => ({
      name,
      label: name,
      records: await data.recordStore.count({ collectionId, filter }),
    }));
    return (await Promise.all(all)).filter(({ records }) => records > 0);
  };
  const userService = createUserService({
    users,
    clock,
    passwords,
    forgetUser,
    onCreate: onRegister.emit,
    countRecords,
    audit: NO_AUDIT,
  });
  const guard = createGuard(auth.authenticate);
  const isHttps = ({ url }: Request) => url.startsWith('https:');
  const http = new Elysia({ normalize: false, strictPath: true })
    .onError(({ error, code, set }) => {
      set.status = toStatus(error, code);
      return error instanceof AppError
        ? { code: error.code, detail: error.faults ?? error.message }
        : { code: code === 'VALIDATION' ? 'invalid_input' : 'internal' };
    })
    .use(authRoutes({ auth, guard, isHttps }))
    .use(apiTokenRoutes(apiTokens, guard))
    .use(accountRoutes({ auth, guard, isHttps }))
    .use(emailRoutes({ auth, guard }))
    .use(userRoutes(userService, guard))
    .use(userSessionRoutes(auth, guard))
    .use(
      new Elysia().use(guard).get('/api/who', ({ actor }) => ({ kind: actor.kind }), {
        access: 'public',
      }),
    );

  async function call(method: string, path: string, extra: CallOptions = {}) {
    const { body, token, headers = {}, origin = 'http://localhost' } = extra;
    const response = await http.handle(
      new Request(origin + path, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    const cookie = response.headers.get('set-cookie');
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text), cookie };
  }

  return {
    connection,
    db,
    data,
    tokens,
    clock,
    auth,
    mail,
    users: userService,
    sessions,
    passwords,
    warnings,
    events,
    call,
    /** Waits until all that was to be written before has been: writes are done in turn. */
    written: () => connection.write(() => undefined),
    /** A collection that everybody may do everything with. */
    addCollection: (name: string, fields: readonly LooseField[] = []) =>
      createOpenCollection(data, name, fields),
    /** The id of a new record. */
    async addRecord(collection: string, owner?: string, values: object = {}) {
      const options = { id: undefined, ownerId: owner };
      const { record } = await data.records.create(SYSTEM, collection, values, options);
      return record.id;
    },
    register: (email: string, password = PASSWORD) =>
      call('POST', '/api/auth/register', { body: { email, password } }),
    login: (email: string, password = PASSWORD) =>
      call('POST', '/api/auth/login', { body: { email, password } }),
    /** The token of a new session. */
    async signIn(email: string, password = PASSWORD): Promise<string> {
      const { body } = await call('POST', '/api/auth/login', { body: { email, password } });
      return body.token;
    },
  };
}
export type AuthApp = ReturnType<typeof createAuthApp>;

interface CallOptions {
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly origin?: string;
}

const STATUS: Readonly<Record<string, number>> = {
  invalid_input: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_many_requests: 429,
  unavailable: 503,
};

function toStatus(error: unknown, code: string | number): number {
  if (error instanceof AppError) return STATUS[error.code] ?? 500;
  if (code === 'VALIDATION' || code === 'PARSE') return 422;
  return code === 'NOT_FOUND' ? 404 : 500;
}
