import { formatCount } from './report.ts';
import type { PythonDatabase } from './store.ts';

const SHOWN = 10;

/** What of the file cannot be moved, in words. */
export function describeLeftOut(source: PythonDatabase): readonly string[] {
  const notes: string[] = [];
  const tokens = source.count('auth_token');
  if (tokens > 0)
    notes.push(
      `${formatCount(tokens, 'token')} of sign-ins and programs end: people sign in again with their passwords, and programs need API tokens of this server`,
    );
  const applications = source.count('application_token');
  if (applications > 0)
    notes.push(
      `${formatCount(applications, 'application token')} cannot be kept: make API tokens for them in the admin app`,
    );
  const resets = source.count('password_reset_token');
  if (resets > 0)
    notes.push(`${formatCount(resets, 'link')} for new passwords end: people ask for new ones`);
  const extensions = [...source.rows('extension')].map(({ name }) => String(name));
  if (extensions.length > 0)
    notes.push(`extensions are Python and stay there: ${list(extensions)}`);
  const orphans = source.countOrphans();
  if (orphans > 0)
    notes.push(`${formatCount(orphans, 'record')} of no collection that is there cannot be moved`);
  const others = source.otherTables();
  if (others.length > 0) notes.push(`tables that nothing is known of stay there: ${list(others)}`);
  notes.push('functions are Python code outside of this file: docs/guide/coming-from-python.md');
  return notes;
}

function list(names: readonly string[]): string {
  const more = names.length - SHOWN;
  const shown = names
    .slice(0, SHOWN)
    .map((name) => name.slice(0, 100))
    .join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}
