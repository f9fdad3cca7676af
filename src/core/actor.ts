/** Who is asking. Built once per request and passed by value, first, to every service call. */
export type Actor = AnonymousActor | SignedInActor | SystemActor;

export interface AnonymousActor {
  readonly kind: 'anonymous';
}

export interface SignedInActor {
  readonly kind: 'user' | 'admin';
  /** The user's id. */
  readonly id: string;
  readonly email: string;
  /** The row of the token that was shown; logging out ends this one. */
  readonly tokenId: string;
}

/** The server itself: the command line, the scheduler, functions with full rights. */
export interface SystemActor {
  readonly kind: 'system';
}

export const ANONYMOUS: AnonymousActor = { kind: 'anonymous' };
export const SYSTEM: SystemActor = { kind: 'system' };

/** True for those whom no access rule stops. */
export function isAdmin(actor: Actor): boolean {
  return actor.kind === 'admin' || actor.kind === 'system';
}

/** The user's id, or null for those who have none. */
export function userIdOf(actor: Actor): string | null {
  return actor.kind === 'user' || actor.kind === 'admin' ? actor.id : null;
}
