import { countCodePoints } from './code-points.ts';

export const MAX_EMAIL_LENGTH = 254;
/** What a header or an address list gives a meaning to; a plain address needs none of it. */
const FORBIDDEN_SET = '\\p{Cc}\\p{Cf}\\p{Cs}\\p{Z}<>()\\[\\]:;,"\\\\';
const FORBIDDEN = new RegExp(`[${FORBIDDEN_SET}]`, 'u');
const DOMAIN_PART = `[^@.${FORBIDDEN_SET}]+`;
/** The same rules as one pattern of JSON Schema, for documents. */
export const EMAIL_PATTERN = `^[^@${FORBIDDEN_SET}]+@(?:[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|${DOMAIN_PART}(?:\\.${DOMAIN_PART})+)$`;

/** What keeps the text from being a plain e-mail address, in words, or undefined when it is one. */
export function findEmailFault(text: string): string | undefined {
  if (text === '') return 'must be an e-mail address';
  if (countCodePoints(text) > MAX_EMAIL_LENGTH)
    return `must have at most ${MAX_EMAIL_LENGTH} characters`;
  if (FORBIDDEN.test(text))
    return 'must be a plain address, without spaces, invisible characters or any of <>()[]:;,"\\';
  const [local, domain, ...rest] = text.split('@');
  if (!local || !domain || rest.length > 0) return 'must have the form name@domain';
  const labels = domain.split('.');
  if (labels.includes('')) return 'must not have an empty part in its domain';
  if (labels.length === 1 && domain.toLowerCase() !== 'localhost')
    return 'must have a domain with a dot, or localhost';
  return undefined;
}

/** The one spelling under which an address is stored and looked up, so that look-alikes by case are the same. */
export function normalizeEmail(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
