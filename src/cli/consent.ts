import { AppError, invalidInput } from '../core/errors.ts';
import type { CliIo } from './output.ts';

/** Asks before something is done; where nobody can be asked only --yes answers. Throws when it is not wanted. */
export async function requireConsent(
  io: CliIo,
  { isGiven, question }: { readonly isGiven: boolean; readonly question: string },
): Promise<void> {
  if (isGiven) return;
  requireAskable(io);
  const answer = await io.ask({
    message: `${question} (yes or no)`,
    findFault: (text) => (/^\s*(y|yes|n|no|)\s*$/i.test(text) ? undefined : 'Type yes or no.'),
  });
  if (!/^\s*y/i.test(answer))
    throw new AppError('conflict', 'Nothing was changed, as you did not say yes.');
}

/** For a command that has much to do before it asks. */
export function requireAskable(io: CliIo): void {
  if (io.isTerminal) return;
  throw invalidInput([
    { loc: ['--yes'], msg: 'is needed where nobody can be asked', type: 'missing' },
  ]);
}
