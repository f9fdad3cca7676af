import { type Config, resolveVariables } from '../core/config.ts';
import { AppError } from '../core/errors.ts';
import { suggest } from '../lib/nearest.ts';
import type { CliIo } from './output.ts';

/** A server that functions are deployed to. */
export interface Environment {
  readonly name: string;
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
}

/** Taken where there are several and none is named. */
const USUAL = 'production';
/** How a value names a variable. */
const VARIABLE = '$' + '{DEPLOY_TOKEN}';

/** The environment that was named, else the only one, else `production`; its variables filled in. */
export function findEnvironment(
  { environments }: Pick<Config, 'environments'>,
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Environment {
  const names = Object.keys(environments);
  if (names.length === 0)
    throw new AppError(
      'invalid_input',
      `No environment is configured. Say in tinybase.toml where the server is:\n\n  [environments.production]\n  url = "https://api.example.com"\n  api_token = "${VARIABLE}"`,
    );
  const name = given ?? (names.length === 1 ? names[0] : names.find((one) => one === USUAL));
  if (name === undefined)
    throw new AppError('invalid_input', `Say which environment with --env: ${toList(names)}.`);
  const found = Object.hasOwn(environments, name) ? environments[name] : undefined;
  if (found === undefined)
    throw new AppError(
      'invalid_input',
      `There is no environment ${name}${suggest(name, names)}; there is ${toList(names)}.`,
    );
  const key = `environments.${name}`;
  if (found.api_token === undefined)
    throw new AppError(
      'invalid_input',
      `${key}.api_token is missing: an admin makes one, with the scope functions:deploy, at POST /api/admin/api-tokens.`,
    );
  const token = resolveVariables(found.api_token, env, `${key}.api_token`).trim();
  // A header takes nothing else; what it is must not be shown.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new AppError(
      'invalid_input',
      `${key}.api_token is no token: it holds spaces or letters that a header cannot.`,
    );
  return {
    name,
    url: readUrl(resolveVariables(found.url, env, `${key}.url`), `${key}.url`),
    token,
  };
}

function readUrl(text: string, key: string): string {
  const url = URL.parse(text.trim());
  const isFine =
    url !== null && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username;
  if (isFine) return url.href.replace(/\/+$/, '');
  throw new AppError(
    'invalid_input',
    `${key} must be an address that starts with https:// or http://, without a query.`,
  );
}

/** Tells when everybody on the way could read the token. */
export function warnIfExposed({ url }: Environment, io: Pick<CliIo, 'err'>): void {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || LOCAL.test(hostname)) return;
  io.err(
    `Warning: the token goes to ${hostname} unencrypted, for everybody on the way to read. Use https://.`,
  );
}

const LOCAL = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/;

function toList(names: readonly string[]): string {
  return [...names].sort().join(', ');
}
