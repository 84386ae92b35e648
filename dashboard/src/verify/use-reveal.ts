import { onScopeDispose, ref, type Ref } from 'vue';

const STEP_MS = 320;

/** Counts up to the number of steps, slowly enough to be read along; at once for those who want no motion. */
export function useReveal(): { revealed: Ref<number>; reveal: (steps: number) => void; reset: () => void } {
  const revealed = ref(0);
  let timer: ReturnType<typeof setTimeout> | undefined;

  function reset(): void {
    clearTimeout(timer);
    revealed.value = 0;
  }

  function next(steps: number): void {
    revealed.value += 1;
    if (revealed.value < steps) timer = setTimeout(next, STEP_MS, steps);
  }

  function reveal(steps: number): void {
    reset();
    if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) revealed.value = steps;
    else timer = setTimeout(next, STEP_MS, steps);
  }

  onScopeDispose(reset);
  return { revealed, reveal, reset };
}
