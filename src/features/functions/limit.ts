import type { Actor } from '../../core/actor.ts';
import { AppError } from '../../core/errors.ts';

/** Bounds how many jobs each user, and each API token, has running. */
export interface ConcurrencyLimit {
  run<T>(actor: Actor, job: () => Promise<T>): Promise<T>;
}

export function createConcurrencyLimit(max: number): ConcurrencyLimit {
  const running = new Map<string, number>();
  return {
    async run(actor, job) {
      const key = keyOf(actor);
      if (key === undefined) return job();
      const count = running.get(key) ?? 0;
      if (count >= max) throw tooMany(actor, max);
      running.set(key, count + 1);
      try {
        return await job();
      } finally {
        const left = (running.get(key) ?? 1) - 1;
        if (left > 0) running.set(key, left);
        else running.delete(key);
      }
    },
  };
}

/** Of all sessions of a user together. Nobody else is counted: who is not known cannot be told apart. */
function keyOf(actor: Actor): string | undefined {
  switch (actor.kind) {
    case 'user':
    case 'admin':
      return actor.scopes === undefined ? `user ${actor.id}` : `token ${actor.tokenId}`;
    case 'anonymous':
    case 'system':
      return undefined;
    default:
      return actor satisfies never;
  }
}

function tooMany({ scopes }: Actor, max: number): AppError {
  const who = scopes === undefined ? 'You have' : 'This API token has';
  return new AppError(
    'too_many_requests',
    `${who} as many function calls running as functions.max_concurrent_per_user allows: ${max}. Try again when one has ended.`,
    { retryAfterSeconds: 1 },
  );
}
