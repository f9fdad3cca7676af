import { type Actor, userIdOf } from './actor.ts';

/** What a write, a sign-in or a call is put down to, for those who are told of it. */
export interface Origin {
  /** Whoever asked for it, whatever rights it is done with; null for nobody in particular. */
  readonly userId: string | null;
  /** Of the request that began it, made when it is asked for first; null without one. */
  readonly requestId: string | null;
  /** How many hooks lie between that request and this: 0 for what the request did itself. */
  readonly depth: number;
}

/** What somebody does of their own accord. */
export function originOf(actor: Actor, requestId: () => string | null): Origin {
  return {
    userId: userIdOf(actor),
    get requestId() {
      return requestId();
    },
    depth: 0,
  };
}
