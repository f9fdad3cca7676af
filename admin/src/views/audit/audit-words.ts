import type { AuditItem } from '../../api/types.ts';

type Subject = AuditItem['subject_type'];

/** The subjects in the order of the filter. */
export const SUBJECT_WORDS = {
  user: 'Users',
  session: 'Sessions',
  api_token: 'API tokens',
  settings: 'Settings',
  collection: 'Collections',
  records: 'Records',
  deployment: 'Deployments',
  schedule: 'Schedules',
  extension: 'Extensions',
  backup: 'Backups',
  migration: 'Migrations',
} as const satisfies Record<Subject, string>;

/** What was done, to be followed by the name of what it was done to. */
export const ACTION_WORDS: Readonly<Record<string, string>> = {
  'user.create': 'Made the account',
  'user.update': 'Changed the account',
  'user.delete': 'Deleted the account',
  'user.import': 'Imported accounts',
  'user.set_up': 'Set up the first admin',
  'user.sign_in': 'Signed in as',
  'user.sign_in_failed': 'Failed to sign in as',
  'user.reset_link': 'Made a reset link for',
  'user.reset_password': 'Set a new password by link for',
  'user.change_password': 'Changed the password of',
  'user.change_email': 'Confirmed the new address',
  'session.end': 'Ended a session of',
  'api_token.create': 'Made the API token',
  'api_token.delete': 'Deleted the API token',
  'settings.update': 'Changed settings',
  'collection.create': 'Made the collection',
  'collection.update': 'Changed the collection',
  'collection.delete': 'Deleted the collection',
  'records.import': 'Imported records into',
  'records.export': 'Exported records of',
  'deployment.create': 'Deployed functions',
  'deployment.activate': 'Activated the deployment',
  'schedule.create': 'Made the schedule',
  'schedule.update': 'Changed the schedule',
  'schedule.delete': 'Deleted the schedule',
  'schedule.run': 'Ran the schedule',
  'extension.install': 'Installed the extension',
  'extension.uninstall': 'Uninstalled the extension',
  'extension.enable': 'Enabled the extension',
  'extension.disable': 'Disabled the extension',
  'extension.settings': 'Changed settings of the extension',
  'backup.create': 'Made the backup',
  'backup.check': 'Checked the backup',
  'backup.download': 'Downloaded the backup',
  'backup.delete': 'Deleted the backup',
  'backup.restore': 'Restored the database',
  'migration.write': 'Wrote the migration',
  'migration.upgrade': 'Applied the migration',
  'migration.downgrade': 'Took back the migration',
};

/** For a filter: `user.delete` is "Deleted the account". One that this app does not know yet is shown as it is. */
export function actionWords(action: string): string {
  return Object.hasOwn(ACTION_WORDS, action)
    ? String(ACTION_WORDS[action])
    : action.replaceAll(/[._]/g, ' ');
}

/** The keys that a change was about: "email, is_admin". */
export function changedWords({ details }: Pick<AuditItem, 'details'>): string {
  const { changed } = details;
  return Array.isArray(changed) ? changed.join(', ') : '';
}

/** Who did it: an address, or what they are where there is none. */
export function actorWords({
  actor_kind: kind,
  actor_via: via,
  actor_email: email,
}: Pick<AuditItem, 'actor_kind' | 'actor_via' | 'actor_email'>): string {
  if (kind === 'anonymous') return 'Not signed in';
  if (kind === 'system') return via === 'server' ? 'The server' : 'Command line';
  const name = email ?? 'Somebody';
  return via === 'api_token' ? `${name}, API token` : name;
}

/** How the actor showed who they are, for the sight of one entry. */
export const VIA_WORDS = {
  session: 'signed in',
  api_token: 'by an API token',
  command_line: 'at the machine',
  server: 'by itself',
} as const satisfies Record<NonNullable<AuditItem['actor_via']>, string>;

export interface ShownChange {
  readonly key: string;
  /** Null where it may not be shown, such as a password. */
  readonly values: { readonly was: string; readonly now: string } | null;
}

/** What an entry says beyond its sentence, sorted by how it is shown. */
export interface ShownDetails {
  /** Sentences, as a plan has them. */
  readonly sentences: readonly string[];
  readonly changes: readonly ShownChange[];
  /** Values of one line. */
  readonly facts: readonly (readonly [key: string, value: string])[];
}

export function toShownDetails({ details }: Pick<AuditItem, 'details'>): ShownDetails {
  const { changes: sentences, changed, was, now, ...rest } = details;
  const before = asObject(was);
  const after = asObject(now);
  const named = Array.isArray(changed) ? changed.map(String) : [];
  const keys = [...new Set([...named, ...Object.keys(before), ...Object.keys(after)])];
  return {
    sentences: Array.isArray(sentences) ? sentences.map(String) : [],
    changes: keys.map((key) => ({
      key,
      values:
        Object.hasOwn(before, key) || Object.hasOwn(after, key)
          ? { was: toText(before[key]), now: toText(after[key]) }
          : null,
    })),
    facts: Object.entries(rest).map(([key, value]) => [key, toText(value)]),
  };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function toText(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return value.join(', ') || 'none';
  return JSON.stringify(value);
}
