import { api } from '../../api/client.ts';
import type { Stats } from '../../api/types.ts';
import { useCollections } from '../../stores/collections.ts';

/** Asks how many records each collection holds; the navigation shows them too. */
export async function loadCounts(signal?: AbortSignal): Promise<void> {
  const collections = useCollections();
  const stats = await api.get<Stats>('/api/admin/stats', { range: '24h' }, { signal });
  for (const { name, records } of stats.collections) collections.setCount(name, records);
}
