import { ref, shallowRef } from 'vue';

import { asProblem, type ApiProblem } from './problem.ts';

/** Something that a person sets off: one at a time, and what went wrong stays to be read until the next attempt. */
export function useSubmit() {
  const busy = ref(false);
  const problem = shallowRef<ApiProblem>();

  /** @returns whether it was done */
  async function submit(task: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    problem.value = undefined;
    try {
      await task();
      return true;
    } catch (error) {
      problem.value = asProblem(error);
      return false;
    } finally {
      busy.value = false;
    }
  }

  return { busy, problem, submit };
}
