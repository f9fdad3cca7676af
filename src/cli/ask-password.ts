import { AppError } from '../core/errors.ts';
import type { CliIo } from './output.ts';

/** Longer ones are refused by the server too. */
const MAX_LENGTH = 256;

/** What is wrong with a new password, in words. */
export function findPasswordFault(password: string, minLength: number): string | undefined {
  const length = [...password].length;
  if (length < minLength) return `The password must have at least ${minLength} characters.`;
  return length > MAX_LENGTH
    ? `The password must have at most ${MAX_LENGTH} characters.`
    : undefined;
}

/** The password as given, or asked for on a terminal without showing it. */
export async function readPassword(
  io: CliIo,
  given: string | undefined,
  minLength: number,
): Promise<string> {
  if (given === undefined) {
    if (!io.isTerminal)
      throw new AppError(
        'invalid_input',
        'There is no terminal to ask for the password: give it after the e-mail address.',
      );
    return await io.ask({
      message: 'Password',
      isSecret: true,
      findFault: (answer) => findPasswordFault(answer, minLength),
    });
  }
  const fault = findPasswordFault(given, minLength);
  if (fault !== undefined) throw new AppError('invalid_input', fault);
  return given;
}

/** What is no address is not shown: it may be the password, when the address was forgotten. */
export function requireEmail(fault: string | undefined): void {
  if (fault !== undefined) throw new AppError('invalid_input', `The e-mail address ${fault}.`);
}
