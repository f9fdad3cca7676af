import { newId } from '../lib/ids.ts';
import { findAddress } from '../lib/ip-address.ts';
import type { BodyBudget, BodyShare } from './body-budget.ts';

/** What the server knows about a request besides the request itself. */
export interface RequestContext {
  /** The caller's X-Request-ID when it is a good one, else a new one. */
  readonly id: string;
  readonly startedAt: number;
  /** The caller's address; X-Forwarded-For counts only behind a trusted proxy. Read it before the answer. */
  readonly ip: string;
  readonly isHttps: boolean;
  /** Scheme and host as the caller wrote them, such as `https://example.com`. */
  readonly origin: string;
  /** Replaces the request's time-out, counted from now; 0 takes it away (the handler has its own). */
  setTimeout(seconds: number): void;
  /** The answer is a stream: the connection ends after that many seconds without progress. */
  expectStream(idleSeconds?: number): void;
}

/** What the server keeps beside the public part. */
export interface TrackedContext extends RequestContext {
  /** performance.now() at which 408 is due; infinity for never. */
  deadline: number;
  /** JSON text of an answer that is long enough to be worth compressing. */
  longText: string | undefined;
  /** The answer that carries the standard headers already. */
  dressed: Response | undefined;
  /** The bound of all large bodies; none when a request did not come through the server. */
  readonly bodies: BodyBudget | undefined;
  /** What the body of this one holds of it. */
  bodyShare: BodyShare | undefined;
}

/** The connection's side of a context; none when a request is handled in memory. */
export interface Connection {
  requestIP(request: Request): { readonly address: string } | null;
  timeout(request: Request, seconds: number): void;
}

export interface ContextOptions {
  readonly startedAt: number;
  readonly newId: () => string;
  readonly connection: Connection | undefined;
  readonly isProxyTrusted: boolean;
  readonly deadline: number;
  readonly bodies?: BodyBudget;
}

/** Bun's own limit for an idle connection. */
const MAX_IDLE_SECONDS = 255;
const STREAM_IDLE_SECONDS = 60;
const GOOD_ID = /^[A-Za-z0-9._-]{1,64}$/;
// A property costs half of a WeakMap entry, and every request pays for it.
const CONTEXT = Symbol('requestContext');

interface Tracked extends Request {
  [CONTEXT]?: TrackedContext;
}

/** The context of a request; made on the spot for one that did not come through the server. */
export function requestContext(request: Request): RequestContext {
  return trackedContext(request);
}

export function trackedContext(request: Tracked): TrackedContext {
  return (
    request[CONTEXT] ??
    attachContext(request, {
      startedAt: Date.now(),
      newId,
      connection: undefined,
      isProxyTrusted: false,
      deadline: Number.POSITIVE_INFINITY,
    })
  );
}

export function attachContext(request: Tracked, options: ContextOptions): TrackedContext {
  const context = new RequestRecord(request, options);
  request[CONTEXT] = context;
  return context;
}

/** Gives a copy of a request the context of the original. */
export function passContext(from: Tracked, to: Tracked): void {
  to[CONTEXT] = trackedContext(from);
}

class RequestRecord implements TrackedContext {
  readonly id: string;
  readonly startedAt: number;
  deadline: number;
  longText: string | undefined = undefined;
  dressed: Response | undefined = undefined;
  readonly bodies: BodyBudget | undefined;
  bodyShare: BodyShare | undefined = undefined;
  readonly #request: Request;
  readonly #connection: Connection | undefined;
  readonly #isProxyTrusted: boolean;

  constructor(request: Request, options: ContextOptions) {
    const given = request.headers.get('x-request-id');
    this.id = given !== null && GOOD_ID.test(given) ? given : options.newId();
    this.startedAt = options.startedAt;
    this.deadline = options.deadline;
    this.bodies = options.bodies;
    this.#request = request;
    this.#connection = options.connection;
    this.#isProxyTrusted = options.isProxyTrusted;
  }

  get ip(): string {
    const forwarded = findAddress(this.#forwarded('x-forwarded-for') ?? '');
    if (forwarded !== undefined) return forwarded;
    return this.#connection?.requestIP(this.#request)?.address ?? '';
  }

  get isHttps(): boolean {
    const scheme = this.#forwarded('x-forwarded-proto');
    return (scheme ?? this.#request.url.slice(0, 6).replace(/:.*/, '')).toLowerCase() === 'https';
  }

  get origin(): string {
    const host =
      this.#forwarded('x-forwarded-host') ??
      this.#request.headers.get('host') ??
      new URL(this.#request.url).host;
    return `${this.isHttps ? 'https' : 'http'}://${host}`;
  }

  setTimeout(seconds: number): void {
    this.deadline = seconds > 0 ? performance.now() + seconds * 1000 : Number.POSITIVE_INFINITY;
    // An idle connection is the normal state of one that waits for a slow handler.
    if (seconds === 0 || seconds > MAX_IDLE_SECONDS) this.#connection?.timeout(this.#request, 0);
  }

  expectStream(idleSeconds = STREAM_IDLE_SECONDS): void {
    this.deadline = Number.POSITIVE_INFINITY;
    this.#connection?.timeout(this.#request, Math.min(idleSeconds, MAX_IDLE_SECONDS));
  }

  /** The last entry is the one that the proxy itself added; those before it are the caller's word. */
  #forwarded(header: string): string | undefined {
    if (!this.#isProxyTrusted) return undefined;
    return this.#request.headers.get(header)?.split(',').at(-1)?.trim() || undefined;
  }
}
