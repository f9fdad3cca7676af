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

/** How long it may run. */
export function limitWords(item: Pick<AdminFunction, 'timeout_seconds'>): string {
  return item.timeout_seconds === null
    ? 'time limit of the server'
    : `${item.timeout_seconds} s at most`;
}

/** What a filter finds: by name, tag, file or description. */
export function matches(item: AdminFunction, wanted: string): boolean {
  const text = [item.name, item.file_path, item.description ?? '', ...item.tags].join(' ');
  return text.toLowerCase().includes(wanted.trim().toLowerCase());
}

/** The line in the source of the function that the file registers; undefined when none does. */
export function sourceHref(
  items: readonly Pick<AdminFunction, 'name' | 'file_path'>[],
  { file, line }: { readonly file: string; readonly line: number | null },
): string | undefined {
  const found = items.find(({ file_path }) => file_path === file);
  if (!found) return undefined;
  return `#/functions/${found.name}/source${line === null ? '' : `?line=${line}`}`;
}

/** The path within its deployment: which one that is, the page of deployments says. */
export function shortPath(path: string): string {
  return path.replace(/^(?:.*\/)?deployments\/[0-9a-f-]{36}\//, '');
}
