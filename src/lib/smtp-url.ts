/** How a mail server is reached. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `immediate`: from the first byte on. `required` and `offered`: by STARTTLS. */
  readonly tls: 'immediate' | 'required' | 'offered';
  readonly auth: { readonly user: string; readonly pass: string } | undefined;
}

const HOST = /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?\.?|\[[0-9a-fA-F:.]+\])$/u;
const PORTS = { 'smtp:': 587, 'smtps:': 465 } as const;

/**
 * Reads `smtp://user:password@host:587` or `smtps://…`; undefined when it is none. With a password,
 * smtp:// insists on STARTTLS: somebody on the way could strip the offer and read along.
 * `?starttls=optional` is for a server that offers none.
 */
export function parseSmtpUrl(text: string): SmtpServer | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')) return undefined;
  const options = [...url.searchParams].map(([name, value]) => `${name}=${value}`);
  const isOptional = options.length === 1 && options[0] === 'starttls=optional';
  const isFine = (options.length === 0 || isOptional) && url.hash === '';
  if (!isFine || !HOST.test(url.hostname) || (url.pathname !== '' && url.pathname !== '/'))
    return undefined;
  const user = decode(url.username);
  const pass = decode(url.password);
  if (user === undefined || pass === undefined || (user === '') !== (pass === '')) return undefined;
  const auth = user === '' ? undefined : { user, pass };
  const startTls = auth !== undefined && !isOptional ? 'required' : 'offered';
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? PORTS[url.protocol] : Number(url.port),
    tls: url.protocol === 'smtps:' ? 'immediate' : startTls,
    auth,
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
