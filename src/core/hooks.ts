/** A list of listeners for one kind of event. What the events are is the features' business. */
export interface Hook<Event> {
  /** Adds a listener; the answer removes it again. */
  on(listener: (event: Event) => void): () => void;
  /** Calls every listener in the order they came; one that throws never stops the others. */
  emit(event: Event): void;
}

export function createHook<Event>(onError: (error: unknown) => void): Hook<Event> {
  const listeners = new Set<(event: Event) => void>();
  return {
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    emit(event) {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}
