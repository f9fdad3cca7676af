import { curl, type ErrorLine, quote, withClient } from './api-request.ts';

export const TYPES_PATH = '/api/admin/types';
export const TYPES_COMMAND = 'tinybase types --out tinybase.ts';

/** How a token is got and used; the password is never more than a word here. */
export function signInExample(
  origin: string,
  email: string,
): { readonly curl: string; readonly typescript: string } {
  const body = { email, password: '…' };
  const url = `${origin}/api/auth/login`;
  const me = curl({
    url: `${origin}/api/auth/me`,
    method: 'GET',
    body: undefined,
    needsToken: true,
  });
  return {
    curl: `# Answers {"token": "tb_…", "expires_at": …}\n${curl({ url, method: 'POST', body, needsToken: false })}\n\nTOKEN=tb_…\n${me}`,
    typescript: withClient(
      origin,
      false,
      `// The token is kept and sent from now on.\nawait tinybase.auth.login({ email: ${quote(email)}, password: '…' });\nconsole.log(await tinybase.auth.me());`,
    ),
  };
}

/** The same for every route; each page says what is its own. */
export const ERRORS: readonly ErrorLine[] = [
  { status: 401, text: 'unauthenticated: signing in would help' },
  { status: 403, text: 'forbidden: you may see it, and not do this to it' },
  { status: 404, text: 'not_found: it is not there, or you may not even see it' },
  { status: 409, text: 'conflict: it is taken, or still in use' },
  { status: 412, text: 'precondition_failed: it changed since your ETag' },
  { status: 413, text: 'too_large: the body is bigger than server.max_body_mb' },
  { status: 422, text: 'invalid_input: detail lists every fault with its loc, msg and type' },
  { status: 429, text: 'too_many_requests: Retry-After says when it makes sense again' },
  { status: 503, text: 'unavailable: busy for a moment; Retry-After says when' },
];
