import type { LocationQuery } from 'vue-router';
import type { Query } from '../../api/client.ts';
import { startOf } from '../../api/ranges.ts';
import { STATS_RANGES, type StatsRange } from '../../api/types.ts';

export const AUDIT_PAGE_SIZE = 50;

/** What the route's query says about the list; absent parts narrow nothing. */
export interface AuditFilter {
  /** `user.delete`, or `user` for all of a subject. */
  readonly action: string | undefined;
  readonly actor: string | undefined;
  readonly subject: string | undefined;
  readonly search: string;
  readonly range: StatsRange | 'all';
  readonly page: number;
}

export function readAuditFilter(query: LocationQuery): AuditFilter {
  const textOf = (key: string) => {
    const value = query[key];
    return ((Array.isArray(value) ? value[0] : value) ?? '').trim() || undefined;
  };
  const range = STATS_RANGES.find((each) => each === textOf('range'));
  return {
    action: textOf('action'),
    actor: textOf('actor'),
    subject: textOf('subject'),
    search: textOf('search') ?? '',
    range: range ?? 'all',
    page: Math.max(1, Math.floor(Number(textOf('page') ?? 1)) || 1),
  };
}

/** The filter as the API takes it. */
export function toAuditQuery(filter: AuditFilter, now: Date): Query {
  const { range, page } = filter;
  return {
    action: filter.action,
    actor_id: filter.actor,
    subject_id: filter.subject,
    search: filter.search || undefined,
    created_after: range === 'all' ? undefined : startOf(range, now),
    limit: AUDIT_PAGE_SIZE,
    offset: (page - 1) * AUDIT_PAGE_SIZE,
  };
}

export function isNarrowed({ action, actor, subject, search, range }: AuditFilter): boolean {
  return [action, actor, subject].some(Boolean) || search !== '' || range !== 'all';
}
