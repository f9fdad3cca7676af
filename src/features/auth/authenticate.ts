import { type Actor, ANONYMOUS } from '../../core/actor.ts';
import { AppError } from '../../core/errors.ts';
import { findSessionCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

/** RFC 6750: the scheme in any case, one token. */
const BEARER = /^Bearer +[\w.~+/-]+=*$/i;

/** Finds out who sends a request, for the guard; see TokenStore.findSession for why it is synchronous. */
export function createAuthenticate(sessions: Pick<Sessions, 'getActor'>) {
  return (request: Request): Actor => {
    const header = request.headers.get('authorization');
    if (header !== null) return sessions.getActor(toToken(header));
    const token = findSessionCookie(request);
    return token === undefined ? ANONYMOUS : sessions.getActor(token);
  };
}

function toToken(header: string): string {
  if (!BEARER.test(header))
    throw new AppError('unauthenticated', 'The header must read Authorization: Bearer <token>.');
  return header.slice(header.lastIndexOf(' ') + 1);
}
