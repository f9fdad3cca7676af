import { onScopeDispose } from 'vue';

type Reload = () => Promise<unknown>;

/**
 * The lists of one kind that stand on a page now. What is deleted late is told to those: the page that it
 * was deleted on may be gone, and another may have read it before it went.
 */
export function createOpenLists() {
  const open = new Set<Reload>();
  return {
    /** For as long as the component lives. */
    join(reload: Reload): void {
      open.add(reload);
      onScopeDispose(() => void open.delete(reload));
    },
    async reload(): Promise<void> {
      await Promise.all([...open].map((reload) => reload()));
    },
  };
}
