import { defineStore } from 'pinia';
import { ref } from 'vue';
import { api } from '../api/client.ts';
import type { Instance } from '../api/types.ts';

/** Name and version of this instance, as anyone may read them. */
export const useInstance = defineStore('instance', () => {
  const name = ref('TinyBase');
  const version = ref('');
  const address = location.host;

  async function load(): Promise<void> {
    const found = await api
      .get<Partial<Instance>>('/', undefined, { isGate: true })
      .catch(() => undefined);
    if (typeof found !== 'object') return;
    name.value = found.name ?? name.value;
    version.value = found.version ?? '';
  }

  return { name, version, address, load };
});
