import { createHash, timingSafeEqual } from 'node:crypto';
import { Elysia } from 'elysia';
import { AppError } from '../core/errors.ts';
import { jsonAnswer } from './answer.ts';
import type { Authenticate, Guard } from './guard.ts';
import type { Metrics } from './metrics.ts';
import { requireRule, scopeRuleOf } from './scopes.ts';

export interface HealthOptions {
  /** Asked each time: an admin may change it. */
  readonly name: () => string;
  readonly version: string;
  /** True once the database and the functions are up. */
  readonly isReady: () => boolean;
  readonly metrics: Metrics;
  /** Lets a collector read /metrics without an admin's token. */
  readonly metricsToken: string | undefined;
  readonly authenticate: Authenticate;
  readonly guard: Guard;
}

const RETRY_SECONDS = 1;
const BEARER = /^Bearer +(\S+)$/i;
const tags = ['server'];
/** Open to the guard, because the collector's token is no user's; the document says who may. */
const METRICS_DETAIL = {
  operationId: 'getMetrics',
  summary: 'Prometheus text',
  tags,
  'x-access': 'admin',
};

/** What watches the server: links, health, readiness and metrics. */
export function healthRoutes(options: HealthOptions) {
  const { name, version, isReady, metrics, guard } = options;
  const links = { docs: '/docs', openapi: '/openapi.json', admin: '/admin/' };
  const home = () => JSON.stringify({ name: name(), version, ...links });
  const healthy = JSON.stringify({ status: 'ok', version });
  const ready = JSON.stringify({ status: 'ready', version });
  const isAllowed = createMetricsAccess(options);

  return new Elysia({ name: 'health' })
    .use(guard)
    .get('/', ({ request }) => jsonAnswer(request, home()), {
      detail: { operationId: 'getHome', summary: 'Name, version and links', tags },
    })
    .get('/health', ({ request }) => jsonAnswer(request, healthy), {
      detail: { operationId: 'getHealth', summary: 'Whether the server answers', tags },
    })
    .get('/api/health', ({ request }) => jsonAnswer(request, healthy), {
      access: 'open',
      detail: { operationId: 'getApiHealth', summary: 'Whether the server answers', tags },
    })
    .get(
      '/ready',
      ({ request }) => {
        if (!isReady())
          throw new AppError('unavailable', 'The server is still starting.', {
            retryAfterSeconds: RETRY_SECONDS,
          });
        const answer = jsonAnswer(request, ready);
        return answer;
      },
      { detail: { operationId: 'getReady', summary: 'Whether it can work already', tags } },
    )
    .get(
      '/metrics',
      async ({ request }) => {
        isAllowed(request);
        const text = await metrics.render();
        return new Response(text, { headers: { 'content-type': metrics.contentType } });
      },
      {
        detail: METRICS_DETAIL,
      },
    );
}

/** Throws unless the caller is an admin or shows the collector's token. */
function createMetricsAccess({ metricsToken, authenticate }: HealthOptions) {
  const wanted = metricsToken === undefined ? undefined : digest(metricsToken);
  return (request: Request): void => {
    const shown = BEARER.exec(request.headers.get('authorization') ?? '')?.[1];
    // Digests are of one length, so the comparison tells nothing about the token's.
    if (wanted !== undefined && shown !== undefined && timingSafeEqual(digest(shown), wanted))
      return;
    const actor = authenticate(request);
    const { kind } = actor;
    if (kind === 'admin') {
      requireRule(actor, scopeRuleOf(METRICS_DETAIL.operationId));
      return;
    }
    if (kind === 'anonymous')
      throw new AppError('unauthenticated', "Send an admin's token or server.metrics_token.");
    throw new AppError('forbidden', 'Only an admin or server.metrics_token may read the metrics.');
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
