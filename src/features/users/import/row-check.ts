import { findEmailFault, toAccountEmail } from '../../../lib/email.ts';
import type { FileFault } from '../../../lib/file-fault.ts';
import { parsePasswordHash } from '../../../lib/password-hash.ts';
import { parseMoment } from '../../../lib/rfc3339.ts';
import { NO_PASSWORD } from '../no-password.ts';
import type { UserImportRow } from '../store.ts';
import type { ColumnName } from './columns.ts';
import type { RawRow } from './read-rows.ts';

/** An account that is good but for its hash, where a password is still to be hashed. */
export interface CheckedRow extends Omit<UserImportRow, 'passwordHash'> {
  readonly secret:
    | { readonly kind: 'hash'; readonly hash: string }
    | { readonly kind: 'password'; readonly password: string };
}

export interface RowCheckDeps {
  readonly findPasswordFault: (password: string) => string | undefined;
  readonly now: () => number;
}

/** With hyphens, or without, as the predecessor stores it. */
const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/;
const YES: readonly unknown[] = [true, 1, 'true', 't', 'yes', '1'];
const NO: readonly unknown[] = [false, 0, 'false', 'f', 'no', '0'];
/** As SQLite and Python write a time, which is in UTC then. */
const PLAIN_TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)$/;

/** Checks a row; answers the account, or everything that is wrong with it. */
export function createRowCheck({ findPasswordFault, now }: RowCheckDeps) {
  return ({ line, values }: RawRow): CheckedRow | readonly FileFault[] => {
    const faults: FileFault[] = [];
    const refuse = (name: ColumnName, msg: string) => void faults.push({ line, loc: [name], msg });

    function readText<Value>(name: ColumnName, parse: (text: string) => Parsed<Value>) {
      const value = values[name];
      if (value === undefined) return undefined;
      const parsed = typeof value === 'string' ? parse(value) : { fault: 'must be a text' };
      if ('value' in parsed) return parsed.value;
      refuse(name, parsed.fault);
      return undefined;
    }
    function readFlag(name: ColumnName, otherwise: boolean): boolean {
      const value = values[name];
      if (value === undefined) return otherwise;
      const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
      if (!YES.includes(word) && !NO.includes(word)) refuse(name, 'must be true or false');
      return YES.includes(word);
    }

    const email = readText('email', parseEmail);
    if (values.email === undefined) refuse('email', 'is required');
    const createdAt = readText('created_at', (text) => parseTime(text, now()));
    const made = createdAt === undefined ? now() : Date.parse(createdAt);
    const id = readText('id', parseId) ?? Bun.randomUUIDv7('hex', Math.max(0, made));
    const hash = readText('password_hash', parseHash);
    const password = readText('password', (text) => asParsed(text, findPasswordFault(text)));
    if (values.password !== undefined && values.password_hash !== undefined)
      refuse('password', 'cannot stand beside a password_hash: give one of them');
    const flags = {
      isAdmin: readFlag('is_admin', false),
      isActive: readFlag('is_active', true),
      isEmailVerified: readFlag('email_verified', false),
    };
    if (faults.length > 0 || email === undefined) return faults;
    return {
      line,
      id,
      email,
      ...flags,
      createdAt: new Date(made).toISOString(),
      secret:
        password === undefined
          ? { kind: 'hash', hash: hash ?? NO_PASSWORD }
          : { kind: 'password', password },
    };
  };
}

type Parsed<Value> = { readonly value: Value } | { readonly fault: string };

function asParsed(value: string, fault: string | undefined): Parsed<string> {
  return fault === undefined ? { value } : { fault };
}

function parseEmail(text: string): Parsed<string> {
  return asParsed(toAccountEmail(text), findEmailFault(text));
}

function parseId(text: string): Parsed<string> {
  const parts = UUID.exec(text.toLowerCase());
  return parts
    ? { value: parts.slice(1).join('-') }
    : { fault: 'must be a UUID, such as 018f0000-0000-7000-8000-000000000000' };
}

function parseTime(text: string, now: number): Parsed<string> {
  const parsed = parseMoment(text.replace(PLAIN_TIME, '$1T$2Z'));
  if ('fault' in parsed) return { fault: `must be ${parsed.fault}` };
  return asParsed(parsed.text, Date.parse(parsed.text) > now ? 'lies in the future' : undefined);
}

function parseHash(text: string): Parsed<string> {
  // Our own mark for an account without a password, as other databases of ours have it.
  if (text === NO_PASSWORD) return { value: text };
  const read = parsePasswordHash(text);
  return 'fault' in read ? read : { value: read.hash };
}
