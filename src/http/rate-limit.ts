import { Elysia } from 'elysia';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { createCountedCache } from '../lib/counted-cache.ts';
import { toNetwork } from '../lib/ip-address.ts';
import { requestContext } from './request-context.ts';
import { withoutSource } from './without-source.ts';

export interface RateLimitOptions {
  /** 0 is off. */
  readonly perMinute: number;
  readonly clock: Clock;
  /**
   * Who shows a token that is good; undefined for everybody else, who count by address. A token that
   * is not good must not have a count of its own: each guess would start a new one.
   */
  readonly identify: (request: Request) => string | undefined;
}

/** What this file uses of Elysia's context. */
interface OnRequest {
  readonly request: Request;
  readonly set: { headers: Record<string, unknown> };
}

interface Count {
  used: number;
  endsAtMs: number;
}

const WINDOW_MS = 60_000;
/** Who floods it with addresses forgets those seen least lately. */
const MAX_COUNTS = 50_000;
/** What watches the server has to get through when everybody else does not; pages are plain files. */
const EXEMPT =
  /^\w+:\/\/[^/]*\/(?:(?:api\/)?health|ready|metrics|(?:admin|docs)(?:\/[^?]*)?)(?:\?|$)/;

/**
 * The general limit: so many requests a minute for each caller, before the route and the body. A
 * minute begins with its first request, so that the answers can say how many are left until when.
 * Goes into the app after CORS, whose headers a page needs to read the 429.
 */
export function createRateLimit({ perMinute, clock, identify }: RateLimitOptions) {
  const plugin = new Elysia({ name: 'rate-limit' });
  if (perMinute === 0) return plugin;
  const counts = createCountedCache<Count>(MAX_COUNTS);

  function take(key: string, now: number): Count {
    const found = counts.get(key);
    // An end further away than a whole window was set by a clock that has jumped back since.
    if (found !== undefined && now < found.endsAtMs && found.endsAtMs - now <= WINDOW_MS) {
      found.used++;
      return found;
    }
    const begun = { used: 1, endsAtMs: now + WINDOW_MS };
    counts.set(key, begun);
    return begun;
  }

  return plugin.onRequest(
    withoutSource(({ request, set }: OnRequest) => {
      // A browser asks for leave by OPTIONS unasked, and without the token that the request will have.
      if (request.method === 'OPTIONS' || EXEMPT.test(request.url)) return;
      const now = clock.now();
      const key = identify(request) ?? toNetwork(requestContext(request).ip);
      const { used, endsAtMs } = take(key, now);
      const seconds = Math.ceil((endsAtMs - now) / 1000);
      set.headers['x-ratelimit-limit'] = String(perMinute);
      set.headers['x-ratelimit-remaining'] = String(Math.max(0, perMinute - used));
      set.headers['x-ratelimit-reset'] = String(seconds);
      if (used > perMinute)
        throw new AppError(
          'too_many_requests',
          `More than ${perMinute} requests a minute. Try again in ${seconds} seconds.`,
          { retryAfterSeconds: seconds },
        );
    }),
  );
}
