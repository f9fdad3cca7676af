import { api, type Query } from '../../api/client.ts';
import type { Stats } from '../../api/types.ts';
import { useCollections } from '../../stores/collections.ts';
import { usePeople } from '../../stores/people.ts';
import type { Activity } from './collection-list.ts';

/** Asks how many records each collection holds, and how many users there are: the navigation shows it. */
export async function loadCounts(signal?: AbortSignal): Promise<void> {
  await ask({}, signal);
}

/** And when each was written to, by its name: the server walks over the records for it. */
export async function loadActivity(
  signal?: AbortSignal,
): Promise<Readonly<Record<string, Activity>>> {
  const counted: readonly (Stats['collections'][number] & { readonly activity?: Activity })[] =
    await ask({ activity: true }, signal);
  return Object.fromEntries(
    counted.flatMap(({ name, activity }) => (activity ? [[name, activity]] : [])),
  );
}

async function ask(query: Query, signal: AbortSignal | undefined): Promise<Stats['collections']> {
  const collections = useCollections();
  const stats = await api.get<Stats>('/api/admin/stats', { range: '24h', ...query }, { signal });
  for (const { name, records } of stats.collections) collections.setCount(name, records);
  usePeople().total = stats.users;
  return stats.collections;
}
