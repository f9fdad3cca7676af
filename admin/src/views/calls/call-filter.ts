import type { LocationQuery } from 'vue-router';
import type { Query } from '../../api/client.ts';
import { startOf } from '../../api/ranges.ts';
import {
  CALL_STATUSES,
  type CallStatus,
  type FunctionCall,
  STATS_RANGES,
  type StatsRange,
  TRIGGER_TYPES,
  type TriggerType,
} from '../../api/types.ts';

export const PAGE_SIZE = 50;

/** What the route's query says about the list; absent parts narrow nothing. */
export interface CallFilter {
  readonly fn: string | undefined;
  readonly status: CallStatus | undefined;
  readonly trigger: TriggerType | undefined;
  readonly error: string | undefined;
  readonly user: string | undefined;
  /** all, a range that ends now, or custom: from `after` to `before`. */
  readonly range: StatsRange | 'all' | 'custom';
  readonly after: string | undefined;
  readonly before: string | undefined;
  readonly page: number;
}

function textOf(query: LocationQuery, key: string): string | undefined {
  const value = query[key];
  const text = (Array.isArray(value) ? value[0] : value) ?? '';
  return text === '' ? undefined : text;
}

function timeOf(query: LocationQuery, key: string): string | undefined {
  const text = textOf(query, key);
  return text !== undefined && !Number.isNaN(Date.parse(text))
    ? new Date(text).toISOString()
    : undefined;
}

/** `only` is the function of a page that shows just its calls. */
export function readCallFilter(query: LocationQuery, only?: string): CallFilter {
  const after = timeOf(query, 'after');
  const before = timeOf(query, 'before');
  const wanted = textOf(query, 'range');
  const range = STATS_RANGES.find((each) => each === wanted);
  return {
    fn: only ?? textOf(query, 'function'),
    status: CALL_STATUSES.find((each) => each === textOf(query, 'status')),
    trigger: TRIGGER_TYPES.find((each) => each === textOf(query, 'trigger')),
    error: textOf(query, 'error'),
    user: textOf(query, 'user'),
    range: after || before ? 'custom' : wanted === 'all' ? 'all' : (range ?? '24h'),
    after,
    before,
    page: Math.max(1, Math.floor(Number(textOf(query, 'page') ?? 1)) || 1),
  };
}

/** The filter as the API takes it. */
export function toApiQuery(filter: CallFilter, now: Date): Query {
  const { range } = filter;
  const after =
    range === 'custom' ? filter.after : range === 'all' ? undefined : startOf(range, now);
  return {
    function_name: filter.fn,
    status: filter.status,
    trigger_type: filter.trigger,
    error_type: filter.error,
    user_id: filter.user,
    started_after: after,
    started_before: range === 'custom' ? filter.before : undefined,
    limit: PAGE_SIZE,
    offset: (filter.page - 1) * PAGE_SIZE,
  };
}

/** The same for the chart above the list. */
export function toHistogramQuery(filter: CallFilter, now: Date): Query {
  const { limit: _limit, offset: _offset, ...query } = toApiQuery(filter, now);
  return query;
}

/** Whether anything but the time narrows the list. */
export function isNarrowed(filter: CallFilter, only?: string): boolean {
  return (
    filter.status !== undefined ||
    filter.trigger !== undefined ||
    filter.error !== undefined ||
    filter.user !== undefined ||
    (filter.fn !== undefined && filter.fn !== only)
  );
}

/** Those at the head of a newer list that the older one does not have. */
export function newOnes(
  before: readonly FunctionCall[],
  now: readonly FunctionCall[],
): readonly FunctionCall[] {
  const known = new Set(before.map(({ id }) => id));
  const at = now.findIndex(({ id }) => known.has(id));
  return at === -1 ? now : now.slice(0, at);
}

/** The same rows with what has become of them since. */
export function refreshed(
  before: readonly FunctionCall[],
  now: readonly FunctionCall[],
): readonly FunctionCall[] {
  const byId = new Map(now.map((call) => [call.id, call]));
  return before.map((call) => byId.get(call.id) ?? call);
}

const STANDARD_ERRORS = [
  'TimeoutError',
  'OutputValidationError',
  'WorkerExited',
  'OutOfMemory',
  'WorkerLost',
  'Interrupted',
] as const;

/** Error types to choose from: those seen first, then those the server itself gives. */
export function errorTypes(seen: Iterable<string | null>): string[] {
  const found = [...seen].filter((type) => type !== null);
  return [...new Set([...found, ...STANDARD_ERRORS])];
}

/** "Request", "Schedule", "Another call" */
export function triggerWords(call: Pick<FunctionCall, 'trigger_type' | 'trigger_id'>): string {
  if (call.trigger_type === 'schedule') return 'Schedule';
  return call.trigger_id === null ? 'Request' : 'Another call';
}

/** "MailError: try again later", whichever part there is. */
export function errorText(call: Pick<FunctionCall, 'error_type' | 'error_message'>): string {
  return [call.error_type, call.error_message].filter(Boolean).join(': ');
}
