import { useIntervalFn } from '@vueuse/core';
import { ref } from 'vue';

/** Seconds that run down to 0. */
export function useCountdown() {
  const seconds = ref(0);
  const { pause, resume } = useIntervalFn(
    () => {
      seconds.value -= 1;
      if (seconds.value <= 0) pause();
    },
    1000,
    { immediate: false },
  );

  function start(from: number): void {
    seconds.value = from;
    if (from > 0) resume();
  }

  return { seconds, start };
}
