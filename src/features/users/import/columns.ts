import { suggest } from '../../../lib/nearest.ts';

/** What a file may say of an account. */
export const COLUMNS = [
  'email',
  'password_hash',
  'password',
  'is_admin',
  'is_active',
  'email_verified',
  'created_at',
  'id',
] as const;
export type ColumnName = (typeof COLUMNS)[number];

/** Exports have it; the account was changed last by its import. */
const IGNORED = 'updated_at';

/** The column of this name, `ignored`, or what is wrong with the name. */
export function findColumn(name: string): ColumnName | 'ignored' | { readonly fault: string } {
  const column = COLUMNS.find((one) => one === name);
  if (column) return column;
  if (name === IGNORED) return 'ignored';
  return { fault: `is not a column of accounts${suggest(name, COLUMNS)}` };
}
