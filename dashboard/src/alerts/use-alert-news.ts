import type { AlertFrame } from '../live/frames.ts';
import { useNews } from '../live/use-news.ts';
import { useServices } from '../services.ts';

/** Fetches again when something became of the alerts that are shown. */
export function useAlertNews(
  concerns: (frame: AlertFrame) => boolean,
  fetchAgain: () => Promise<void>,
): void {
  const { live } = useServices();
  useNews(
    (note) =>
      live.onAlert((frame) => {
        if (concerns(frame)) note();
      }),
    fetchAgain,
  );
}
