import { shallowRef, type Ref, type ShallowRef } from 'vue';

import type { ApiProblem } from './problem.ts';
import { useAttempt } from './use-attempt.ts';

export interface Resource<Data> {
  data: ShallowRef<Data | undefined>;
  /** Why the last attempt failed; the data of an earlier one stays. */
  problem: ShallowRef<ApiProblem | undefined>;
  loading: Ref<boolean>;
  load: () => Promise<void>;
  /** For another subject: what is shown no longer belongs to it. */
  clear: () => void;
}

/** Something fetched for a component. */
export function useResource<Data>(fetchData: (signal: AbortSignal) => Promise<Data>): Resource<Data> {
  const data = shallowRef<Data>();
  const { problem, loading, attempt, cancel } = useAttempt();

  function load(): Promise<void> {
    return attempt(fetchData, (answer) => {
      data.value = answer;
    });
  }

  function clear(): void {
    cancel();
    data.value = undefined;
    problem.value = undefined;
  }

  return { data, problem, loading, load, clear };
}
