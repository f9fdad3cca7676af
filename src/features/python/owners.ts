import type { Awaitable } from '../../lib/awaitable.ts';
import { toAccountEmail } from '../../lib/email.ts';
import type { PythonDatabase } from './store.ts';
import { findId } from './values.ts';

/** The account here of an account there; null when there is none. */
export type OwnerOf = (id: string) => string | null;

/**
 * Accounts keep their ids, but for those whose address has an account here already. Of look-alikes in
 * the file, which differ by upper and lower case, only the very address is taken for the account: else
 * somebody could have signed up as `Ann@…` to be given what is ann's.
 */
export async function findOwners(
  source: PythonDatabase,
  findAccount: (email: string) => Awaitable<string | undefined>,
): Promise<OwnerOf> {
  const owners = new Map<string, string>();
  const byEmail = new Map<string, { readonly id: string; readonly email: string }[]>();
  for (const { id: cell, email } of source.rows('user')) {
    const id = findId(cell);
    if (id === null || typeof email !== 'string') continue;
    const normal = toAccountEmail(email);
    const alike = byEmail.get(normal);
    if (alike) alike.push({ id, email });
    else byEmail.set(normal, [{ id, email }]);
  }
  for (const [normal, alike] of byEmail) {
    const existing = await findAccount(normal);
    const [first] = alike;
    const chosen =
      existing === undefined || alike.length === 1
        ? first
        : alike.find(({ email }) => email.trim() === normal);
    if (chosen) owners.set(chosen.id, existing ?? chosen.id);
  }
  return (id) => owners.get(id) ?? null;
}
