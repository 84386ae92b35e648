import type { CodeFilter } from '../api/onboarding.ts';
import { usePages } from '../api/use-pages.ts';
import { usePolling } from '../api/use-polling.ts';

const PAGE = 50;
const EVERY_MS = 5_000;

/** Claims or vouchers, newest first. What becomes of them elsewhere is seen without asking, unless older ones are open. */
export function useCodes<Item>(
  fetchPage: (filter: CodeFilter, signal: AbortSignal) => Promise<{ items: Item[]; next: string | null }>,
) {
  const pages = usePages<Item>((from, signal) => fetchPage({ limit: PAGE, ...from }, signal));
  usePolling(async () => {
    if (pages.items.value.length <= PAGE && !pages.loading.value) await pages.restart();
  }, EVERY_MS);
  return pages;
}
