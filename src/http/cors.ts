import { cors } from '@elysiajs/cors';
import { Elysia } from 'elysia';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const ALLOWED_HEADERS = [
  'Authorization',
  'Content-Type',
  'If-Match',
  'If-None-Match',
  'X-Request-ID',
];
const EXPOSED_HEADERS = [
  'X-Request-ID',
  'ETag',
  'Retry-After',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
];
const MAX_AGE_SECONDS = 600;

/**
 * Lets pages of the named origins call the API; nothing at all without one. Credentials are never
 * allowed: the session cookie is for our own pages, others send a bearer token. So `*` is safe too.
 */
export function createCors(allowOrigins: readonly string[]) {
  if (allowOrigins.length === 0) return new Elysia({ name: 'cors' });
  const origins = new Set(allowOrigins.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  // The plugin's own comparison also takes an origin by what follows its first "://".
  const isAllowed = ({ headers }: Request) =>
    origins.has((headers.get('origin') ?? '').toLowerCase());
  return cors({
    origin: origins.has('*') ? '*' : isAllowed,
    credentials: false,
    methods: METHODS,
    allowedHeaders: ALLOWED_HEADERS,
    exposeHeaders: EXPOSED_HEADERS,
    maxAge: MAX_AGE_SECONDS,
  });
}
