import type { Logger } from '../core/logger.ts';
import type { TrackedContext } from './request-context.ts';

/** Called for every answer. */
export type RequestLog = (
  request: Request,
  context: TrackedContext,
  status: number,
  ms: number,
) => void;

/** A flood of refusals is said once in that time: each line is written before the loop goes on. */
const OVERLOAD_INTERVAL_MS = 1_000;

/** Lines about answers: what failed, that the server is too busy, and with debug all of them. */
export function createRequestLog(logger: Logger): RequestLog {
  let saidAt = Number.NEGATIVE_INFINITY;

  function isWorthSaying(): boolean {
    const now = performance.now();
    if (now - saidAt < OVERLOAD_INTERVAL_MS) return false;
    saidAt = now;
    return true;
  }

  return (request, context, status, ms) => {
    if (status === 503 && isWorthSaying())
      logger.warning('refused for now', toFields(request, context, status, ms));
    else if (status >= 500 && status !== 503)
      logger.error('request', toFields(request, context, status, ms));
    else if (logger.isEnabled('debug'))
      logger.debug('request', toFields(request, context, status, ms));
  };
}

/** No query and no header: both may hold secrets. */
function toFields(request: Request, { id }: TrackedContext, status: number, ms: number) {
  const { pathname } = new URL(request.url);
  const { method } = request;
  return { request_id: id, method, path: pathname, status, ms: Math.round(ms * 100) / 100 };
}
