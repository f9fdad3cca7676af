import type { AdminFunction, FunctionAccess, LoadError } from '../../api/types.ts';

export const ACCESS_WORDS = {
  public: 'Anyone',
  auth: 'Signed-in',
  admin: 'Admins',
} as const satisfies Record<FunctionAccess, string>;

/** functions/hello.ts:12:5 */
export function placeOf(error: LoadError): string {
  if (error.line === null) return error.file;
  return `${error.file}:${error.line}${error.column === null ? '' : `:${error.column}`}`;
}

/** "5 s", or whose limit counts. */
export function limitWords(item: Pick<AdminFunction, 'timeout_seconds'>): string {
  return item.timeout_seconds === null ? "server's own" : `${item.timeout_seconds} s`;
}

/** What a filter finds: by name, tag, file or description. */
export function matches(item: AdminFunction, wanted: string): boolean {
  const text = [item.name, item.file_path, item.description ?? '', ...item.tags].join(' ');
  return text.toLowerCase().includes(wanted.trim().toLowerCase());
}
