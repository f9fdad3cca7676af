import type { LocationQuery } from 'vue-router';

export const USERS_PAGE_SIZE = 50;

export interface UserQuery {
  readonly search: string;
  readonly page: number;
  /** The id of the user who is open beside the list. */
  readonly open: string | undefined;
}

export function readUserQuery(query: LocationQuery): UserQuery {
  const textOf = (key: string) => {
    const value = query[key];
    return (Array.isArray(value) ? value[0] : value) ?? '';
  };
  return {
    search: textOf('search').trim(),
    page: Math.max(1, Math.floor(Number(textOf('page') || 1)) || 1),
    open: textOf('open') || undefined,
  };
}
