import { domainToASCII } from 'node:url';
import { countCodePoints } from './code-points.ts';

export const MAX_EMAIL_LENGTH = 254;
/** What a header or an address list gives a meaning to; a plain address needs none of it. */
const FORBIDDEN_SET = '\\p{Cc}\\p{Cf}\\p{Cs}\\p{Z}<>()\\[\\]:;,"\\\\';
const FORBIDDEN = new RegExp(`[${FORBIDDEN_SET}]`, 'u');
/** What is not shown, and ignored in a domain. */
const IGNORED = /\p{Default_Ignorable_Code_Point}/u;
const DOMAIN_PART = `[^@.${FORBIDDEN_SET}]+`;
/** The same rules as one pattern of JSON Schema, for documents. */
export const EMAIL_PATTERN = `^[^@${FORBIDDEN_SET}]+@(?:[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|${DOMAIN_PART}(?:\\.${DOMAIN_PART})+)$`;

/** What keeps the text from being a plain e-mail address, in words, or undefined when it is one. */
export function findEmailFault(given: string): string | undefined {
  // What is stored, looked up and written to: some characters become others by it, a forbidden one among them.
  const text = normalizeEmail(given);
  if (text === '') return 'must be an e-mail address';
  if (countCodePoints(text) > MAX_EMAIL_LENGTH)
    return `must have at most ${MAX_EMAIL_LENGTH} characters`;
  if (FORBIDDEN.test(text) || IGNORED.test(text))
    return 'must be a plain address, without spaces, invisible characters or any of <>()[]:;,"\\';
  const [local, domain, ...rest] = text.split('@');
  if (!local || !domain || rest.length > 0) return 'must have the form name@domain';
  const labels = domain.split('.');
  if (labels.includes('')) return 'must not have an empty part in its domain';
  if (labels.length === 1 && domain.toLowerCase() !== 'localhost')
    return 'must have a domain with a dot, or localhost';
  return undefined;
}

/**
 * The one spelling under which an address is stored and looked up, so that look-alikes by case are the same,
 * and those of a domain to which mail goes alike (UTS 46): wide letters, ligatures, another full stop.
 */
export function normalizeEmail(text: string): string {
  const lower = text.normalize('NFC').toLowerCase().normalize('NFC');
  const domain = lower.lastIndexOf('@') + 1;
  if (domain === 0) return lower;
  const plain = lower.slice(domain).normalize('NFKC').toLowerCase().normalize('NFKC');
  return lower.slice(0, domain) + plain.replaceAll('。', '.');
}

/** RFC 1035, 2.3.4. Longer ones are no domain, and encoding them would take long. */
const MAX_DOMAIN_LENGTH = 255;

/**
 * The same for an account: its domain, moreover, in the ASCII form that mail servers know (RFC 5890), so that
 * `bücher.example` and `xn--bcher-kva.example` are one. It shows a look-alike of a domain for what it is, too.
 */
export function toAccountEmail(text: string): string {
  const normal = normalizeEmail(text);
  const at = normal.lastIndexOf('@') + 1;
  return at === 0 ? normal : normal.slice(0, at) + toAsciiDomain(normal.slice(at));
}

/** What is no domain stays as it is, and so does what holds characters that the form leaves out. */
export function toAsciiDomain(domain: string): string {
  const isPlain = /^[\0-\x7f]*$/.test(domain);
  const isLong = domain.length > MAX_DOMAIN_LENGTH;
  if (isPlain || isLong || FORBIDDEN.test(domain) || IGNORED.test(domain)) return domain;
  return domainToASCII(domain) || domain;
}
