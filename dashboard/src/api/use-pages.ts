import { ref, shallowRef, type Ref, type ShallowRef } from 'vue';

import type { ApiProblem } from './problem.ts';
import { useAttempt } from './use-attempt.ts';

export interface Page<Item> {
  items: readonly Item[];
  next: string | null;
}

/** A list that is fetched page by page. */
export interface Pages<Item> {
  items: ShallowRef<readonly Item[]>;
  /** Where the next page begins; null when there is none. */
  next: Ref<string | null>;
  loaded: Ref<boolean>;
  loading: Ref<boolean>;
  /** Why the last attempt failed; what came before stays. */
  problem: ShallowRef<ApiProblem | undefined>;
  /** Begins anew. */
  restart: () => Promise<void>;
  /** Adds the next page. */
  more: () => Promise<void>;
  /** For another subject: what is shown no longer belongs to it. */
  clear: () => void;
}

/** A list that comes as a whole. */
export function useList<Item>(fetch: (signal: AbortSignal) => Promise<readonly Item[]>): Pages<Item> {
  return usePages(async (_, signal) => ({ items: await fetch(signal), next: null }));
}

export function usePages<Item>(
  fetchPage: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>,
): Pages<Item> {
  const items = shallowRef<readonly Item[]>([]);
  const next = ref<string | null>(null);
  const loaded = ref(false);
  const { problem, loading, attempt, cancel } = useAttempt();

  function load(cursor: string | undefined): Promise<void> {
    return attempt(
      (signal) => fetchPage(cursor, signal),
      (page) => {
        items.value = cursor === undefined ? page.items : [...items.value, ...page.items];
        next.value = page.next;
        loaded.value = true;
      },
    );
  }

  function clear(): void {
    cancel();
    items.value = [];
    next.value = null;
    loaded.value = false;
  }

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
