import { Elysia } from 'elysia';
import type { Guard } from '../../http/guard.ts';
import { requestContext } from '../../http/request-context.ts';
import { findDeviceName } from './device-name.ts';
import {
  LoginAnswer,
  LoginBody,
  Me,
  RefreshBody,
  RegisterAnswer,
  RegisterBody,
  SetupBody,
} from './schema.ts';
import type { AuthService } from './service.ts';
import { toClearedCookie, toSessionCookie } from './session-cookie.ts';
import type { SignIn } from './sign-in.ts';

export interface AuthRoutesDeps {
  readonly auth: AuthService;
  readonly guard: Guard;
  /** Whether the browser's side of the connection is encrypted; a proxy may have ended that. */
  readonly isHttps: (request: Request) => boolean;
}

/** What this file uses of Elysia's `set`. */
interface Answer {
  readonly headers: Record<string, unknown>;
  status?: number | string;
}

export function authRoutes({ auth, guard, isHttps }: AuthRoutesDeps) {
  function hand(
    signIn: SignIn,
    asCookie: boolean | undefined,
    request: Request,
    set: Answer,
  ): LoginAnswer {
    const { token, ttlSeconds, ...rest } = signIn;
    set.headers['cache-control'] = 'no-store';
    if (!asCookie) return { token, ...rest };
    set.headers['set-cookie'] = toSessionCookie(token, ttlSeconds, isHttps(request));
    return rest;
  }

  return new Elysia({ prefix: '/api/auth' })
    .use(guard)
    .post(
      '/register',
      async ({ body, request, set }) => {
        const answer = await auth.register(body, addressOf(request));
        set.status = 201;
        return answer;
      },
      {
        access: 'open',
        body: RegisterBody,
        detail: {
          operationId: 'register',
          summary: 'Make an account',
          tags: ['auth'],
          'x-response': { 201: RegisterAnswer },
        },
      },
    )
    .post(
      '/login',
      async ({ body, request, set }) => {
        const signIn = await auth.login(body, addressOf(request), findDeviceName(request));
        return hand(signIn, body.cookie, request, set);
      },
      {
        access: 'open',
        body: LoginBody,
        detail: {
          operationId: 'login',
          summary: 'Sign in',
          description:
            'A wrong e-mail address, a wrong password and a disabled account are the same answer.',
          tags: ['auth'],
          'x-response': { 200: LoginAnswer },
        },
      },
    )
    .post(
      '/refresh',
      async ({ actor, body, request, set }) => {
        const signIn = await auth.refresh(actor, findDeviceName(request));
        // What came in a cookie leaves in one: no script must get a token that it can read out of it.
        const cameAsCookie = !request.headers.has('authorization');
        return hand(signIn, cameAsCookie || body?.cookie, request, set);
      },
      {
        access: 'auth',
        body: RefreshBody,
        detail: {
          operationId: 'refresh',
          summary: 'Take a new token in the place of the one that was shown',
          description:
            'The old one ends with that; of two requests at once one succeeds. A session that is in a cookie stays in it.',
          tags: ['auth'],
          'x-response': { 200: LoginAnswer },
        },
      },
    )
    .get('/me', ({ actor }) => auth.me(actor), {
      access: 'auth',
      detail: {
        operationId: 'getMe',
        summary: "Read one's own account",
        tags: ['auth'],
        'x-response': { 200: Me },
      },
    })
    .post(
      '/logout',
      async ({ actor, request, set }) => {
        await auth.logout(actor);
        set.headers['set-cookie'] = toClearedCookie(isHttps(request));
        set.status = 204;
      },
      {
        access: 'auth',
        detail: {
          operationId: 'logout',
          summary: 'End the session that was shown',
          tags: ['auth'],
          'x-response': { 204: null },
        },
      },
    )
    .post(
      '/setup',
      async ({ body, request, set }) => {
        const signIn = await auth.setUp(body, addressOf(request), findDeviceName(request));
        set.status = 201;
        return hand(signIn, body.cookie, request, set);
      },
      {
        access: 'open',
        body: SetupBody,
        detail: {
          operationId: 'setUp',
          summary: 'Make the first admin',
          description: 'With the token of the one-time link that the server prints at its start.',
          tags: ['auth'],
          'x-response': { 201: LoginAnswer },
        },
      },
    );
}

/** For counting attempts. */
export function addressOf(request: Request): string {
  return requestContext(request).ip;
}
