/** A route as Elysia lists it: `/api/x/:id`, `*` at the end for the rest. */
export interface Route {
  readonly method: string;
  readonly path: string;
}

/** Answers which methods a path knows; none when the path itself is unknown. */
export function createMethodFinder(
  routes: () => readonly Route[],
): (pathname: string) => readonly string[] {
  let table: (readonly [pattern: RegExp, method: string])[] | undefined;
  return (pathname) => {
    table ??= routes()
      .filter(({ path }) => path !== '/*' && path !== '*')
      .map(({ method, path }) => [toPattern(path), method] as const);
    const found = table.filter(([pattern]) => pattern.test(pathname)).map(([, method]) => method);
    if (found.length === 0) return [];
    const methods = new Set(found.filter((method) => method !== 'OPTIONS'));
    if (methods.has('GET')) methods.add('HEAD');
    return methods.size === 0 ? [] : [...methods, 'OPTIONS'];
  };
}

function toPattern(path: string): RegExp {
  const source = path
    .split('/')
    .map((part) => {
      if (part === '*') return '.*';
      return part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('/');
  return new RegExp(`^${source}$`);
}
