import type { Letter } from './letter.ts';
import type { MailKind } from './schema.ts';

const EMAIL = 'ann@example.com';
const NEW_EMAIL = 'ann.smith@example.com';
/** As long as a real one, and good for nothing. */
const TOKEN = 'this-is-a-sample-and-opens-nothing-whatever';

/** A letter to nobody, to look at a template with. */
export function sampleLetter(
  kind: MailKind,
  linkTo: (page: 'reset' | 'verify', token: string) => string,
): Letter {
  const to = EMAIL;
  switch (kind) {
    case 'verify_email':
      return {
        kind,
        to,
        values: { email: EMAIL, url: linkTo('verify', TOKEN), expires_in: '24 hours' },
      };
    case 'password_reset':
      return {
        kind,
        to,
        values: { email: EMAIL, url: linkTo('reset', TOKEN), expires_in: '1 hour' },
      };
    case 'change_email':
      return {
        kind,
        to: NEW_EMAIL,
        values: {
          email: EMAIL,
          new_email: NEW_EMAIL,
          url: linkTo('verify', TOKEN),
          expires_in: '1 hour',
        },
      };
    case 'email_changed':
    case 'password_changed':
      return { kind, to, values: { email: EMAIL } };
    default:
      return kind satisfies never;
  }
}
