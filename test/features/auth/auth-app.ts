import { Elysia } from 'elysia';
import type { Clock } from '../../../src/core/clock.ts';
import { AppError } from '../../../src/core/errors.ts';
import { createHook } from '../../../src/core/hooks.ts';
import type { UserEvent } from '../../../src/features/auth/events.ts';
import { createPasswords, type PasswordEngine } from '../../../src/features/auth/passwords.ts';
import { authRoutes } from '../../../src/features/auth/routes.ts';
import { createAuthService } from '../../../src/features/auth/service.ts';
import { createSessions } from '../../../src/features/auth/sessions.ts';
import { userRoutes } from '../../../src/features/users/routes.ts';
import { createUserService } from '../../../src/features/users/service.ts';
import { createGuard } from '../../../src/http/guard.ts';
import { openConnection } from '../../../src/storage/sqlite/connection.ts';
import { createTokenStore } from '../../../src/storage/sqlite/token-store.ts';
import { createUserStore } from '../../../src/storage/sqlite/user-store.ts';

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
}

/** Everything of auth and users on a real database. The one place that says how the app is built. */
export function createAuthApp(options: AuthAppOptions = {}) {
  const { engine = quickEngine, path = ':memory:', isRegistrationOpen = true } = options;
  const connection = openConnection({ path });
  const { db } = connection;
  const clock: Clock & { ms: number } = { ms: Date.UTC(2030, 0, 1), now: () => clock.ms };
  const warnings: string[] = [];
  const events: string[] = [];
  const fail = (error: unknown) => {
    throw error;
  };
  const onLogin = createHook<UserEvent>(fail);
  const onRegister = createHook<UserEvent>(fail);
  onLogin.on(({ email }) => events.push(`login ${email}`));
  onRegister.on(({ email }) => events.push(`register ${email}`));

  const users = createUserStore(connection);
  const tokens = createTokenStore(connection);
  const log = { warning: (message: string) => void warnings.push(message) };
  const sessions = createSessions({ tokens, clock, log });
  connection.onForeignWrite(() => sessions.forgetAll());
  const passwords = createPasswords({ minLength: 8, engine });
  const auth = createAuthService({
    users,
    tokens,
    sessions,
    passwords,
    clock,
    tokenTtlHours: 24,
    isRegistrationOpen: () => isRegistrationOpen,
    onLogin,
    onRegister,
  });
  const { forgetUser } = sessions;
  const userService = createUserService({ users, clock, passwords, forgetUser });
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
    .use(userRoutes(userService, guard))
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
    clock,
    auth,
    users: userService,
    sessions,
    warnings,
    events,
    call,
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
  unavailable: 503,
};

function toStatus(error: unknown, code: string | number): number {
  if (error instanceof AppError) return STATUS[error.code] ?? 500;
  if (code === 'VALIDATION' || code === 'PARSE') return 422;
  return code === 'NOT_FOUND' ? 404 : 500;
}
