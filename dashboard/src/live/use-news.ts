import { onScopeDispose, watch } from 'vue';

import { gatherNews } from './gather-news.ts';
import { useLiveStore } from './live-store.ts';

/** What is told live may get lost on its way, and nobody would know: so it is fetched at least as often as that. */
const ANYWAY_MS = 30_000;

/**
 * Fetches again when there is news of what is shown, and when the live connection is back after an outage.
 *
 * @param listen calls back for each piece of news; returns what ends it
 * @param fetchAgain never rejects
 */
export function useNews(listen: (note: () => void) => () => void, fetchAgain: () => Promise<void>): void {
  const store = useLiveStore();
  const news = gatherNews(fetchAgain, (task, milliseconds) => {
    const timer = setTimeout(task, milliseconds);
    return () => {
      clearTimeout(timer);
    };
  });
  const end = listen(news.note);
  const anyway = setInterval(() => {
    if (!document.hidden) news.note();
  }, ANYWAY_MS);
  watch(
    () => store.state,
    (state) => {
      if (state === 'live') news.note();
    },
  );
  onScopeDispose(() => {
    end();
    news.end();
    clearInterval(anyway);
  });
}
