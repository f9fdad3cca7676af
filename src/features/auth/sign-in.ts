import type { User } from '../users/schema.ts';
import type { IssuedSession } from './issue-session.ts';
import type { LoginAnswer } from './schema.ts';

/** A started session, before it is decided whether its token goes into the answer or a cookie. */
export interface SignIn extends LoginAnswer {
  readonly token: string;
  readonly ttlSeconds: number;
}

export function toSignIn({ token, session, ttlSeconds }: IssuedSession, user: User): SignIn {
  const { id, email, is_admin } = user;
  return { token, ttlSeconds, expires_at: session.expiresAt, user: { id, email, is_admin } };
}
