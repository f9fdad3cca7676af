import { AppError, type ErrorCode } from '../../../core/errors.ts';

interface Reason {
  readonly code: Extract<ErrorCode, 'conflict' | 'invalid_input' | 'unavailable'>;
  readonly text: string;
  /** What the text is about, in front of it: one that holds for many is said once. */
  readonly subject?: string;
}

type Reading = readonly [pattern: RegExp, read: (...groups: string[]) => Reason];

const CERTIFICATE =
  'the certificate of the registry is signed by nobody known here. NODE_EXTRA_CA_CERTS or cafile in .npmrc names a file with the one that signs it.';

/** What the package manager of Bun 1.4 writes, and what a person can do about it. */
const READINGS: readonly Reading[] = [
  [/^error: GET (\S+) - (\d{3})/, readStatus],
  [
    /^error: No version matching "(.*)" found for specifier "(.*?)"/,
    (version, name) => ({ code: 'conflict', text: `${name} has no version ${version}.` }),
  ],
  [
    /^error: (\w+) downloading (?:package manifest|tarball) (\S+)/,
    (reason, name) => ({
      code: 'unavailable',
      subject: name,
      text: `cannot be downloaded (${reason}): ${/CERT|TLS|SSL/.test(reason) ? CERTIFICATE : 'check the network, the proxy and the registry.'}`,
    }),
  ],
  [
    /^error: Integrity check failed for tarball: (\S+)/,
    (name) => ({
      code: 'conflict',
      text: `${name} is not the package that the lock file names (its integrity check failed): somebody changed it on the way or in the lock file.`,
    }),
  ],
  [
    /^note: dependencies in package\.json changed since (\S+) was saved: (.+)/,
    (lock, change) => ({
      code: 'conflict',
      text: `package.json does not fit ${lock} (${change}): bring the lock file up to date first${lock.startsWith('bun.') ? ', with tinybase functions install' : ''}.`,
    }),
  ],
  [
    /^error: lockfile had changes, but lockfile is frozen/,
    () => ({
      code: 'conflict',
      text: 'package.json does not fit the lock file: bring it up to date first, with tinybase functions install.',
    }),
  ],
  [
    /^error: unrecognised dependency format: (.+)/,
    (spec) => ({
      code: 'invalid_input',
      text: notAPackage(spec),
    }),
  ],
  [/\bENOSPC\b/, () => ({ code: 'unavailable', text: 'The disk is full.' })],
  [
    /\b(EACCES|EROFS|EPERM|AccessDenied|ReadOnlyFileSystem)\b/,
    (code) => ({
      code: 'unavailable',
      text: `The folder cannot be written (${code}): this user needs the right to, for node_modules and the lock file.`,
    }),
  ],
];

export function notAPackage(spec: string): string {
  return `${JSON.stringify(spec)} is not a package: write NAME, NAME@VERSION, an address or a path.`;
}

/** Only said when nothing better is known: they follow from another error. */
const CONSEQUENCES = /failed to resolve$|^error: IntegrityCheckFailed|lockfile is frozen$/;
const MAX_REASONS = 3;
const MAX_NAMES = 5;

function readStatus(address = '', status = ''): Reason {
  const { registry, name } = splitAddress(address);
  if (status === '404')
    return {
      code: 'conflict',
      text: `There is no package ${name} at ${registry}: is its name spelled right? A private one needs a token in .npmrc.`,
    };
  if (status === '401' || status === '403')
    return {
      code: 'unavailable',
      text: `${registry} refuses to send ${name} (${status}): check the token in .npmrc.`,
    };
  return {
    code: 'unavailable',
    text: `${registry} could not send ${name} (${status}): try again later.`,
  };
}

/** `https://registry.npmjs.org/@a%2fb` as the registry and @a/b. */
function splitAddress(address: string): { readonly registry: string; readonly name: string } {
  if (!URL.canParse(address)) return { registry: 'the registry', name: address };
  const { host, pathname } = new URL(address);
  try {
    return { registry: host, name: decodeURIComponent(pathname).replace(/^.*\/(?=@|[^/]+$)/, '') };
  } catch {
    return { registry: host, name: pathname };
  }
}

/** Why an install failed, in sentences, from what the package manager said. */
export function explainFailure(folder: string, lines: readonly string[]): AppError {
  const causes = readAll(lines.filter((line) => !CONSEQUENCES.test(line)));
  const reasons = causes.length > 0 ? causes : readAll(lines);
  const [
    first = {
      code: 'unavailable',
      text: toSentence(`it failed: ${lines.at(-1) ?? 'it said nothing'}`),
    },
  ] = reasons;
  const shown = reasons.length > 0 ? reasons.slice(0, MAX_REASONS) : [first];
  const more = reasons.length > MAX_REASONS ? ` And ${reasons.length - MAX_REASONS} more.` : '';
  const text = shown.map((reason) => reason.text).join(' ');
  return new AppError(first.code, `The packages of ${folder} were not installed. ${text}${more}`);
}

function readAll(lines: readonly string[]): Reason[] {
  const reasons = new Map<
    string,
    { readonly code: Reason['code']; readonly subjects: Set<string> }
  >();
  for (const reason of lines.map(readLine)) {
    if (reason === undefined) continue;
    const { code, text, subject } = reason;
    const known = reasons.get(text) ?? { code, subjects: new Set() };
    reasons.set(text, known);
    if (subject !== undefined) known.subjects.add(subject);
  }
  return [...reasons].map(([text, { code, subjects }]) => ({
    code,
    text: subjects.size === 0 ? text : `${listNames([...subjects])} ${text}`,
  }));
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

function readLine(line: string): Reason | undefined {
  for (const [pattern, read] of READINGS) {
    const found = pattern.exec(line);
    if (found) return read(...found.slice(1));
  }
  const plain = /^error: (.+)/.exec(line)?.[1];
  return plain === undefined ? undefined : { code: 'unavailable', text: toSentence(plain) };
}

function toSentence(text: string): string {
  const end = /[.!?]$/.test(text) ? '' : '.';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${end}`;
}
