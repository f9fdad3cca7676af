import { isAbsolute, resolve } from 'node:path';
import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { parseMailbox } from '../lib/mailbox.ts';
import { parseSmtpUrl } from '../lib/smtp-url.ts';
import type { Setting } from './config-keys.ts';
import { AppError } from './errors.ts';

/** A value that fits, or what is wrong with it. Values never stand in a problem when they are secret. */
export type ValueResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string };

const MAX_SHOWN = 60;
const YES = ['true', '1', 'yes', 'on'];
const NO = ['false', '0', 'no', 'off'];

/** Reads a value from a variable or a flag. */
export function parseText(setting: Setting, text: string): ValueResult {
  const trimmed = text.trim();
  switch (setting.schema.type) {
    case 'boolean': {
      const word = trimmed.toLowerCase();
      if (YES.includes(word)) return checkValue(setting, true);
      return checkValue(setting, NO.includes(word) ? false : text);
    }
    case 'integer':
      return checkValue(setting, /^[+-]?\d{1,15}$/.test(trimmed) ? Number(trimmed) : text);
    case 'array':
      return checkValue(setting, parseList(trimmed));
    default:
      return checkValue(setting, setting.schema.anyOf ? trimmed.toLowerCase() : trimmed);
  }
}

/** Checks a value as TOML gives it. */
export function checkValue(setting: Setting, given: unknown): ValueResult {
  const { schema, key } = setting;
  // A list may be written as text with commas in the toml too, as it is in a variable.
  const value = schema.type === 'array' && typeof given === 'string' ? parseList(given) : given;
  if (!Value.Check(schema, value))
    return {
      ok: false,
      problem: `expected ${describeAllowed(schema)}, found ${showValue(setting, value)}`,
    };
  const problem = findRule(key)?.(value as never);
  if (problem !== undefined)
    return { ok: false, problem: `${problem}, found ${showValue(setting, value)}` };
  return { ok: true, value: normalise(key, value) };
}

function parseList(text: string): unknown {
  if (text.startsWith('[')) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** What a setting accepts, in words: "a whole number from 1 to 65535". */
export function describeAllowed(schema: TSchema): string {
  if (schema.anyOf) {
    const values = (schema.anyOf as { const: string }[]).map((item) => `"${item.const}"`);
    return `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
  }
  switch (schema.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number from ${schema.minimum} to ${schema.maximum}`;
    case 'array':
      return 'a list of texts';
    case 'object':
      return 'a table';
    default:
      return 'a text that is not empty';
  }
}

/** A value as a message may show it: short, without control characters, without secrets. */
export function showValue(setting: Pick<Setting, 'isSecret'>, value: unknown): string {
  if (value instanceof Date) return 'a date';
  if (Array.isArray(value)) {
    if (setting.isSecret) return `a list of ${value.length} (not shown: secret)`;
  } else if (typeof value === 'object' && value !== null) return 'a table';
  if (setting.isSecret)
    return `${typeof value === 'string' ? 'a text' : 'a value'} (not shown: secret)`;
  const shown = Array.isArray(value) ? value.map(maskAddress) : maskAddress(value);
  const text = JSON.stringify(shown) ?? String(shown);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** An address without what stands before its last @ and after its ?, which may be a password or a key. */
export function maskAddress(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return value.replace(/:\/\/.*@/s, '://…@').replace(/(:\/\/[^?#]*)[?#].*/s, '$1?…');
}

/** What the shape cannot say; each answers the rule that was broken. */
function findRule(key: string): ((value: never) => string | undefined) | undefined {
  if (/^environments\..*\.url$/.test(key)) return checkEnvironmentUrl;
  return Object.hasOwn(RULES, key) ? RULES[key] : undefined;
}

const RULES: Readonly<Record<string, (value: never) => string | undefined>> = {
  'server.public_url': checkHttpUrl,
  'database.url': checkDatabaseUrl,
  'auth.jwt_secret': (secrets: readonly string[]) => {
    const short = secrets.findIndex((secret) => Buffer.byteLength(secret) < 32);
    return short === -1
      ? undefined
      : `expected secrets of 32 bytes or more (number ${short + 1} has ${Buffer.byteLength(secrets[short] ?? '')})`;
  },
  'cors.allow_origins': (origins: readonly string[]) =>
    origins.every(isOrigin)
      ? undefined
      : 'expected origins such as "https://app.example.com" (no path, no slash at the end) or "*"',
  'functions.env': (names: readonly string[]) =>
    names.every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      ? undefined
      : 'expected names of variables',
  'mail.smtp_url': (url: string) =>
    parseSmtpUrl(url)
      ? undefined
      : 'expected smtp://user:password@host:587 or smtps://…, with % for special characters of the password',
  'mail.from': (text: string) =>
    parseMailbox(text) ? undefined : 'expected name@example.com or Name <name@example.com>',
  'backup.s3_endpoint': checkHttpUrl,
};

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return text === '*' || (url !== null && /^https?:$/.test(url.protocol) && url.origin === text);
}

function checkHttpUrl(text: string): string | undefined {
  const url = URL.parse(text);
  const isFine =
    url !== null && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username;
  return isFine ? undefined : 'expected an address that starts with http:// or https://';
}

function checkEnvironmentUrl(text: string): string | undefined {
  return text.includes('${') ? undefined : checkHttpUrl(text);
}

const SQLITE = 'sqlite:///';

function checkDatabaseUrl(url: string): string | undefined {
  if (/^postgres(ql)?:/i.test(url))
    return 'PostgreSQL is planned and not there yet: expected an address that starts with sqlite:///';
  if (
    !url.startsWith(SQLITE) ||
    url.length === SQLITE.length ||
    url.endsWith('/') ||
    url.includes('\0')
  )
    return 'expected sqlite:///./file.db, sqlite:////absolute/file.db or sqlite:///:memory:';
  return undefined;
}

/** The database's file as an absolute path, or `:memory:`. */
export function toDatabasePath(url: string, dir: string): string {
  const problem = checkDatabaseUrl(url);
  if (problem !== undefined) throw new AppError('invalid_input', `database.url: ${problem}.`);
  const path = url.slice(SQLITE.length);
  if (path === ':memory:') return path;
  return isAbsolute(path) ? path : resolve(dir, path);
}

function normalise(key: string, value: unknown): unknown {
  // Links are made by appending /admin/…
  return key === 'server.public_url' ? String(value).replace(/\/+$/, '') : value;
}
