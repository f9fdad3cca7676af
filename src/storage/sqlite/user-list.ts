import type { UserList, UserQuery } from '../../features/users/store.ts';
import { toAccountEmail, toAsciiDomain } from '../../lib/email.ts';
import type { Connection } from './connection.ts';
import type { Lanes } from './lanes.ts';
import { toUser, USER_COLUMNS, type UserRow } from './user-rows.ts';

/** Never too few, and found at once. */
export const ROUGH_USERS = 'SELECT coalesce(max(rowid), 0) AS n FROM user';

/** Pages of accounts, the newest first. No index knows a part of an address, nor a flag. */
export function createUserList({ db }: Pick<Connection, 'db'>, lanes: Lanes) {
  const roughCount = db.query<{ n: number }, []>(ROUGH_USERS);

  return async ({ limit, offset, ...asked }: UserQuery): Promise<UserList> => {
    const rows = roughCount.get()?.n ?? 0;
    const { conditions, args } = toSql(asked);
    const from = `FROM user ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}`;
    const [count] = await lanes.readAll<{ n: number }>({
      sql: `SELECT count(*) AS n ${from}`,
      args,
      rows,
    });
    const total = count?.n ?? 0;
    if (offset >= total) return { items: [], total };
    const items = await lanes.read<UserRow>({
      sql: `SELECT ${USER_COLUMNS} ${from} ORDER BY id DESC LIMIT ? OFFSET ?`,
      args: [...args, limit, offset],
      rows,
      limit,
      offset,
      tests: conditions.length === 0 ? 0 : undefined,
    });
    return { items: items.map(toUser), total };
  };
}

function toSql({ search = '', is_admin, is_active }: Omit<UserQuery, 'limit' | 'offset'>) {
  const flags = [
    ['is_admin = ?', is_admin],
    ['is_active = ?', is_active],
  ] as const;
  const set = flags.flatMap(([condition, value]) =>
    value === undefined ? [] : [{ condition, arg: Number(value) }],
  );
  const words = search === '' ? [] : spellingsOf(search);
  // An address is stored in lower case, so comparing it as it is ignores case; instr knows no wildcards.
  const found = words.map(() => 'instr(email, ?) > 0').join(' OR ');
  return {
    conditions: [
      ...(words.length === 0 ? [] : [`(${found})`]),
      ...set.map(({ condition }) => condition),
    ],
    args: [...words, ...set.map(({ arg }) => arg)],
  };
}

/** Part of an address may be one of its domain, which is stored in ASCII. */
function spellingsOf(search: string): readonly string[] {
  const ascii = search.includes('@') ? toAccountEmail(search) : toAsciiDomain(search);
  return [...new Set([search, ascii])];
}
