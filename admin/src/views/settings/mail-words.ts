import { all, type MailKind } from '../../api/types.ts';

export const MAIL_KINDS = all<MailKind>()([
  'verify_email',
  'password_reset',
  'change_email',
  'email_changed',
  'password_changed',
]);

export const KIND_LABELS = {
  verify_email: 'Confirm address',
  password_reset: 'New password',
  change_email: 'New address',
  email_changed: 'Address changed',
  password_changed: 'Password changed',
} as const satisfies Record<MailKind, string>;

export const KIND_TEXTS = {
  verify_email: 'Goes to every new account, and to whoever asks to confirm the address.',
  password_reset: 'Goes to whoever forgot the password, with a link that counts for an hour.',
  change_email: 'Goes to the new address, which counts once its link was followed.',
  email_changed: 'Goes to the old address, as a notice.',
  password_changed:
    'Goes to the account after its password was changed or set by a link, as a notice.',
} as const satisfies Record<MailKind, string>;

export const PARTS = ['subject', 'html', 'text'] as const;
type MailPart = (typeof PARTS)[number];
export type MailParts = Record<MailPart, string>;
