import { findEnvironmentSetting } from '../config-file.ts';
import { SETTINGS } from '../config-keys.ts';
import { type Config, ENVIRONMENT_PROPERTIES } from '../config-schema.ts';
import { findConfigValue } from '../config-shown.ts';

/** Takes out of a text what nobody else may read. */
export type Scrub = (text: string) => string;

const HIDDEN = '[hidden]';
/** Shorter values are words of every text: 1, true, root. */
const MIN_LENGTH = 4;
/** From here on a value is looked for inside of words too. */
const ANYWHERE_LENGTH = 8;

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/[^\s"'<>()@,;:]+@[^\s"'<>()@,;:]+\.[^\s"'<>()@,;:]+/g, '[e-mail]'],
  // Credentials of an address: RFC 3986, 3.2.1.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1[hidden]@'],
  [/\?[^\s"'`)]+/g, '?[hidden]'],
  [/\b(authorization|cookie|set-cookie|x-[\w-]+)\s*[:=].*/gi, '$1: [hidden]'],
  [/\b(bearer|basic)\s+\S+/gi, '$1 [hidden]'],
  // Tokens, keys and hashes.
  [/[A-Za-z0-9+_-]{24,}={0,2}/g, HIDDEN],
];

export function createScrub(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
): Scrub {
  const values = [...secretsOf(config), ...Object.values(env).flatMap(toPieces)];
  const known = [...new Set(values)]
    .filter((value) => value.length >= MIN_LENGTH)
    // A longer one first: it may hold a shorter one.
    .sort((a, b) => b.length - a.length)
    .map(toPattern);
  return (text) => {
    let scrubbed = text;
    for (const pattern of known) scrubbed = scrubbed.replaceAll(pattern, HIDDEN);
    for (const [pattern, replacement] of PATTERNS)
      scrubbed = scrubbed.replaceAll(pattern, replacement);
    return scrubbed;
  };
}

function toPattern(value: string): RegExp {
  const literal = RegExp.escape(value);
  return value.length >= ANYWHERE_LENGTH
    ? new RegExp(literal, 'g')
    : new RegExp(`(?<![\\w$])${literal}(?![\\w$])`, 'g');
}

function secretsOf(config: Config): string[] {
  const ofEnvironments = Object.keys(config.environments).flatMap((name) =>
    Object.keys(ENVIRONMENT_PROPERTIES).flatMap(
      (property) => findEnvironmentSetting(name, property) ?? [],
    ),
  );
  return [...SETTINGS, ...ofEnvironments].flatMap((setting) => {
    const value = findConfigValue(config, setting);
    const texts = [value].flat().filter((item) => typeof item === 'string');
    // Of what is no secret, only the credentials of an address are.
    return setting.isSecret ? texts.flatMap(toPieces) : texts.flatMap(credentialsOf);
  });
}

/** A value, its lines, and the credentials in it: each may be what an error quotes. */
function toPieces(value: string | undefined): string[] {
  if (value === undefined) return [];
  return [value, ...value.split(/[\r\n,]+/).map((piece) => piece.trim()), ...credentialsOf(value)];
}

function credentialsOf(value: string): string[] {
  const url = URL.parse(value);
  if (url === null) return [];
  return [url.username, url.password].flatMap((part) => {
    try {
      return [part, decodeURIComponent(part)];
    } catch {
      return [part];
    }
  });
}
