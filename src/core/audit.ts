import type { Actor } from './actor.ts';

/** What a noted action was done to. */
export const AUDIT_SUBJECTS = [
  'user',
  'session',
  'api_token',
  'settings',
  'collection',
  'records',
  'deployment',
  'schedule',
  'extension',
  'backup',
  'migration',
] as const;
export type AuditSubject = (typeof AUDIT_SUBJECTS)[number];

/** An action of an admin, of an account on itself, or of the command line. */
export interface AuditEntry {
  /** `<subject>.<verb>`, such as `user.delete`. */
  readonly action: `${AuditSubject}.${string}`;
  readonly subject_id: string | null;
  /** What people know it by: an e-mail address, a collection's name. */
  readonly subject_name: string | null;
  /** What changed, as JSON; never a secret, never a value of a record. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The log of who did what. Features note what they did once it is committed, and before they answer. */
export interface AuditTrail {
  /** Never throws: what was done is done, and a failure to note it goes to the server's log. */
  note(actor: Actor, entry: AuditEntry): Promise<void>;
}

/** What a change did to these keys, as details: their names, and what they were and are. Undefined when it did nothing. */
export function changesBetween<Key extends string>(
  before: Readonly<Record<Key, unknown>>,
  after: Readonly<Record<Key, unknown>>,
  keys: readonly Key[],
) {
  const changed = keys.filter((key) => !Bun.deepEquals(before[key], after[key]));
  if (changed.length === 0) return undefined;
  const pick = (from: Readonly<Record<Key, unknown>>) =>
    Object.fromEntries(changed.map((key) => [key, from[key]]));
  return { changed, was: pick(before), now: pick(after) };
}
