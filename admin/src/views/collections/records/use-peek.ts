import { computed, provide } from 'vue';
import { PEEK, type Peek } from '../../../components/fields/peek.ts';
import type { Records } from './use-records.ts';

/** The second level of the drawer: which record of which other collection, kept in the route. */
export function usePeek({ query, go }: Pick<Records, 'query' | 'go'>) {
  let onMade: ((id: string) => void) | undefined;

  const shown = computed(() => {
    const { peek } = query.value;
    const [, name, id] = /^([A-Za-z0-9_]+)\.([\w-]+)$/.exec(peek ?? '') ?? [];
    return name === undefined || id === undefined ? undefined : { name, id };
  });

  async function close(): Promise<void> {
    onMade = undefined;
    await go({ peek: undefined }, true);
  }

  async function made(id: string): Promise<void> {
    const tell = onMade;
    if (!tell) return;
    await close();
    tell(id);
  }

  const peek: Peek = {
    open(collection, id) {
      onMade = undefined;
      void go({ peek: `${collection}.${id}` });
    },
    create(collection, tell) {
      onMade = tell;
      void go({ peek: `${collection}.new` });
    },
  };
  provide(PEEK, peek);

  return { shown, close, made };
}
