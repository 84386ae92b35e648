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
  /** Fetches what is shown again, page by page: however much is new, nothing between two pages is left out. */
  refresh: () => Promise<void>;
  /** Adds the next page. */
  more: () => Promise<void>;
  /** For another subject: what is shown no longer belongs to it. */
  clear: () => void;
}

/** Where a page begins; nothing for the first. */
export interface From {
  cursor?: string;
}

/** A list that comes as a whole. */
export function useList<Item>(fetch: (signal: AbortSignal) => Promise<readonly Item[]>): Pages<Item> {
  return usePages(async (_, signal) => ({ items: await fetch(signal), next: null }));
}

export function usePages<Item>(
  fetchPage: (from: From, signal: AbortSignal) => Promise<Page<Item>>,
): Pages<Item> {
  const items = shallowRef<readonly Item[]>([]);
  const next = ref<string | null>(null);
  const loaded = ref(false);
  const { problem, loading, attempt, cancel } = useAttempt();

  let wanted = 1;
  /** Whether what is shown is, or may be, not what it should be. */
  let stale = true;

  async function fetchPages(signal: AbortSignal): Promise<Page<Item>> {
    let page = await fetchPage({}, signal);
    const found = [...page.items];
    for (let count = 1; count < wanted && page.next !== null; count += 1) {
      page = await fetchPage({ cursor: page.next }, signal);
      found.push(...page.items);
    }
    return { items: found, next: page.next };
  }

  function show(page: Page<Item>): void {
    items.value = page.items;
    next.value = page.next;
    loaded.value = true;
    stale = false;
  }

  function refresh(): Promise<void> {
    stale = true;
    return attempt(fetchPages, show);
  }

  function restart(): Promise<void> {
    wanted = 1;
    return refresh();
  }

  function more(): Promise<void> {
    wanted += 1;
    if (stale) return refresh();
    return attempt(
      (signal) => fetchPage(next.value === null ? {} : { cursor: next.value }, signal),
      (page) => {
        show({ items: [...items.value, ...page.items], next: page.next });
      },
    );
  }

  function clear(): void {
    cancel();
    items.value = [];
    next.value = null;
    loaded.value = false;
    stale = true;
  }

  return {
    items,
    next,
    loaded,
    loading,
    problem,
    restart,
    refresh,
    more,
    clear,
  };
}
