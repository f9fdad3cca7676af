import { api } from '../../api/client.ts';
import type { FunctionCall, User, UserPage } from '../../api/types.ts';
import type { PaletteItem } from '../ui/palette.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** What only the server can find: users by e-mail, and whatever has the pasted id. */
export async function lookUp(text: string, signal: AbortSignal): Promise<PaletteItem[]> {
  const wanted = text.trim();
  if (isUuid(wanted)) return await byId(wanted.toLowerCase(), signal);
  if (wanted.length < 2) return [];
  const query = { search: wanted, limit: 5 };
  const found = await api.get<UserPage>('/api/admin/users', query, { signal });
  return found.items.map((user) => toUserItem(user, wanted));
}

/** One after the other: what is found at once asks for nothing that is not there. */
async function byId(id: string, signal: AbortSignal): Promise<PaletteItem[]> {
  const call = await find<FunctionCall>(`/api/admin/functions/calls/${id}`, signal);
  if (call) return [toCallItem(call)];
  const user = await find<User>(`/api/admin/users/${id}`, signal);
  return user ? [toUserItem(user, id)] : [];
}

async function find<T>(path: string, signal: AbortSignal): Promise<T | undefined> {
  return await api.get<T>(path, undefined, { signal }).catch(() => undefined);
}

function toCallItem(call: FunctionCall): PaletteItem {
  return {
    key: `call:${call.id}`,
    group: 'Calls',
    label: 'Call of',
    mono: call.function_name,
    icon: 'activity',
    end: call.status,
    href: `#/calls?range=all&open=${call.id}`,
    words: call.id,
  };
}

function toUserItem(user: User, words: string): PaletteItem {
  return {
    key: `user:${user.id}`,
    group: 'Users',
    label: user.email,
    icon: 'user',
    end: user.is_admin ? 'Admin' : 'User',
    href: `#/users?open=${user.id}`,
    words,
  };
}
