import { type AuditEntry, changesBetween } from '../../core/audit.ts';
import type { User } from './schema.ts';

/** What of an account may be shown to whoever reads the audit log. */
const SHOWN = ['email', 'is_admin', 'is_active', 'email_verified'] as const;

const subjectOf = ({ id, email }: Pick<User, 'id' | 'email'>) => ({
  subject_id: id,
  subject_name: email,
});

export function createEntry(user: User): AuditEntry {
  const { is_admin, is_active, email_verified } = user;
  const details = { is_admin, is_active, email_verified };
  return { action: 'user.create', ...subjectOf(user), details };
}

/** Undefined when nothing changed. Of a password only that there is a new one. */
export function updateEntry(
  before: User,
  after: User,
  hasNewPassword: boolean,
): AuditEntry | undefined {
  const changes = changesBetween(before, after, SHOWN);
  if (!(changes || hasNewPassword)) return undefined;
  const { changed = [], ...values } = changes ?? {};
  const password = hasNewPassword ? ['password'] : [];
  const details = { changed: [...changed, ...password], ...values };
  return { action: 'user.update', ...subjectOf(after), details };
}

/** What became of its records is said, too: there is nobody left to ask. */
export function deleteEntry(
  user: Pick<User, 'id' | 'email' | 'is_admin'>,
  records: 'keep' | 'delete',
): AuditEntry {
  const details = { is_admin: user.is_admin, records };
  return { action: 'user.delete', ...subjectOf(user), details };
}
