const NAME = 'tb_session';

/** The header Set-Cookie for a new session. */
export function toSessionCookie(token: string, ttlSeconds: number, isSecure: boolean): string {
  return `${NAME}=${token}; Path=/; Max-Age=${ttlSeconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}

/** The header Set-Cookie that makes the browser drop its session. */
export function toClearedCookie(isSecure: boolean): string {
  return toSessionCookie('', 0, isSecure);
}

/**
 * The token in the request's cookie. It counts only when the page that sent the request is our own;
 * two cookies of the name do not count either, as another site of the domain can add its own.
 */
export function findSessionCookie(request: Request): string | undefined {
  const header = request.headers.get('cookie');
  if (header === null) return undefined;
  const found = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${NAME}=`));
  const [pair] = found;
  if (pair === undefined || found.length > 1 || !isSameOrigin(request)) return undefined;
  return pair.slice(NAME.length + 1) || undefined;
}

function isSameOrigin({ headers, url }: Request): boolean {
  // A browser that sends this header knows better than we can: it compares the scheme too.
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin';
  const origin = headers.get('origin');
  if (origin === null || !URL.canParse(origin)) return false;
  const host = headers.get('host') ?? new URL(url).host;
  return new URL(origin).host === host.toLowerCase();
}
