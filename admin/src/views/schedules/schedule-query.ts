import type { LocationQuery } from 'vue-router';

export const SCHEDULES_PAGE_SIZE = 100;
/** The drawer of one that is not made yet. */
export const NEW = 'new';

export interface ScheduleQuery {
  readonly search: string;
  readonly state: 'active' | 'off' | undefined;
  readonly page: number;
  readonly open: string | undefined;
  /** Whom a new one would run. */
  readonly functionName: string | undefined;
}

/** What the address says is shown. */
export function readScheduleQuery(query: LocationQuery): ScheduleQuery {
  const text = (key: string) => (typeof query[key] === 'string' ? query[key] : '');
  const page = Number(text('page'));
  const state = text('state');
  return {
    search: text('search'),
    state: state === 'active' || state === 'off' ? state : undefined,
    page: Number.isInteger(page) && page > 1 ? page : 1,
    open: text('open') || undefined,
    functionName: text('function') || undefined,
  };
}
