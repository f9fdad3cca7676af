import { type Actor, ANONYMOUS } from '../../core/actor.ts';
import { AppError } from '../../core/errors.ts';
import { findSessionCookie } from './session-cookie.ts';
import { badToken, type Sessions } from './sessions.ts';

/** RFC 6750: the scheme in any case, one token. */
const BEARER = /^Bearer +[\w.~+/-]+=*$/i;

/** Finds out who sends a request, for the guard; see TokenStore.findToken for why it is synchronous. */
export function createAuthenticate(sessions: Pick<Sessions, 'getActor'>) {
  return (request: Request): Actor => {
    const header = request.headers.get('authorization');
    if (header !== null) return sessions.getActor(toToken(header));
    const token = findSessionCookie(request);
    if (token === undefined) return ANONYMOUS;
    const actor = sessions.getActor(token);
    // A browser sends cookies unasked: only what a sign-in has put there counts.
    if (actor.scopes !== undefined) throw badToken();
    return actor;
  };
}

function toToken(header: string): string {
  if (!BEARER.test(header))
    throw new AppError('unauthenticated', 'The header must read Authorization: Bearer <token>.');
  return header.slice(header.lastIndexOf(' ') + 1);
}
