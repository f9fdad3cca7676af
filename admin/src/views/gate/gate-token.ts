/** The pages that are opened by a link with a one-time token. */
export type TokenPage = 'setup' | 'reset' | 'verify';

const tokens = new Map<TokenPage, string>();

export function isTokenPage(name: unknown): name is TokenPage {
  return name === 'setup' || name === 'reset' || name === 'verify';
}

/**
 * Moves the one-time token of `#/setup?token=…` from the address into memory, before anything else
 * can read or keep the address.
 */
export function takeToken(page: TokenPage): void {
  const [path, query] = location.hash.slice(1).split('?');
  const found = new URLSearchParams(query).get('token');
  if (path !== `/${page}` || !found) return;
  tokens.set(page, found);
  history.replaceState(null, '', `${location.pathname}${location.search}#/${page}`);
}

export function tokenOf(page: TokenPage): string | undefined {
  return tokens.get(page);
}

export function forgetToken(page: TokenPage): void {
  tokens.delete(page);
}
