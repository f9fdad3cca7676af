import { type Ref, ref } from 'vue';

let clock: Ref<Date> | undefined;

/** One clock for all times on the page. */
export function useClock(): Ref<Date> {
  if (clock) return clock;
  const now = ref(new Date());
  setInterval(() => {
    now.value = new Date();
  }, 30_000);
  clock = now;
  return now;
}
