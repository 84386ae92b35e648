import { onScopeDispose, ref, shallowRef } from 'vue';

import { asProblem, type ApiProblem } from './problem.ts';

export interface Page<Item> {
  items: readonly Item[];
  next: string | null;
}

/** A list that is fetched page by page. `restart` begins anew, `more` adds the next page. */
export function usePages<Item>(
  fetchPage: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>,
) {
  const items = shallowRef<readonly Item[]>([]);
  const next = ref<string | null>(null);
  const loaded = ref(false);
  const loading = ref(false);
  const problem = shallowRef<ApiProblem>();
  let current: AbortController | undefined;

  async function load(cursor: string | undefined): Promise<void> {
    current?.abort();
    const attempt = new AbortController();
    current = attempt;
    loading.value = true;
    try {
      const page = await fetchPage(cursor, attempt.signal);
      if (attempt.signal.aborted) return;
      items.value = cursor === undefined ? page.items : [...items.value, ...page.items];
      next.value = page.next;
      problem.value = undefined;
      loaded.value = true;
    } catch (error) {
      if (!attempt.signal.aborted) problem.value = asProblem(error);
    } finally {
      if (current === attempt) loading.value = false;
    }
  }

  function clear(): void {
    current?.abort();
    items.value = [];
    next.value = null;
    loaded.value = false;
  }

  onScopeDispose(() => current?.abort());
  return {
    items,
    next,
    loaded,
    loading,
    problem,
    restart: () => load(undefined),
    more: () => load(next.value ?? undefined),
    clear,
  };
}
