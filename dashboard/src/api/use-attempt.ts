import { onScopeDispose, ref, shallowRef } from 'vue';

import { asProblem, type ApiProblem } from './problem.ts';

/** Fetches for a component, one at a time: a newer attempt cancels an older one, and leaving the page cancels all. */
export function useAttempt() {
  /** Why the last attempt failed. */
  const problem = shallowRef<ApiProblem>();
  const loading = ref(false);
  let current: AbortController | undefined;

  /** @param take what becomes of the answer, unless a newer attempt was made meanwhile */
  async function attempt<Answer>(
    fetchAnswer: (signal: AbortSignal) => Promise<Answer>,
    take: (answer: Answer) => void,
  ): Promise<void> {
    cancel();
    const own = new AbortController();
    current = own;
    loading.value = true;
    try {
      const answer = await fetchAnswer(own.signal);
      if (own.signal.aborted) return;
      take(answer);
      problem.value = undefined;
    } catch (error) {
      if (!own.signal.aborted) problem.value = asProblem(error);
    } finally {
      if (current === own) loading.value = false;
    }
  }

  function cancel(): void {
    current?.abort();
  }

  onScopeDispose(cancel);
  return { problem, loading, attempt, cancel };
}
