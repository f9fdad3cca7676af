import type { Fault } from '../../core/errors.ts';
import { findEmailFault } from '../../lib/email.ts';
import type { Passwords } from './passwords.ts';

/** Everything wrong with the e-mail address and password of an account to be made. */
export function findCredentialFaults(
  passwords: Pick<Passwords, 'findFault'>,
  email: string,
  password: string,
): readonly Fault[] {
  const found = { email: findEmailFault(email), password: passwords.findFault(password) };
  return Object.entries(found).flatMap(([key, msg]) =>
    msg === undefined ? [] : [{ loc: ['body', key], msg, type: 'value_error' }],
  );
}
