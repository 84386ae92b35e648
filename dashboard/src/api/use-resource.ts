import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue';

import { asProblem, type ApiProblem } from './problem.ts';

export interface Resource<Data> {
  data: ShallowRef<Data | undefined>;
  /** Why the last attempt failed; the data of an earlier one stays. */
  problem: ShallowRef<ApiProblem | undefined>;
  loading: Ref<boolean>;
  load: () => Promise<void>;
  /** For another subject: what is shown no longer belongs to it. */
  clear: () => void;
}

/** Something fetched for a component: a newer attempt cancels an older one, and leaving the page cancels all. */
export function useResource<Data>(fetchData: (signal: AbortSignal) => Promise<Data>): Resource<Data> {
  const data = shallowRef<Data>();
  const problem = shallowRef<ApiProblem>();
  const loading = ref(false);
  let current: AbortController | undefined;

  async function load(): Promise<void> {
    current?.abort();
    const attempt = new AbortController();
    current = attempt;
    loading.value = true;
    try {
      const answer = await fetchData(attempt.signal);
      if (attempt.signal.aborted) return;
      data.value = answer;
      problem.value = undefined;
    } catch (error) {
      if (!attempt.signal.aborted) problem.value = asProblem(error);
    } finally {
      if (current === attempt) loading.value = false;
    }
  }

  function clear(): void {
    current?.abort();
    data.value = undefined;
    problem.value = undefined;
  }

  onScopeDispose(() => current?.abort());
  return { data, problem, loading, load, clear };
}
