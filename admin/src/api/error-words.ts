import { ApiError, OfflineError } from './client.ts';

export interface ErrorWords {
  readonly title: string;
  readonly text: string;
}

/** What a failed request reads like: what, which, what to do. */
export function wordsFor(error: unknown): ErrorWords {
  if (error instanceof OfflineError) {
    return { title: 'The server does not answer', text: 'Your unsaved changes are still here.' };
  }
  if (error instanceof ApiError) {
    const id = error.requestId ? ` Request ${error.requestId}.` : '';
    if (error.status === 401) {
      const text = 'Sign in again to go on. Your unsaved changes are still here.';
      return { title: 'Your session has ended', text };
    }
    if (error.status === 403) return { title: 'This is for admins', text: error.detail };
    if (error.status === 404) return { title: 'Not found', text: error.detail };
    if (error.status >= 500)
      return { title: 'The server could not do this', text: error.detail + id };
    return { title: 'The server refused this', text: error.detail };
  }
  return {
    title: 'This page met a fault',
    text: error instanceof Error ? error.message : String(error),
  };
}

/** Why something was not done, after the words for what: "Ann was not changed: …" */
export function reasonFor(error: unknown): string {
  if (error instanceof OfflineError) return 'The server does not answer.';
  return wordsFor(error).text;
}

/** The faults of a 422 by field: `body.title` → `title`, deeper places joined with dots. */
export function faultsByField(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  const found: Record<string, string> = {};
  for (const fault of error.faults) found[fault.loc.slice(1).join('.')] ??= fault.msg;
  return found;
}
