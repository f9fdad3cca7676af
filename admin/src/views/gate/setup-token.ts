let token: string | undefined;

/**
 * Moves the one-time token of `#/setup?token=…` from the address into memory, before anything else
 * can read or keep the address.
 */
export function takeSetupToken(): void {
  const [path, query] = location.hash.slice(1).split('?');
  const found = new URLSearchParams(query).get('token');
  if (path !== '/setup' || !found) return;
  token = found;
  history.replaceState(null, '', `${location.pathname}${location.search}#/setup`);
}

export function setupToken(): string | undefined {
  return token;
}

export function forgetSetupToken(): void {
  token = undefined;
}
