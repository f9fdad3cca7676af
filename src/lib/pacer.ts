/** Longer than this nobody else should wait. */
const SLICE_MS = 4;

/** For long work in the event loop: looked at between small steps, so that others have their turn in time. */
export interface Pacer {
  isDue(): boolean;
  /** Lets everybody have a turn. */
  rest(): Promise<void>;
}

export function createPacer(): Pacer {
  let since = performance.now();
  return {
    isDue: () => performance.now() - since >= SLICE_MS,
    async rest() {
      await new Promise<void>((resolve) => setImmediate(resolve));
      since = performance.now();
    },
  };
}
