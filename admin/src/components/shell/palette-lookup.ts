import { api } from '../../api/client.ts';
import type { FunctionCall, RecordList, User, UserPage } from '../../api/types.ts';
import type { PaletteItem } from '../ui/palette.ts';

/** Requests at a time for a record whose collection is not known. */
const AT_ONCE = 6;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** What only the server can find: users by e-mail, and whatever has the pasted id. */
export async function lookUp(
  text: string,
  collections: readonly string[],
  signal: AbortSignal,
): Promise<PaletteItem[]> {
  const wanted = text.trim();
  if (isUuid(wanted)) return await byId(wanted.toLowerCase(), collections, signal);
  if (wanted.length < 2) return [];
  const query = { search: wanted, limit: 5 };
  const found = await api.get<UserPage>('/api/admin/users', query, { signal });
  return found.items.map((user) => toUserItem(user, wanted));
}

/** One after the other: what is found at once asks for nothing that is not there. */
async function byId(
  id: string,
  collections: readonly string[],
  signal: AbortSignal,
): Promise<PaletteItem[]> {
  const call = await find<FunctionCall>(`/api/admin/functions/calls/${id}`, signal);
  if (call) return [toCallItem(call)];
  const user = await find<User>(`/api/admin/users/${id}`, signal);
  if (user) return [toUserItem(user, id)];
  return await recordById(id, collections, signal);
}

/** An id does not say which collection it is of: all are asked, a few at a time. */
async function recordById(
  id: string,
  collections: readonly string[],
  signal: AbortSignal,
): Promise<PaletteItem[]> {
  for (let at = 0; at < collections.length && !signal.aborted; at += AT_ONCE) {
    const some = collections.slice(at, at + AT_ONCE);
    const found = await Promise.all(some.map((name) => hasRecord(name, id, signal)));
    const index = found.indexOf(true);
    const name = some[index];
    if (name !== undefined) return [toRecordItem(name, id)];
  }
  return [];
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

/** Asked as a list, which is empty where a record by itself would be an error. */
async function hasRecord(name: string, id: string, signal: AbortSignal): Promise<boolean> {
  const query = { filter: `id = '${id}'`, limit: 1, count: false };
  const path = `/api/collections/${name}/records`;
  const list = await api.get<RecordList>(path, query, { signal }).catch(() => undefined);
  return (list?.items.length ?? 0) > 0;
}

function toRecordItem(collection: string, id: string): PaletteItem {
  return {
    key: `record:${collection}:${id}`,
    group: 'Records',
    label: 'Record of',
    mono: collection,
    icon: 'rows',
    end: 'Open',
    href: `#/collections/${collection}/records?open=${id}`,
    words: id,
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
