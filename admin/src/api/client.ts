import type { Fault } from './types.ts';

interface ApiErrorFacts {
  status: number;
  code: string;
  detail: string;
  faults?: readonly Fault[];
  requestId?: string | undefined;
  retryAfter?: number | undefined;
  body?: unknown;
}

/** The server answered, and the answer is a refusal. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly faults: readonly Fault[];
  readonly requestId: string | undefined;
  /** Seconds until another try makes sense. */
  readonly retryAfter: number | undefined;
  /** The whole answer, for routes whose refusals carry more than a detail. */
  readonly body: unknown;

  constructor(facts: ApiErrorFacts) {
    super(facts.detail);
    this.name = 'ApiError';
    this.status = facts.status;
    this.code = facts.code;
    this.detail = facts.detail;
    this.faults = facts.faults ?? [];
    this.requestId = facts.requestId;
    this.retryAfter = facts.retryAfter;
    this.body = facts.body;
  }
}

/** There was no answer at all. */
export class OfflineError extends Error {
  constructor(cause?: unknown) {
    super('The server does not answer', { cause });
    this.name = 'OfflineError';
  }
}

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface RequestOptions {
  query?: Query | undefined;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
  keepalive?: boolean;
  /** A 401 says something about the input, not about the session (sign-in, set-up). */
  isGate?: boolean;
}

export interface Answer<T> {
  readonly status: number;
  readonly data: T;
  readonly headers: Headers;
}

interface Listeners {
  /** `askedAt`: when the request began that was refused, by performance.now(). */
  sessionEnded: (askedAt: number) => void;
  reachable: (isReachable: boolean) => void;
}
const listeners: Listeners = { sessionEnded: () => {}, reachable: () => {} };

/** The stores listen here, so that the client need not know them. */
export function listenToClient(next: Partial<Listeners>): void {
  Object.assign(listeners, next);
}

function withQuery(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([key, value]): [string, string][] =>
    value === undefined || value === null || value === '' ? [] : [[key, String(value)]],
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs)}`;
}

export async function request<T>(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Answer<T>> {
  const headers = new Headers({ accept: 'application/json', ...options.headers });
  const init: RequestInit = { method, headers, credentials: 'same-origin' };
  if (options.signal) init.signal = options.signal;
  if (options.keepalive) init.keepalive = true;
  if (options.body !== undefined) {
    headers.set('content-type', 'application/json');
    init.body = JSON.stringify(options.body);
  }

  const askedAt = performance.now();
  let response: Response;
  let text: string;
  try {
    response = await fetch(withQuery(path, options.query), init);
    text = await response.text();
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    listeners.reachable(false);
    throw new OfflineError(cause);
  }
  listeners.reachable(true);

  const data = parseBody(text);
  if (!response.ok) {
    const error = toApiError(response, data);
    if (error.status === 401 && !options.isGate) listeners.sessionEnded(askedAt);
    throw error;
  }
  // The one place that trusts the document: nobody checks an answer against its schema.
  return { status: response.status, data: data as T, headers: response.headers };
}

async function data<T>(method: string, path: string, options?: RequestOptions): Promise<T> {
  return (await request<T>(method, path, options)).data;
}

/** The usual verbs; each resolves to the body and throws ApiError or OfflineError. */
export const api = {
  get: <T>(path: string, query?: Query, options?: RequestOptions) =>
    data<T>('GET', path, { ...options, query }),
  post: <T>(path: string, body?: unknown, options?: RequestOptions) =>
    data<T>('POST', path, { ...options, body }),
  patch: <T>(path: string, body: unknown, options?: RequestOptions) =>
    data<T>('PATCH', path, { ...options, body }),
  delete: <T = void>(path: string, options?: RequestOptions) => data<T>('DELETE', path, options),
};

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function toApiError(response: Response, body: unknown): ApiError {
  const found = typeof body === 'object' && body !== null ? body : {};
  const detail = 'detail' in found ? found.detail : undefined;
  const code = 'code' in found ? found.code : undefined;
  const faults = Array.isArray(detail) ? detail.filter(isFault) : [];
  const wait = response.headers.get('retry-after');
  return new ApiError({
    status: response.status,
    code: typeof code === 'string' ? code : 'internal',
    detail:
      typeof detail === 'string'
        ? detail
        : faults.length > 0
          ? faults.map(faultText).join(' ')
          : `The server answered ${response.status}`,
    faults,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfter: wait === null ? undefined : secondsOf(wait),
    body,
  });
}

function isFault(value: unknown): value is Fault {
  return (
    typeof value === 'object' &&
    value !== null &&
    'loc' in value &&
    Array.isArray(value.loc) &&
    'msg' in value &&
    typeof value.msg === 'string' &&
    'type' in value &&
    typeof value.type === 'string'
  );
}

function faultText(fault: Fault): string {
  const where = fault.loc.slice(1).join('.');
  return where === '' ? fault.msg : `${where}: ${fault.msg}`;
}

/** Retry-After is seconds or a date. */
function secondsOf(value: string): number | undefined {
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, Math.ceil(seconds));
  const until = Date.parse(value);
  return Number.isNaN(until) ? undefined : Math.max(0, Math.ceil((until - Date.now()) / 1000));
}
