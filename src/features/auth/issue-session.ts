import { type Clock, toTimestamp } from '../../core/clock.ts';
import type { Jwt } from './jwt.ts';
import type { NewSession } from './store.ts';
import { createToken, hashToken } from './tokens.ts';

export interface IssuedSession {
  /** Shown once, to its owner. */
  readonly token: string;
  readonly session: NewSession;
  readonly ttlSeconds: number;
}

export interface IssueSessionDeps {
  readonly clock: Clock;
  readonly ttlHours: number;
  /** Left out: a token says nothing. */
  readonly jwt?: Pick<Jwt, 'sign'> | undefined;
}

/** A session to be stored, and its token. `device` is what its owner will know it by. */
export type IssueSession = (userId: string, device: string | null) => Promise<IssuedSession>;

export function createIssueSession({ clock, ttlHours, jwt }: IssueSessionDeps): IssueSession {
  const ttlSeconds = Math.round(ttlHours * 3600);
  return async (userId, device) => {
    const issuedAt = clock.now();
    const expiresAt = issuedAt + ttlSeconds * 1000;
    const id = Bun.randomUUIDv7('hex', issuedAt);
    const token =
      (await jwt?.sign({ userId, sessionId: id, issuedAt, expiresAt })) ?? createToken();
    const session = {
      id,
      name: device,
      tokenHash: hashToken(token),
      createdAt: toTimestamp(issuedAt),
      expiresAt: toTimestamp(expiresAt),
    };
    return { token, session, ttlSeconds };
  };
}
