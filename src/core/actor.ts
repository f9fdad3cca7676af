import { AppError } from './errors.ts';

/** What an API token may be good for. */
export const SCOPES = [
  'records:read',
  'records:write',
  'functions:call',
  'functions:deploy',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

/** Who is asking. Built once per request and passed by value, first, to every service call. */
export type Actor = AnonymousActor | SignedInActor | SystemActor;

/** Where a request came from, for the audit log. */
export interface Caller {
  /** Of the request, where it is known. */
  readonly id?: string;
  /** Their address; read it before the answer. */
  readonly ip: string;
}

export interface AnonymousActor {
  readonly kind: 'anonymous';
  readonly scopes?: undefined;
  readonly caller?: Caller;
}

export interface SignedInActor {
  readonly kind: 'user' | 'admin';
  /** The user's id. */
  readonly id: string;
  readonly email: string;
  /** The row of the token that was shown; logging out ends this one. */
  readonly tokenId: string;
  /** With an API token: all that it opens. A session has none of this and opens everything. */
  readonly scopes?: readonly Scope[];
  /** Of a request that may be noted in the audit log; see http/guard.ts. */
  readonly caller?: Caller;
}

/** The server itself: the command line, the scheduler, functions with full rights. */
export interface SystemActor {
  readonly kind: 'system';
  readonly scopes?: undefined;
  readonly caller?: undefined;
}

export const ANONYMOUS: AnonymousActor = { kind: 'anonymous' };
export const SYSTEM: SystemActor = { kind: 'system' };

/** True for those whom no access rule stops. What an API token of an admin opens is the scopes' business. */
export function isAdmin(actor: Actor): boolean {
  return actor.kind === 'admin' || actor.kind === 'system';
}

/** An admin with nothing held back: an API token needs the scope admin for that. */
export function isFullAdmin(actor: Actor): boolean {
  return isAdmin(actor) && hasScope(actor, 'admin');
}

/** True for everybody but an API token without the scope; `admin` holds all others. */
export function hasScope({ scopes }: Actor, scope: Scope): boolean {
  return scopes === undefined || scopes.includes(scope) || scopes.includes('admin');
}

/** Throws 403 when the actor shows an API token that lacks the scope. */
export function requireScope(actor: Actor, scope: Scope): void {
  if (hasScope(actor, scope)) return;
  const held = actor.scopes?.length ? actor.scopes.join(', ') : 'none';
  throw new AppError(
    'forbidden',
    `This needs an API token with the scope ${scope}; the scopes of this one: ${held}.`,
  );
}

/** The user's id, or null for those who have none. */
export function userIdOf(actor: Actor): string | null {
  return actor.kind === 'user' || actor.kind === 'admin' ? actor.id : null;
}

/** Who asks, with a user's id and a token; throws `unauthenticated` for everybody else. */
export function requireSignedIn(actor: Actor): SignedInActor {
  if (actor.kind === 'user' || actor.kind === 'admin') return actor;
  throw new AppError('unauthenticated', 'Sign in first.');
}

/** Throws 403 for everybody but an admin with nothing held back. */
export function requireFullAdmin(actor: Actor): void {
  if (!isFullAdmin(actor)) throw onlyAdmins();
}

export function onlyAdmins(): AppError {
  return new AppError('forbidden', 'Only an admin may do this.');
}

/** An API token that took over an admin's account would be stronger than itself. */
export function noApiTokens(): AppError {
  return new AppError(
    'forbidden',
    'An API token makes, changes and deletes accounts of users only: sign in to do this to an admin.',
  );
}

/** What an admin has shown, for a store to look at again in its commit: what was committed first wins. */
export interface ShownToken {
  readonly tokenId: string;
  readonly isApiToken: boolean;
}

/** Undefined for those who need none, such as the command line. */
export function findShownToken(actor: Actor): ShownToken | undefined {
  if (actor.kind === 'anonymous' || actor.kind === 'system') return undefined;
  return { tokenId: actor.tokenId, isApiToken: actor.scopes !== undefined };
}
